import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../../lib/json/json-text.ts';
import { knownSpanAttributes } from '../../model/known-attributes.ts';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';

/** `Span.kind` of Zipkin's v2 model. */
const kinds: ReadonlyMap<string, SpanRecord['kind']> = new Map([
  ['CLIENT', 'client'],
  ['SERVER', 'server'],
  ['PRODUCER', 'producer'],
  ['CONSUMER', 'consumer'],
]);

const maxIdLength = 128;

/**
 * One span of Zipkin's v2 JSON (zipkin-api, zipkin2-api.yaml) as a record; a text is the reason why it cannot be one. Times are microseconds
 * there. Tags become attributes and annotations events.
 */
export function readZipkinSpan(value: JsonValue): SpanRecord | string {
  if (!isJsonObject(value)) return 'a span is a JSON object';
  const { traceId, id, parentId } = value;
  if (!isId(traceId)) return 'traceId must be text of 1 to 128 characters that are not all 0';
  if (!isId(id)) return 'id must be text of 1 to 128 characters that are not all 0';
  const local = endpoint(value.localEndpoint);
  const remote = endpoint(value.remoteEndpoint);
  const tags = isJsonObject(value.tags) ? value.tags : {};
  const isShared = value.shared === true;
  const failure = failureOf(tags);
  return {
    ...unknownSpan,
    record: 'span',
    traceId,
    // Both halves of a call may have one id here. The server's gets one of its own, below the client's.
    spanId: isShared ? sharedSpanId(traceId, id) : id,
    parentId: isShared ? id : isId(parentId) ? parentId : '',
    name: text(value.name),
    kind: kinds.get(text(value.kind).toUpperCase()) ?? '',
    startNanos: nanos(value.timestamp),
    durationNanos: nanos(value.duration),
    status: failure === undefined ? okStatus(tags) : 'error',
    statusMessage: failure ?? '',
    service: local.service,
    address: local.address,
    target: remote.service,
    ...columns(tags),
    attributes: attributesOf(value, tags, local, remote),
    resource: local.service === '' ? '' : JSON.stringify({ 'service.name': local.service }),
    events: eventsOf(value.annotations),
  };
}

/** The id that the server's half of a call gets when it shares the client's; always the same, so that a repetition is seen as one. */
export function sharedSpanId(traceId: string, id: string): string {
  return createHash('sha256').update(`${traceId}/${id}/server`).digest('hex').slice(0, 16);
}

const isId = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && value.length <= maxIdLength && !/^0*$/.test(value);

const text = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '');

/** Decimal nanoseconds of microseconds; empty when there are none, or they do not fit. */
function nanos(micros: JsonValue | undefined): string {
  const exact = typeof micros === 'string' && /^\d{1,19}$/.test(micros) ? BigInt(micros) : micros;
  if (typeof exact !== 'bigint' && (typeof exact !== 'number' || !Number.isFinite(exact))) return '';
  const result = typeof exact === 'bigint' ? exact * 1000n : BigInt(Math.round(exact)) * 1000n;
  return result > 0n && result < 2n ** 63n ? String(result) : '';
}

type Endpoint = Readonly<{ service: string; address: string; port: number | undefined }>;

function endpoint(value: JsonValue | undefined): Endpoint {
  if (!isJsonObject(value)) return { service: '', address: '', port: undefined };
  const { serviceName, ipv4, ipv6, port } = value;
  return {
    service: text(serviceName),
    address: text(ipv4) || text(ipv6),
    port: typeof port === 'number' && Number.isInteger(port) && port > 0 ? port : undefined,
  };
}

/** The tag `error` says that the operation failed, whatever it holds; its text is the reason unless it only says so. */
function failureOf(tags: JsonObject): string | undefined {
  const { error } = tags;
  if (error === undefined) return tags['otel.status_code'] === 'ERROR' ? text(tags['otel.status_description']) : undefined;
  const reason = text(error);
  return reason === 'true' ? '' : reason;
}

const okStatus = (tags: JsonObject) => (tags['otel.status_code'] === 'OK' ? 'ok' : '');

type Column = 'target' | 'model' | 'provider' | 'inputTokens' | 'outputTokens' | 'totalTokens';

function columns(tags: JsonObject): { [Name in Column]?: string } {
  const found: { [Name in Column]?: string } = {};
  for (const [name, { column }] of knownSpanAttributes) {
    const value = text(tags[name]);
    if (value !== '') found[column] ??= value;
  }
  return found;
}

function attributesOf(span: JsonObject, tags: JsonObject, local: Endpoint, remote: Endpoint): string {
  const all: Record<string, JsonValue> = Object.assign(Object.create(null), tags);
  const add = (name: string, value: JsonValue | undefined) => {
    if (value !== undefined && value !== '' && !(name in all)) all[name] = value;
  };
  add('peer.service', remote.service);
  add('network.peer.address', remote.address);
  add('network.peer.port', remote.port);
  add('network.local.address', local.address);
  add('network.local.port', local.port);
  if (span.debug === true) add('zipkin.debug', true);
  if (span.shared === true) {
    add('zipkin.shared', true);
    add('zipkin.parent_id', text(span.parentId));
  }
  return Object.keys(all).length === 0 ? '' : stringifyJson(all);
}

function eventsOf(annotations: JsonValue | undefined): string {
  if (!Array.isArray(annotations)) return '';
  const list: readonly JsonValue[] = annotations;
  const events = list.filter(isJsonObject).map((annotation) => ({
    timeUnixNano: nanos(annotation.timestamp) || '0',
    name: typeof annotation.value === 'string' ? annotation.value : stringifyJson(annotation.value),
  }));
  return events.length === 0 ? '' : JSON.stringify(events);
}
