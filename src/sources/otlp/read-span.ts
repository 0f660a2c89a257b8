import type { WireReader } from '../../lib/protobuf/wire-reader.ts';
import { knownSpanAttributes } from '../../model/known-attributes.ts';
import type { SpanRecord } from '../../model/span.ts';
import { lastKey, writeMember } from './any-value.ts';
import { JsonBytes } from './json-bytes.ts';
import { nanosText } from './number-text.ts';

/** What the spans of one scope have in common. */
export type Origin = Readonly<Pick<SpanRecord, 'service' | 'instance' | 'address' | 'runtime' | 'resource' | 'scope'>> &
  Readonly<{
    /** Its spans may be reported twice, when they begin and when they end; `meshscope.record` says which. */
    tellsStarts: boolean;
  }>;

const kinds: readonly SpanRecord['kind'][] = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses: readonly SpanRecord['status'][] = ['', 'ok', 'error'];

/** Hexadecimal digits of the longest id that is taken. OTLP's have 32 and 16; other lengths are kept as long as they can be correlated. */
const maxIdDigits = 128;

/** One of each serves all spans: this is the hottest path of the way in. */
const attributes = new JsonBytes();
const events = new JsonBytes();
const links = new JsonBytes();

const comma = 0x2c;
const noColumns: Columns = {};
/** First characters and lengths of the names that have columns: most attributes are told from them without becoming text. */
const initials = new Uint8Array(256);
const lengths = new Uint8Array(256);
for (const name of knownSpanAttributes.keys()) {
  initials[name.charCodeAt(0)] = 1;
  lengths[name.length] = 1;
}

type Status = { code: number; message: string };
type Column = (typeof knownSpanAttributes extends ReadonlyMap<string, infer Known> ? Known : never)['column'];
type Columns = { [Name in Column]?: string };
type Found = { columns: Columns; ranks: Map<string, number> };

/**
 * `Span` between the reader's position and `end`: the one place that says how a span of OTLP becomes a record. JSON comes here too, as the
 * protobuf message that it stands for. Without a trace id or a span id the result is the span's name.
 */
export function readSpan(reader: WireReader, end: number, origin: Origin): SpanRecord | string {
  let traceId = '';
  let spanId = '';
  let parentId = '';
  let traceState = '';
  let name = '';
  let kind = 0;
  let startNanos = '';
  let endNanos = '';
  let flags = 0;
  const status: Status = { code: 0, message: '' };
  let droppedAttributes = 0;
  let droppedEvents = 0;
  let droppedLinks = 0;
  let found: Found | undefined;
  start(attributes, 0x7b);
  start(events, 0x5b);
  start(links, 0x5b);
  while (reader.position < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a:
        traceId = reader.id(end);
        break;
      case 0x12:
        spanId = reader.id(end);
        break;
      case 0x1a:
        traceState = reader.text(end);
        break;
      case 0x22:
        parentId = reader.id(end);
        break;
      case 0x2a:
        name = reader.text(end);
        break;
      case 0x30:
        kind = reader.uint32(end);
        break;
      case 0x39:
        reader.fixed64(end);
        startNanos = nanosText(reader.high, reader.low);
        break;
      case 0x41:
        reader.fixed64(end);
        endNanos = nanosText(reader.high, reader.low);
        break;
      case 0x4a:
        found = addAttribute(reader, reader.nested(end), found);
        break;
      case 0x50:
        droppedAttributes = reader.uint32(end);
        break;
      case 0x5a:
        addEvent(reader, reader.nested(end));
        break;
      case 0x60:
        droppedEvents = reader.uint32(end);
        break;
      case 0x6a:
        addLink(reader, reader.nested(end));
        break;
      case 0x70:
        droppedLinks = reader.uint32(end);
        break;
      case 0x7a:
        readStatus(reader, reader.nested(end), status);
        break;
      case 0x85:
        flags = reader.fixed32(end);
        break;
      default:
        reader.skip(tag, end);
    }
  }
  if (!isId(traceId) || !isId(spanId)) return name;
  // The names under which the specification keeps these where a format has no field for them (common/mapping-to-non-otlp).
  addCount('otel.dropped_attributes_count', droppedAttributes);
  addCount('otel.dropped_events_count', droppedEvents);
  addCount('otel.dropped_links_count', droppedLinks);
  const columns = found?.columns ?? noColumns;
  const json = finish(attributes, 0x7d);
  // Every member is named, because spreading an object costs more than the rest of this function.
  return {
    record: origin.tellsStarts ? recordOf(json) : 'span',
    traceId,
    spanId,
    parentId,
    name,
    kind: kinds[kind] ?? '',
    startNanos,
    endNanos,
    durationNanos: '',
    status: statuses[status.code] ?? '',
    statusMessage: status.message,
    service: origin.service,
    instance: origin.instance,
    address: origin.address,
    runtime: origin.runtime,
    capability: '',
    target: columns.target ?? '',
    model: columns.model ?? '',
    provider: columns.provider ?? '',
    inputTokens: columns.inputTokens ?? '',
    outputTokens: columns.outputTokens ?? '',
    totalTokens: columns.totalTokens ?? '',
    requestBytes: '',
    responseBytes: '',
    attributes: json,
    resource: origin.resource,
    scope: origin.scope,
    events: finish(events, 0x5d),
    links: finish(links, 0x5d),
    traceState,
    flags: flags === 0 ? '' : String(flags),
    origin: '',
  };
}

/** In JSON text, quotes within a string are escaped, so this is a member. */
function recordOf(attributes: string): SpanRecord['record'] {
  if (attributes.includes('"meshscope.record":"start"')) return 'start';
  return attributes.includes('"meshscope.record":"end"') ? 'end' : 'span';
}

const isId = (digits: string) => digits !== '' && digits.length <= maxIdDigits;

/** `Status`. */
function readStatus(reader: WireReader, end: number, status: Status): void {
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x12) status.message = reader.text(end);
    else if (tag === 0x18) status.code = reader.uint32(end);
    else reader.skip(tag, end);
  }
}

function start(out: JsonBytes, open: number): void {
  out.reset();
  out.byte(open);
}

function finish(out: JsonBytes, close: number): string {
  if (out.length === 1) return '';
  out.byte(close);
  return out.text();
}

function addCount(name: string, count: number): void {
  if (count === 0) return;
  attributes.ascii(`${attributes.length > 1 ? ',' : ''}"${name}":${count}`);
}

/** `KeyValue`, and what it says about a column. */
function addAttribute(reader: WireReader, end: number, found: Found | undefined): Found | undefined {
  if (attributes.length > 1) attributes.byte(comma);
  const at = attributes.length;
  writeMember(reader, end, attributes);
  const { start, end: stop } = lastKey;
  if (lengths[stop - start] !== 1 || initials[reader.bytes[start] as number] !== 1) return found;
  const name = reader.bytes.toString('latin1', start, stop);
  const known = knownSpanAttributes.get(name);
  if (known === undefined) return found;
  const value = columnText(attributes.text(at).slice(name.length + 3));
  const result: Found = found ?? { columns: {}, ranks: new Map() };
  if (value !== '' && known.rank < (result.ranks.get(known.column) ?? Number.POSITIVE_INFINITY)) {
    result.columns[known.column] = value;
    result.ranks.set(known.column, known.rank);
  }
  return result;
}

/** The text of a JSON string or number; empty for other values. */
function columnText(json: string): string {
  if (json.startsWith('"')) return String(JSON.parse(json));
  return /^-?\d/.test(json) ? json.replace(/\.0$/, '') : '';
}

/** `Span.Event`. */
function addEvent(reader: WireReader, end: number): void {
  if (events.length > 1) events.byte(comma);
  const start = reader.position;
  let time = '0';
  let name = '';
  let dropped = 0;
  let hasAttributes = false;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x09) {
      reader.fixed64(end);
      time = nanosText(reader.high, reader.low);
    } else if (tag === 0x12) name = reader.text(end);
    else if (tag === 0x20) dropped = reader.uint32(end);
    else {
      hasAttributes ||= tag === 0x1a;
      reader.skip(tag, end);
    }
  }
  events.json(`{"timeUnixNano":"${time || '0'}","name":${JSON.stringify(name)}`);
  if (hasAttributes) writeAttributes(reader, start, end, 0x1a, events);
  if (dropped > 0) events.ascii(`,"droppedAttributesCount":${dropped}`);
  events.byte(0x7d);
}

/** `Span.Link`. */
function addLink(reader: WireReader, end: number): void {
  if (links.length > 1) links.byte(comma);
  const start = reader.position;
  let traceId = '';
  let spanId = '';
  let traceState = '';
  let dropped = 0;
  let flags = 0;
  let hasAttributes = false;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) traceId = reader.id(end);
    else if (tag === 0x12) spanId = reader.id(end);
    else if (tag === 0x1a) traceState = reader.text(end);
    else if (tag === 0x28) dropped = reader.uint32(end);
    else if (tag === 0x35) flags = reader.fixed32(end);
    else {
      hasAttributes ||= tag === 0x22;
      reader.skip(tag, end);
    }
  }
  links.ascii(`{"traceId":"${traceId}","spanId":"${spanId}"`);
  if (traceState !== '') links.json(`,"traceState":${JSON.stringify(traceState)}`);
  if (hasAttributes) writeAttributes(reader, start, end, 0x22, links);
  if (flags > 0) links.ascii(`,"flags":${flags}`);
  if (dropped > 0) links.ascii(`,"droppedAttributesCount":${dropped}`);
  links.byte(0x7d);
}

/** The fields `wanted` between `start` and `end` as a member `attributes`. */
function writeAttributes(reader: WireReader, start: number, end: number, wanted: number, out: JsonBytes): void {
  out.ascii(',"attributes":{');
  const first = out.length;
  reader.position = start;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === wanted) {
      if (out.length > first) out.byte(comma);
      writeMember(reader, reader.nested(end), out);
    } else reader.skip(tag, end);
  }
  out.byte(0x7d);
}
