import { isUtf8 } from 'node:buffer';
import { flattenDocument } from '../lib/json/flatten-document.ts';
import { copyCompact, type Scan, scanDocument } from '../lib/json/scan-document.ts';
import { type FrameContent, noContent } from '../model/journal-line.ts';
import type { SpanLines } from '../model/span-lines.ts';
import { writeRemainder } from '../model/write-remainder.ts';

/**
 * Builds the lines of one journal frame (`model/journal-line.ts`) from documents. Bytes are copied once, from the body of
 * the request into the frame; a document is only looked at by `scanDocument`.
 */
export type Outcome = Readonly<{ row: number }> | Readonly<{ error: string /** Byte of the document. */; at: number }>;

/** Line ends and tabs would break a journal line. */
const breaking = /[\t\n\r]/;
const tab = 0x09;

const maxRowDigits = 10;

/** Writes a number that is no less than 0 in decimal; returns the offset behind it. */
function writeDigits(value: number, target: Uint8Array, offset: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  for (let at = offset + digits - 1, rest = value; at >= offset; at--) {
    target[at] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return offset + digits;
}

function copyDocument(bytes: Uint8Array, { spaced }: Scan, start: number, end: number, target: Uint8Array, offset: number): number {
  if (spaced) return copyCompact(bytes, start, end, target, offset);
  target.set(bytes.subarray(start, end), offset);
  return offset + end - start;
}

export class FrameBuilder {
  readonly #firstRow: number;
  #rows = 0;
  #buffer: Buffer;
  #length = 0;
  #start: Buffer = Buffer.alloc(0);
  #startIndex: string | undefined;
  readonly #content: { -readonly [Name in keyof FrameContent]: boolean } = { ...noContent };

  /** `expectedBytes` is the size of the documents; a good guess saves copying. */
  constructor(firstRow: number, expectedBytes: number) {
    this.#firstRow = firstRow;
    this.#buffer = Buffer.allocUnsafe(expectedBytes + Math.floor(expectedBytes / 2) + 1024);
  }

  get rows(): number {
    return this.#rows;
  }

  /** `id` is empty for an automatic id, else `version:id`. Adds nothing when the document is refused. */
  addDocument(index: string, id: string, bytes: Uint8Array, start: number, end: number): Outcome {
    const scan = scanDocument(bytes, start, end);
    if (scan.errorAt >= 0) return { error: scan.reason, at: scan.errorAt - start };
    const flat = scan.hard ? flattenDocument(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()) : '';
    this.#begin('+', index, id, flat, 2 * (end - start) + 1);
    this.#length = writeRemainder(bytes, scan, this.#buffer, this.#length);
    this.#buffer[this.#length++] = tab;
    this.#length = copyDocument(bytes, scan, start, end, this.#buffer, this.#length);
    this.#content.documents = true;
    if (id !== '') this.#content.keyed = true;
    return { row: this.#end() };
  }

  addDeletion(index: string, id: string): number {
    this.#begin('-', index, id, '', 0);
    this.#buffer[this.#length++] = tab;
    this.#content.keyed = true;
    return this.#end();
  }

  addDeadLetter(index: string, source: string, reason: string, payload: Uint8Array): void {
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64');
    this.#begin('!', index.replaceAll(/[\t\n\r]/g, ' '), source, reason.replaceAll(/[\t\n\r]/g, ' '), text.length);
    this.#buffer[this.#length++] = tab;
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
    this.#content.deadLetters = true;
    this.#end();
  }

  /** The number that the next line gets. */
  get nextRow(): number {
    return this.#firstRow + this.#rows;
  }

  /** A whole line of another kind, with `nextRow` in it and its line end. Returns its bytes. */
  addLine(content: 'spans' | 'metrics', line: string): number {
    this.#reserve(line.length * 3);
    const bytes = this.#buffer.write(line, this.#length, 'utf8');
    this.#length += bytes;
    this.#rows++;
    this.#content[content] = true;
    return bytes;
  }

  addSpanLines({ bytes, rowsAt }: SpanLines): void {
    this.#reserve(bytes.length + rowsAt.length * maxRowDigits);
    let from = 0;
    for (const to of rowsAt) {
      this.#copy(bytes, from, to);
      this.#length = writeDigits(this.nextRow, this.#buffer, this.#length);
      this.#rows++;
      from = to;
    }
    this.#copy(bytes, from, bytes.length);
    if (rowsAt.length > 0) this.#content.spans = true;
  }

  finish(): { payload: Buffer; rows: number; content: FrameContent } {
    return { payload: this.#buffer.subarray(0, this.#length), rows: this.#rows, content: this.#content };
  }

  /** Everything before `line`, but for the tab in front of it. `bytes` are still to come. */
  #begin(kind: string, index: string, id: string, flat: string, bytes: number): void {
    if (id !== '' || kind !== '+' || index !== this.#startIndex) this.#setStart(kind, index, id);
    if (breaking.test(flat)) throw new Error('BUG: a search form would break the line');
    this.#reserve(this.#start.length + maxRowDigits + flat.length * 3 + bytes + 3);
    const start = this.#start;
    // A call of `set` costs more than the loop for so few bytes.
    for (let at = 0; at < start.length; at++) this.#buffer[this.#length + at] = start[at] as number;
    this.#length = writeDigits(this.#firstRow + this.#rows, this.#buffer, this.#length + start.length);
    this.#buffer[this.#length++] = tab;
    if (flat !== '') this.#length += this.#buffer.write(flat, this.#length, 'utf8');
  }

  /** The first columns, which stay the same for as long as documents with automatic ids go to one index. */
  #setStart(kind: string, index: string, id: string): void {
    const start = `${kind}\t${index}\t${id}\t`;
    if (breaking.test(index) || breaking.test(id)) throw new Error(`BUG: a column of ${JSON.stringify(start)} would break the line`);
    this.#start = Buffer.from(start);
    this.#startIndex = kind === '+' && id === '' ? index : undefined;
  }

  #end(): number {
    this.#buffer[this.#length++] = 0x0a;
    return this.#firstRow + this.#rows++;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#buffer.set(bytes.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Whether bytes may go on as text. Most bodies are valid as a whole, so each document is checked only when they are not. */
export const isText = (bytes: Uint8Array): boolean => isUtf8(bytes);
