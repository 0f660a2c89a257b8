import { ByteCache } from '../../lib/byte-cache.ts';
import { type ByteSource, withView } from '../../lib/byte-words.ts';
import { spanColumns } from '../../model/signal-columns.ts';
import { unescapedText } from '../../model/signal-lines.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { SpanLines } from '../../model/span-lines.ts';

const read = [
  'record',
  'traceId',
  'spanId',
  'name',
  'service',
  'status',
  'startNanos',
  'endNanos',
  'durationNanos',
  'requestBytes',
  'responseBytes',
] as const;

/** What the metrics of calls want to know of a span. */
export type SpanOfCall = Pick<SpanRecord, (typeof read)[number]>;

const place = Object.fromEntries(read.map((name) => [name, spanColumns.indexOf(name)])) as Readonly<Record<(typeof read)[number], number>>;
const columns = Math.max(...Object.values(place)) + 1;
const tab = 0x09;
const lineEnd = 0x0a;

/** The same few names come again and again. */
const names = new ByteCache(4000, 256, unescapedText);

/** The spans of `lines`, in order. Each is read while it is being visited, because most of its texts are not wanted; `copy` is for longer. */
export function visitLines({ bytes, rowsAt }: SpanLines, visit: (span: LineSpan) => void): void {
  const line = new LineSpan(withView(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  for (let left = rowsAt.length; left > 0; left--) {
    line.next();
    visit(line);
  }
}

export class LineSpan implements SpanOfCall {
  readonly #source: ByteSource;
  /** Where columns begin; each ends before the tab in front of the next. */
  readonly #starts = new Int32Array(columns + 1);
  #behind = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  next(): void {
    const { bytes } = this.#source;
    // Behind the kind of the line and a tab.
    let at = this.#behind + 2;
    this.#starts[0] = at;
    for (let column = 1; column <= columns; at++) if (bytes[at] === tab) this.#starts[column++] = at + 1;
    this.#behind = bytes.indexOf(lineEnd, at) + 1;
  }

  copy(): SpanOfCall {
    return Object.fromEntries(read.map((name) => [name, this[name]])) as SpanOfCall;
  }

  get record() {
    return this.#name(place.record) as SpanRecord['record'];
  }

  get traceId() {
    return this.#text(place.traceId);
  }

  get spanId() {
    return this.#text(place.spanId);
  }

  get name() {
    return this.#name(place.name);
  }

  get service() {
    return this.#name(place.service);
  }

  get status() {
    return this.#name(place.status) as SpanRecord['status'];
  }

  get startNanos() {
    return this.#text(place.startNanos);
  }

  get endNanos() {
    return this.#text(place.endNanos);
  }

  get durationNanos() {
    return this.#text(place.durationNanos);
  }

  get requestBytes() {
    return this.#text(place.requestBytes);
  }

  get responseBytes() {
    return this.#text(place.responseBytes);
  }

  #name(column: number): string {
    return names.get(this.#source, this.#starts[column] as number, (this.#starts[column + 1] as number) - 1);
  }

  #text(column: number): string {
    const start = this.#starts[column] as number;
    const end = (this.#starts[column + 1] as number) - 1;
    return start === end ? '' : unescapedText(this.#source.bytes.toString('utf8', start, end));
  }
}
