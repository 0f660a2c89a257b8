import { WireReader } from '../../lib/protobuf/wire-reader.ts';
import { knownResourceAttributes } from '../../model/known-attributes.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { Resource } from './read-resource.ts';
import { readResource, readScope } from './read-resource.ts';
import { type Origin, readSpan } from './read-span.ts';
import { Rejections } from './rejections.ts';
import type { Room } from './room.ts';

/**
 * `ExportTraceServiceRequest` (opentelemetry-proto, trace/v1) into records. Spans without a trace id or span id are rejected one by one.
 * Throws `bad_request` when the bytes are not such a message, and `too_large`.
 */
export function decodeTraces(body: Buffer, room: Room): { records: SpanRecord[]; rejections: Rejections } {
  const reader = new WireReader(body);
  const records: SpanRecord[] = [];
  const rejections = new Rejections('spans');
  const end = body.length;
  while (reader.position < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) readResourceSpans(reader, reader.nested(end));
    else reader.skip(tag, end);
  }
  return { records, rejections };

  function readResourceSpans(reader: WireReader, end: number): void {
    const resource = readResource(reader, end);
    const columns = resourceColumns(resource);
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) readScopeSpans(reader, reader.nested(end), { ...columns, resource: resource.json });
      else reader.skip(tag, end);
    }
  }

  function readScopeSpans(reader: WireReader, end: number, origin: Omit<Origin, 'scope' | 'tellsStarts'>): void {
    const scope = readScope(reader, end);
    const whole: Origin = { ...origin, scope, tellsStarts: ownScope.test(scope) };
    while (reader.position < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) {
        const span = readSpan(reader, reader.nested(end), whole);
        if (typeof span === 'string') rejections.add(records.length + rejections.count, span, noId);
        else {
          room.take(textLength(span));
          records.push(span);
        }
      } else reader.skip(tag, end);
    }
  }
}

/** Of meshscope's recorders and its SDK. */
const ownScope = /"name":"(?:meshscope\.recorder|@meshscope\/sdk)"/;

const noId = 'has no trace id or no span id, or one that is longer than 64 bytes';

const textLength = (span: SpanRecord) =>
  span.attributes.length +
  span.resource.length +
  span.scope.length +
  span.events.length +
  span.links.length +
  span.name.length +
  span.statusMessage.length +
  span.traceState.length;

function resourceColumns(resource: Resource): Omit<Origin, 'resource' | 'scope' | 'tellsStarts'> {
  const columns = { service: '', instance: '', address: '', runtime: '' };
  for (const [name, { column }] of knownResourceAttributes) columns[column] ||= resource.text(name);
  return columns;
}
