import { AppError } from '../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json/json-text.ts';
import type { Attributes, Span, Trace } from '../model/trace.ts';
import type { ServerClient } from './server-client.ts';

/** The answer of the server about a trace: as it came, and read. */
export type TraceAnswer = Readonly<{ body: Buffer; trace: Trace }>;

/** Rejects with AppError `not_found` when no record of the trace is stored. */
export async function fetchTrace(client: ServerClient, id: string): Promise<TraceAnswer> {
  const { body } = await client.send({ method: 'GET', path: `/api/traces/${encodeURIComponent(id)}` });
  return { body, trace: parseTrace(parseObject(body)) };
}

/** An answer that is a JSON object. Integers stay exact. */
export function parseObject(body: Buffer): JsonObject {
  const value = parseJson(body.toString('utf8'));
  if (!isJsonObject(value)) throw new AppError('bad_request', 'The answer of the server is no JSON object. Is --url a meshscope?');
  return value;
}

type Member = JsonValue | undefined;

export const text = (value: Member): string => (typeof value === 'string' ? value : '');
export const number = (value: Member): number | undefined => (typeof value === 'number' ? value : undefined);
export const objects = (value: Member): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
/** Decimal text. */
export const nanos = (value: Member): bigint | undefined =>
  typeof value === 'string' && /^-?\d{1,30}$/.test(value) ? BigInt(value) : undefined;
const attributes = (value: Member): Attributes => (isJsonObject(value) ? value : {});
const oneOf = <T extends string>(value: Member, allowed: readonly T[], fallback: T): T => allowed.find((one) => one === value) ?? fallback;

export const traceState = (value: Member): Trace['state'] => oneOf(value, ['running', 'complete', 'abandoned'], 'complete');

/** Reads the answer of `/api/traces/{id}`. What is missing or of another type counts as not known. */
export function parseTrace(answer: JsonObject): Trace {
  const spans = objects(answer.spans);
  const startNanos = nanos(answer.start_nanos) ?? 0n;
  const endNanos = nanos(answer.end_nanos) ?? startNanos;
  return {
    traceId: text(answer.trace_id),
    state: traceState(answer.state),
    startNanos,
    endNanos,
    durationNanos: nanos(answer.duration_nanos) ?? endNanos - startNanos,
    success: answer.success !== false,
    spans: spans.map((span) => parseSpan(span, spans.length)),
    services: Array.isArray(answer.services) ? answer.services.map(text) : [],
    lastSeenMillis: Date.parse(text(answer.last_seen)) || 0,
  };
}

function parseSpan(span: JsonObject, spans: number): Span {
  const parent = number(span.parent_index);
  return {
    traceId: text(span.trace_id),
    spanId: text(span.span_id),
    parentId: text(span.parent_span_id),
    name: text(span.name),
    kind: oneOf(span.kind, ['internal', 'server', 'client', 'producer', 'consumer', ''], ''),
    status: oneOf(span.status, ['ok', 'error', ''], ''),
    statusMessage: text(span.status_message),
    service: text(span.service),
    instance: text(span.instance),
    address: text(span.address),
    runtime: text(span.runtime),
    capability: text(span.capability),
    target: text(span.target),
    model: text(span.model),
    provider: text(span.provider),
    traceState: text(span.trace_state),
    state: oneOf(span.state, ['open', 'ended', 'abandoned'], 'ended'),
    startNanos: nanos(span.start_nanos) ?? 0n,
    endNanos: nanos(span.end_nanos),
    durationNanos: nanos(span.duration_nanos),
    inputTokens: number(span.input_tokens),
    outputTokens: number(span.output_tokens),
    totalTokens: number(span.total_tokens),
    requestBytes: number(span.request_bytes),
    responseBytes: number(span.response_bytes),
    attributes: attributes(span.attributes),
    resource: attributes(span.resource),
    scope: attributes(span.scope),
    events: objects(span.events),
    links: objects(span.links),
    parentIndex: parent !== undefined && Number.isInteger(parent) && parent >= 0 && parent < spans ? parent : undefined,
    orphan: span.orphan === true,
    duplicates: number(span.duplicates) ?? 0,
  };
}
