import type { Attributes, Span, Trace } from '../../model/trace.ts';

/** Our own form of a trace: the members of `Trace` and `Span`, with nanoseconds as decimal texts and without what is not known. */
export type TraceJson = Readonly<
  Omit<Trace, 'startNanos' | 'endNanos' | 'durationNanos' | 'spans'> & {
    startNanos: string;
    endNanos: string;
    durationNanos: string;
    spans: readonly SpanJson[];
  }
>;

export type SpanJson = Readonly<Record<string, unknown>>;

const nanoMembers = new Set<string>(['startNanos', 'endNanos', 'durationNanos']);

/** Attributes keep bigints: print it with `stringifyJson`. */
export const traceJson = (trace: Trace): TraceJson => ({
  ...trace,
  startNanos: String(trace.startNanos),
  endNanos: String(trace.endNanos),
  durationNanos: String(trace.durationNanos),
  spans: trace.spans.map(spanJson),
});

const isEmpty = (value: unknown) =>
  value === undefined || value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

export function spanJson(span: Span): SpanJson {
  const kept = Object.entries(span).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(kept.map(([name, value]) => [name, nanoMembers.has(name) ? String(value) : value]));
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const nanos = (value: unknown): bigint | undefined => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined;
};
const count = (value: unknown) => (typeof value === 'number' ? value : undefined);
const object = (value: unknown): Attributes =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Attributes) : {};
const list = (value: unknown): readonly Attributes[] => (Array.isArray(value) ? value.map(object) : []);
const oneOf = <T extends string>(value: unknown, allowed: readonly T[], fallback: T): T => allowed.find((one) => one === value) ?? fallback;

/** Reads what `traceJson` made. What is missing or of another type counts as not known. */
export function parseTraceJson(value: Attributes): Trace {
  const all: readonly unknown[] = Array.isArray(value.spans) ? value.spans : [];
  const spans = all.map((span) => parseSpan(object(span), all.length));
  const startNanos = nanos(value.startNanos) ?? 0n;
  const endNanos = nanos(value.endNanos) ?? startNanos;
  return {
    traceId: text(value.traceId),
    state: oneOf(value.state, ['running', 'complete', 'abandoned'], 'complete'),
    startNanos,
    endNanos,
    durationNanos: nanos(value.durationNanos) ?? endNanos - startNanos,
    success: value.success !== false,
    spans,
    services: Array.isArray(value.services) ? value.services.map(text) : [],
    lastSeenMillis: count(value.lastSeenMillis) ?? 0,
  };
}

function parseSpan(span: Attributes, spans: number): Span {
  const parent = count(span.parentIndex);
  return {
    traceId: text(span.traceId),
    spanId: text(span.spanId),
    parentId: text(span.parentId),
    name: text(span.name),
    kind: oneOf(span.kind, ['internal', 'server', 'client', 'producer', 'consumer', ''], ''),
    status: oneOf(span.status, ['ok', 'error', ''], ''),
    statusMessage: text(span.statusMessage),
    service: text(span.service),
    instance: text(span.instance),
    address: text(span.address),
    runtime: text(span.runtime),
    capability: text(span.capability),
    target: text(span.target),
    model: text(span.model),
    provider: text(span.provider),
    traceState: text(span.traceState),
    state: oneOf(span.state, ['open', 'ended', 'abandoned'], 'ended'),
    startNanos: nanos(span.startNanos) ?? 0n,
    endNanos: nanos(span.endNanos),
    durationNanos: nanos(span.durationNanos),
    inputTokens: count(span.inputTokens),
    outputTokens: count(span.outputTokens),
    totalTokens: count(span.totalTokens),
    requestBytes: count(span.requestBytes),
    responseBytes: count(span.responseBytes),
    attributes: object(span.attributes),
    resource: object(span.resource),
    scope: object(span.scope),
    events: list(span.events),
    links: list(span.links),
    parentIndex: parent !== undefined && Number.isInteger(parent) && parent >= 0 && parent < spans ? parent : undefined,
    orphan: span.orphan === true,
    duplicates: count(span.duplicates) ?? 0,
  };
}
