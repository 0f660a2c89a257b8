import type { SpanRecord } from '../../model/span.ts';
import { attributeText } from './attribute-text.ts';
import { nanosOfMillis, nanosOfTime } from './decimal-nanos.ts';
import { entryField, type KnownField, slot, slotCount } from './entry-fields.ts';

/** `error`: why the entry is poison. */
export type EntryReading = SpanRecord | Readonly<{ error: string }>;

/**
 * What is known of the entry being read. One for all: reading is synchronous, and at 100,000 entries a second an object for each is dear.
 * What the record's members cannot hold is appended to `attributes`.
 */
const values: string[] = new Array<string>(slotCount).fill('');
let attributes = '';
let entry = 0;

/**
 * Reads one entry of a trace stream. Two shapes arrive: events (`event_type` is `span_start`, `span_end` or `error`), as MCP Mesh documents
 * them, and whole operations without `event_type`, as every SDK publishes them at the end of a call. A field that `SpanRecord` has a member
 * for goes there when the member can hold its value; everything else is kept as an attribute.
 *
 * `fields` alternates names and values, in the order of arrival. `stream` and `id` become the record's origin. An operation without span id
 * is stored as `entry <id>`: it is whole, only nobody can name it as parent. An event without span id can never be paired, and is poison.
 */
export function readEntry(stream: string, id: string, fields: readonly string[]): EntryReading {
  if (fields.length % 2 !== 0) return { error: 'the last field has no value' };
  if (!sortFields(fields)) return readEntry(stream, id, withUniqueNames(fields));

  const traceId = present('trace_id');
  if (traceId === '') return { error: 'no trace_id' };
  const event = present('event_type');
  const record = recordOf(event);
  const name = either('operation', 'function_name');
  if (name === '' && record === 'span') return { error: 'neither operation, function_name nor a known event_type' };
  const spanId = present('span_id');
  if (spanId === '' && record !== 'span') return { error: `no span_id, so this ${event} cannot be paired` };

  const start = nanos('start_time', nanosOfTime);
  const end = nanos('end_time', nanosOfTime);
  const duration = nanos('duration_ms', nanosOfMillis);
  const statusMessage = either('error', 'error_message');
  const isEnd = record === 'end' || record === 'error';
  const time = timeOfEvent(isEnd ? end : start);
  // Upstream reads `start_time` where an event has no `timestamp`.
  const onlyStart = isEnd && end === '' && time === '' && duration === '';
  // Every member by name: `...unknownSpan` below the others makes this function take three times as long.
  return {
    record,
    traceId,
    spanId: spanId === '' ? `entry ${id}` : spanId,
    parentId: parent(),
    name,
    kind: '',
    startNanos: onlyStart ? '' : !isEnd && start === '' ? time : start,
    endNanos: onlyStart ? start : isEnd && end === '' ? time : end,
    durationNanos: duration,
    status: statusOf(record, statusMessage),
    statusMessage,
    service: present('agent_name'),
    instance: present('agent_id'),
    address: either('ip_address', 'agent_ip'),
    runtime: present('runtime'),
    capability: present('capability'),
    target: present('target_agent'),
    model: present('llm_model'),
    provider: present('llm_provider'),
    inputTokens: count('llm_input_tokens'),
    outputTokens: count('llm_output_tokens'),
    totalTokens: count('llm_total_tokens'),
    requestBytes: count('request_bytes'),
    responseBytes: count('response_bytes'),
    attributes: attributes === '' ? '' : `{${attributes.slice(1)}}`,
    resource: '',
    scope: '',
    events: '',
    links: '',
    traceState: '',
    flags: '',
    origin: `${stream} ${id}`,
  };
}

/** False when a name comes twice. */
function sortFields(fields: readonly string[]): boolean {
  entry++;
  values.fill('');
  let others = '';
  for (let at = 0; at < fields.length; at += 2) {
    const field = entryField(fields[at] as string);
    const value = fields[at + 1] as string;
    if (field.entry === entry) return false;
    field.entry = entry;
    if (field.slot === 0) others += field.attribute + attributeText(value);
    else values[field.slot] = value;
  }
  attributes = others;
  return true;
}

/** Python writes `None` as `null` and, in older versions, as `None`. */
function present(name: KnownField): string {
  const value = values[slot[name]] as string;
  return value === 'null' || value === 'None' ? '' : value;
}

function keep(name: KnownField): void {
  attributes += `,"${name}":${attributeText(values[slot[name]] as string)}`;
}

function either(first: KnownField, second: KnownField): string {
  const value = present(first);
  const other = present(second);
  if (value === '') return other;
  if (other !== '') keep(second);
  return value;
}

function nanos(name: KnownField, parse: (text: string) => string | undefined): string {
  const value = present(name);
  if (value === '') return '';
  const parsed = parse(value);
  if (parsed === undefined) keep(name);
  return parsed ?? '';
}

/** An event tells at its `timestamp` of a start, an end or a failure. Beside another time of the same it is only an attribute. */
function timeOfEvent(known: string): string {
  if (known === '') return nanos('timestamp', nanosOfTime);
  if (present('timestamp') !== '') keep('timestamp');
  return '';
}

function count(name: KnownField): string {
  const value = present(name);
  if (value === '' || /^\d{1,19}$/.test(value)) return value;
  keep(name);
  return '';
}

function parent(): string {
  const value = present('parent_span');
  return value === '' || /^\s*(?:null|none)?\s*$/i.test(value) ? '' : value;
}

function recordOf(event: string): SpanRecord['record'] {
  if (event === '') return 'span';
  if (event === 'span_start') return 'start';
  if (event === 'span_end') return 'end';
  if (event === 'error') return 'error';
  keep('event_type');
  return 'span';
}

function statusOf(record: SpanRecord['record'], message: string): SpanRecord['status'] {
  const success = present('success');
  const word = success === '' ? '' : success.trim().toLowerCase();
  if (word === 'false') return 'error';
  if (word === 'true' && record !== 'error') return 'ok';
  if (word !== '') keep('success');
  return record === 'error' || message !== '' ? 'error' : '';
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
