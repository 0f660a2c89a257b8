import { isUtf8 } from 'node:buffer';
import { WireReader } from '../../lib/protobuf/wire-reader.ts';
import type { LogDocument } from '../../model/ingest.ts';
import { lastKey, writeAnyValue, writeMember } from './any-value.ts';
import { JsonBytes } from './json-bytes.ts';
import { instantText } from './number-text.ts';
import { type Resource, readResource, readScope } from './read-resource.ts';
import type { Room } from './room.ts';

/**
 * `ExportLogsServiceRequest` (opentelemetry-proto, logs/v1) into documents. Their shape is in docs/ingest/otlp.md: the fields that have
 * columns (`model/log-fields.ts`) under names that the columns know, then `attributes`, `resource` and `scope` as they came.
 */

/** Names of resource attributes by object and field of the document; the first that is there. */
const resourceFields: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  service: {
    name: ['service.name'],
    version: ['service.version'],
    environment: ['deployment.environment.name', 'deployment.environment'],
    instance_id: ['service.instance.id'],
  },
  kubernetes: {
    namespace: ['k8s.namespace.name'],
    pod_name: ['k8s.pod.name'],
    node_name: ['k8s.node.name'],
    container_name: ['k8s.container.name'],
  },
};

/** The same for attributes of the record. */
const recordFields: ReadonlyMap<string, readonly [group: 'exception' | 'source', field: string]> = new Map([
  ['exception.type', ['exception', 'type']],
  ['exception.message', ['exception', 'message']],
  ['exception.stacktrace', ['exception', 'traceback']],
  ['code.file.path', ['source', 'file']],
  ['code.filepath', ['source', 'file']],
  ['code.line.number', ['source', 'line']],
  ['code.lineno', ['source', 'line']],
  ['code.function.name', ['source', 'function']],
  ['code.function', ['source', 'function']],
]);
const recordKeyLengths = new Set([...recordFields.keys()].map((name) => name.length));

/** `SeverityNumber` in steps of four (logs data model, "Severity fields"); used when the record has no text of its own. */
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const out = new JsonBytes();
const body = new JsonBytes();
const attributes = new JsonBytes();

/** Throws `bad_request` when the bytes are not such a message, and `too_large`. `nowMillis` stands in for a record's time. */
export function decodeLogs(bytes: Buffer, room: Room, nowMillis: number): { records: LogDocument[] } {
  const reader = new WireReader(bytes);
  const received = new Date(nowMillis).toISOString();
  const records: LogDocument[] = [];
  const end = bytes.length;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readResourceLogs(reader.nested(end));
    else reader.skip(tag, end);
  }
  return { records };

  function readResourceLogs(end: number): void {
    const resource = readResource(reader, end);
    const front = resourceFront(resource);
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) readScopeLogs(reader.nested(end), front, resource.json);
      else reader.skip(tag, end);
    }
  }

  function readScopeLogs(end: number, front: string, resource: string): void {
    const scope = readScope(reader, end);
    const back = `${front}${resource === '' ? '' : `,"resource":${resource}`}${scope === '' ? '' : `,"scope":${scope}`}}`;
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) {
        const stop = reader.nested(end);
        room.take(back.length + stop - reader.position);
        records.push(readRecord(reader, stop, back, received));
      } else reader.skip(tag, end);
    }
  }
}

/** Members that each document of a resource has, each with a comma in front. */
function resourceFront(resource: Resource): string {
  let text = '';
  for (const [group, fields] of Object.entries(resourceFields)) {
    const members = Object.entries(fields).flatMap(([field, names]) => {
      const value = names.map(resource.text).find((found) => found !== '');
      return value === undefined ? [] : [`"${field}":${JSON.stringify(value)}`];
    });
    if (members.length > 0) text += `,"${group}":{${members.join(',')}}`;
  }
  return text;
}

/** Scalars of the record that is being read. */
type Scalars = {
  time: string;
  observed: string;
  severity: number;
  severityText: string;
  dropped: number;
  flags: number;
  traceId: string;
  spanId: string;
  eventName: string;
  hasBody: boolean;
};

function readRecord(reader: WireReader, end: number, back: string, received: string): LogDocument {
  const log: Scalars = {
    time: '',
    observed: '',
    severity: 0,
    severityText: '',
    dropped: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    eventName: '',
    hasBody: false,
  };
  const fields: Record<'exception' | 'source', string[]> = { exception: [], source: [] };
  attributes.reset();
  attributes.byte(0x7b);
  while (reader.position < end) readField(reader, reader.tag(end), end, log, fields);
  out.reset();
  out.ascii(`{"@timestamp":"${log.time || log.observed || received}"`);
  if (log.observed !== '') out.ascii(`,"observed_timestamp":"${log.observed}"`);
  if (log.severityText !== '') out.json(`,"severity_text":${JSON.stringify(log.severityText)}`);
  else if (log.severity > 0 && log.severity <= 24) out.ascii(`,"level":"${levels[(log.severity - 1) >> 2]}"`);
  if (log.severity !== 0) out.ascii(`,"severity_number":${log.severity | 0}`);
  if (log.hasBody) writeBody();
  if (log.traceId !== '') out.ascii(`,"trace_id":"${log.traceId}"`);
  if (log.spanId !== '') out.ascii(`,"span_id":"${log.spanId}"`);
  if (log.flags !== 0) out.ascii(`,"flags":${log.flags}`);
  if (log.eventName !== '') out.json(`,"event_name":${JSON.stringify(log.eventName)}`);
  for (const [group, members] of Object.entries(fields)) if (members.length > 0) out.json(`,"${group}":{${members.join(',')}}`);
  if (attributes.length > 1) {
    attributes.byte(0x7d);
    out.ascii(',"attributes":');
    out.raw(attributes);
  }
  if (log.dropped > 0) out.ascii(`,"dropped_attributes_count":${log.dropped}`);
  out.json(back);
  const document = Buffer.from(out.bytes.subarray(0, out.length));
  return isUtf8(document) ? document : Buffer.from(document.toString('utf8'));
}

function readField(reader: WireReader, tag: number, end: number, log: Scalars, fields: Record<'exception' | 'source', string[]>): void {
  switch (tag) {
    case 0x09:
      reader.fixed64(end);
      log.time = instantText(reader.high, reader.low);
      break;
    case 0x59:
      reader.fixed64(end);
      log.observed = instantText(reader.high, reader.low);
      break;
    case 0x10:
      log.severity = reader.uint32(end);
      break;
    case 0x1a:
      log.severityText = reader.text(end);
      break;
    case 0x2a:
      body.reset();
      writeAnyValue(reader, reader.nested(end), body);
      log.hasBody = true;
      break;
    case 0x32:
      addAttribute(reader, reader.nested(end), fields);
      break;
    case 0x38:
      log.dropped = reader.uint32(end);
      break;
    case 0x45:
      log.flags = reader.fixed32(end);
      break;
    case 0x4a:
      log.traceId = reader.id(end);
      break;
    case 0x52:
      log.spanId = reader.id(end);
      break;
    case 0x62:
      log.eventName = reader.text(end);
      break;
    default:
      reader.skip(tag, end);
  }
}

/** Text is the message. Any other value is kept as it is, and its JSON is the message, so that its words are found. */
function writeBody(): void {
  if (body.length === 4 && body.text() === 'null') return;
  if (body.bytes[0] === 0x22) {
    out.ascii(',"body":');
    out.raw(body);
    return;
  }
  out.ascii(',"body":');
  out.string(body.bytes, 0, body.length);
  out.ascii(',"body_structured":');
  out.raw(body);
}

function addAttribute(reader: WireReader, end: number, fields: Record<'exception' | 'source', string[]>): void {
  if (attributes.length > 1) attributes.byte(0x2c);
  const at = attributes.length;
  writeMember(reader, end, attributes);
  const { start, end: stop } = lastKey;
  if (!recordKeyLengths.has(stop - start)) return;
  const name = reader.bytes.toString('latin1', start, stop);
  const known = recordFields.get(name);
  if (known === undefined) return;
  const [group, field] = known;
  const value = attributes.text(at).slice(name.length + 3);
  const isRight = field === 'line' ? /^\d{1,10}$/.test(value) : value.startsWith('"');
  if (isRight && !fields[group].some((member) => member.startsWith(`"${field}"`))) fields[group].push(`"${field}":${value}`);
}
