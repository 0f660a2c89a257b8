import { ByteCache } from '../../lib/byte-cache.ts';
import { type ByteSource, sourceOf } from '../../lib/byte-words.ts';
import { spanColumns } from '../../model/signal-columns.ts';
import type { SpanRecord } from '../../model/span.ts';
import { writeAttribute } from './attribute-text.ts';
import { nanosOfMillis, nanosOfTime } from './decimal-nanos.ts';
import { type EntryField, entryField, slot, slotCount } from './entry-fields.ts';
import { EntryTexts } from './entry-texts.ts';
import type { LineWriter } from './line-writer.ts';

/**
 * What is known of the entry being read. One for all: reading is synchronous, and at 100,000 entries a second an object for each is dear.
 * A value of length 0 is absent.
 */
let texts: EntryTexts;
let line: LineWriter;
let entry = 0;
const starts = new Int32Array(slotCount);
const lengths = new Int32Array(slotCount);
/** Fields without a slot, and the values of them, so many; then slots whose values the columns cannot hold. Both become attributes. */
const otherFields: EntryField[] = [];
const otherTexts: number[] = [];
let others = 0;
const kept: number[] = [];

const nothing = sourceOf('');
const names = Object.keys(slot);
const attributeNames = [nothing, ...names.map((name) => sourceOf(`,"${name}":`))];
const ends = sourceOf(`${'\t'.repeat(spanColumns.indexOf('source') - spanColumns.indexOf('attributes'))}redis\t`);
const kinds = {
  span: sourceOf('\tspan\t'),
  start: sourceOf('\tstart\t'),
  end: sourceOf('\tend\t'),
  error: sourceOf('\terror\t'),
};
const lineStart = sourceOf('s');
const ok = sourceOf('ok');
const failed = sourceOf('error');
/** Of `success`, which some runtimes write `True`. */
const outcomes = new ByteCache<string>(100, 16, (text) => text.trim().toLowerCase());

/**
 * Reads one entry of a trace stream and writes the line of a span (`model/signal-columns.ts`). Two shapes arrive: events (`event_type` is
 * `span_start`, `span_end` or `error`), as MCP Mesh documents them, and whole operations without `event_type`, as every SDK publishes them at
 * the end of a call. A field that has a column goes there when the column can hold its value; everything else is kept as an attribute.
 * Returns why the entry is poison; then nothing is written.
 *
 * `stream` and `id` become the span's origin. An operation without span id is stored as `entry <id>`: it is whole, only nobody can name it as
 * parent. An event without span id can never be paired, and is poison.
 */
export function readEntry(stream: string, id: string, fields: EntryTexts, to: LineWriter): string | undefined {
  if (fields.count % 2 !== 0) return 'the last field has no value';
  texts = fields;
  line = to;
  if (!sortFields()) return readEntry(stream, id, EntryTexts.of(withUniqueNames(fields.toStrings())), to);

  if (!has(slot.trace_id)) return 'no trace_id';
  const event = has(slot.event_type) ? textOf(slot.event_type) : '';
  const record = recordOf(event);
  const name = either(slot.operation, slot.function_name);
  if (!has(name) && record === 'span') return 'neither operation, function_name nor a known event_type';
  if (!has(slot.span_id) && record !== 'span') return `no span_id, so this ${event} cannot be paired`;

  line.raw(lineStart);
  column(slot.trace_id);
  column(slot.span_id);
  if (!has(slot.span_id)) line.text(`entry ${id}`);
  line.tab();
  line.row();
  column(isAbsentParent() ? none : slot.parent_span);
  column(name);
  line.raw(kinds[record]);
  writeTimes(record === 'end' || record === 'error');
  const message = either(slot.error, slot.error_message);
  line.tab();
  line.raw(statusOf(record, has(message)));
  column(message);
  column(slot.agent_name);
  column(slot.agent_id);
  column(either(slot.ip_address, slot.agent_ip));
  column(slot.runtime);
  column(slot.capability);
  column(slot.target_agent);
  column(slot.llm_model);
  column(slot.llm_provider);
  column(count(slot.llm_input_tokens));
  column(count(slot.llm_output_tokens));
  column(count(slot.llm_total_tokens));
  column(count(slot.request_bytes));
  column(count(slot.response_bytes));
  line.tab();
  writeAttributes();
  line.raw(ends);
  line.text(stream);
  line.text(' ');
  line.text(id);
  line.endLine();
  return undefined;
}

/** False when a name comes twice. */
function sortFields(): boolean {
  const { bytes, count } = texts;
  let field: EntryField | undefined;
  entry++;
  lengths.fill(0);
  others = 0;
  kept.length = 0;
  for (let at = 0; at < count; at += 2) {
    field = entryField(texts, texts.start(at), texts.end(at), field);
    if (field.entry === entry) return false;
    field.entry = entry;
    const start = texts.start(at + 1);
    const length = texts.end(at + 1) - start;
    if (field.slot === 0) {
      otherFields[others] = field;
      otherTexts[others++] = at + 1;
    } else if (length !== 4 || !isNothing(bytes, start)) {
      starts[field.slot] = start;
      lengths[field.slot] = length;
    }
  }
  return true;
}

/** Python writes `None` as `null` and, in older versions, as `None`. */
function isNothing(bytes: Uint8Array, start: number): boolean {
  const [second, third, last] = [bytes[start + 1], bytes[start + 2], bytes[start + 3]];
  return bytes[start] === 0x6e
    ? second === 0x75 && third === 0x6c && last === 0x6c
    : bytes[start] === 0x4e && second === 0x6f && third === 0x6e && last === 0x65;
}

const has = (at: number): boolean => lengths[at] !== 0;

const startOf = (at: number): number => starts[at] as number;

const endOf = (at: number): number => startOf(at) + (lengths[at] as number);

const textOf = (at: number): string => texts.bytes.toString('utf8', startOf(at), endOf(at));

/** A slot that never has a value. */
const none = 0;

function column(at: number): void {
  line.tab();
  if (has(at)) line.escaped(texts, startOf(at), endOf(at));
}

function either(first: number, second: number): number {
  if (!has(first)) return second;
  if (has(second)) kept.push(second);
  return first;
}

/** The three columns of times. */
function writeTimes(isEnd: boolean): void {
  const before = line.length;
  line.tab();
  const hasStart = isEnd ? writeNanos(slot.start_time) : writeTimeOfEvent(slot.start_time);
  line.tab();
  const hasEnd = isEnd ? writeTimeOfEvent(slot.end_time) : writeNanos(slot.end_time);
  line.tab();
  const hasDuration = writeNanos(slot.duration_ms);
  // Upstream reads `start_time` where an event has no `timestamp`.
  if (isEnd && hasStart && !hasEnd && !hasDuration) {
    line.cutTo(before);
    line.tab();
    line.tab();
    writeNanos(slot.start_time);
    line.tab();
  }
}

/** An event tells at its `timestamp` of a start, an end or a failure. Beside another time of the same it is only an attribute. */
function writeTimeOfEvent(own: number): boolean {
  if (!writeNanos(own)) return writeNanos(slot.timestamp);
  if (has(slot.timestamp)) kept.push(slot.timestamp);
  return true;
}

function writeNanos(at: number): boolean {
  if (!has(at)) return false;
  const isDuration = at === slot.duration_ms;
  if (line.scaled(texts.bytes, startOf(at), endOf(at), isDuration ? 6 : 9)) return true;
  const parsed = isDuration ? nanosOfMillis(textOf(at)) : nanosOfTime(textOf(at));
  if (parsed === undefined) kept.push(at);
  else line.text(parsed);
  return parsed !== undefined;
}

function count(at: number): number {
  if (!has(at)) return none;
  const isCount = (lengths[at] as number) <= 19 && /^\d+$/.test(textOf(at));
  if (!isCount) kept.push(at);
  return isCount ? at : none;
}

function isAbsentParent(): boolean {
  if (!has(slot.parent_span)) return true;
  const first = texts.bytes[startOf(slot.parent_span)] as number;
  // White space beyond ASCII begins with a byte of at least 0x80.
  const mayBe = first <= 0x20 || first >= 0x80 || first === 0x6e || first === 0x4e;
  return mayBe && /^\s*(?:null|none)?\s*$/i.test(textOf(slot.parent_span));
}

function recordOf(event: string): SpanRecord['record'] {
  if (event === '') return 'span';
  if (event === 'span_start') return 'start';
  if (event === 'span_end') return 'end';
  if (event === 'error') return 'error';
  kept.push(slot.event_type);
  return 'span';
}

function statusOf(record: SpanRecord['record'], hasMessage: boolean): ByteSource {
  const word = has(slot.success) ? outcomes.get(texts, startOf(slot.success), endOf(slot.success)) : '';
  if (word === 'false') return failed;
  if (word === 'true' && record !== 'error') return ok;
  if (word !== '') kept.push(slot.success);
  return record === 'error' || hasMessage ? failed : nothing;
}

function writeAttributes(): void {
  const before = line.length;
  for (let at = 0; at < others; at++) {
    const text = otherTexts[at] as number;
    line.raw((otherFields[at] as EntryField).attribute);
    writeAttribute(texts, texts.start(text), texts.end(text), line);
  }
  for (const at of kept) {
    line.raw(attributeNames[at] as ByteSource);
    writeAttribute(texts, startOf(at), endOf(at), line);
  }
  if (line.length > before) line.closeObject(before);
}

/** A name that comes again is kept as `name#2`, `name#3` and so on. */
function withUniqueNames(fields: readonly string[]): string[] {
  const unique = [...fields];
  const taken = new Set(fields.filter((_, at) => at % 2 === 0));
  const seen = new Map<string, number>();
  for (let at = 0; at < unique.length; at += 2) {
    const name = unique[at] as string;
    let times = (seen.get(name) ?? 0) + 1;
    if (times > 1) {
      while (taken.has(`${name}#${times}`)) times++;
      unique[at] = `${name}#${times}`;
      taken.add(`${name}#${times}`);
    }
    seen.set(name, times);
  }
  return unique;
}
