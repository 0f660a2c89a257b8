import type { Attributes, Span, Trace } from '../../model/trace.ts';
import { type AttributeList, attributeText, resourceAttributes, spanAttributes } from './span-attributes.ts';
import { hexSpanId, hexTraceId, type SpanIds, spanIds } from './span-ids.ts';
import { endOf, eventNanos, unsignedNanos } from './span-times.ts';

/**
 * OTLP's `ExportTraceServiceRequest` in its JSON encoding (opentelemetry-proto, docs/specification.md: ids are hexadecimal, enums are
 * numbers, 64-bit integers are texts).
 */
export type OtlpValue = Readonly<
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: readonly OtlpValue[] } }
  | { kvlistValue: { values: readonly OtlpKeyValue[] } }
  | Record<string, never>
>;
export type OtlpKeyValue = Readonly<{ key: string; value: OtlpValue }>;

export type OtlpEvent = Readonly<{
  timeUnixNano: string;
  name: string;
  attributes: readonly OtlpKeyValue[];
  droppedAttributesCount: number;
}>;
export type OtlpLink = Readonly<{
  traceId: string;
  spanId: string;
  traceState: string;
  attributes: readonly OtlpKeyValue[];
  droppedAttributesCount: number;
  flags: number;
}>;
export type OtlpSpan = Readonly<{
  traceId: string;
  spanId: string;
  traceState?: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: readonly OtlpKeyValue[];
  events: readonly OtlpEvent[];
  links: readonly OtlpLink[];
  status: Readonly<{ code?: number; message?: string }>;
}>;
export type OtlpScope = Readonly<{ name?: string; version?: string; attributes?: readonly OtlpKeyValue[] }>;
export type OtlpScopeSpans = Readonly<{ scope: OtlpScope; spans: readonly OtlpSpan[]; schemaUrl?: string }>;
export type OtlpResourceSpans = Readonly<{
  resource: Readonly<{ attributes: readonly OtlpKeyValue[] }>;
  scopeSpans: readonly OtlpScopeSpans[];
}>;
export type OtlpTraces = Readonly<{ resourceSpans: readonly OtlpResourceSpans[] }>;

const kinds = { '': 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const statusCodes = { '': 0, ok: 1, error: 2 } as const;

/** Deeper values become their JSON text: protobuf readers stop at a hundred nested messages. */
const maxDepth = 20;

/** Traces as one request, grouped by resource and scope. What has not ended ends where it starts, and says so in `meshscope.state`. */
export function otlpJson(traces: readonly Trace[]): OtlpTraces {
  const resources = new Map<
    string,
    { resource: { attributes: OtlpKeyValue[] }; scopes: Map<string, { head: Scope; spans: OtlpSpan[] }> }
  >();
  for (const trace of traces) {
    const ids = spanIds(trace);
    for (const [at, span] of trace.spans.entries()) {
      const attributes = keyValues(resourceAttributes(span));
      const group = entryOf(resources, JSON.stringify(attributes), () => ({ resource: { attributes }, scopes: new Map() }));
      const head = scopeOf(span.scope);
      entryOf(group.scopes, JSON.stringify(head), () => ({ head, spans: [] })).spans.push(otlpSpan(span, ids[at] as SpanIds));
    }
  }
  return {
    resourceSpans: [...resources.values()].map(({ resource, scopes }) => ({
      resource,
      scopeSpans: [...scopes.values()].map(({ head, spans }) => ({ ...head, spans })),
    })),
  };
}

function entryOf<T>(map: Map<string, T>, key: string, create: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = create();
  map.set(key, made);
  return made;
}

type Scope = Pick<OtlpScopeSpans, 'scope' | 'schemaUrl'>;

function scopeOf({ name, version, attributes, schemaUrl }: Attributes): Scope {
  const list = attributesOf(attributes);
  return {
    scope: {
      ...(typeof name === 'string' && { name }),
      ...(typeof version === 'string' && { version }),
      ...(list.length > 0 && { attributes: list }),
    },
    ...(typeof schemaUrl === 'string' && { schemaUrl }),
  };
}

function otlpSpan(span: Span, ids: SpanIds): OtlpSpan {
  const start = unsignedNanos(span.startNanos);
  const end = endOf(span);
  const code = statusCodes[span.status];
  return {
    traceId: ids.traceId,
    spanId: ids.spanId,
    ...(span.traceState !== '' && { traceState: span.traceState }),
    ...(ids.parentId !== undefined && { parentSpanId: ids.parentId }),
    name: span.name,
    kind: kinds[span.kind],
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end === undefined || end < start ? start : end),
    attributes: keyValues(spanAttributes(span, ids)),
    events: span.events.map((event) => otlpEvent(event, start)),
    links: span.links.map(otlpLink),
    status: { ...(code !== 0 && { code }), ...(span.statusMessage !== '' && { message: span.statusMessage }) },
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const count = (value: unknown) => (Number.isInteger(Number(value)) && Number(value) >= 0 && Number(value) < 2 ** 32 ? Number(value) : 0);

const otlpEvent = ({ timeUnixNano, name, attributes, droppedAttributesCount }: Attributes, start: bigint): OtlpEvent => ({
  timeUnixNano: String(eventNanos(timeUnixNano) ?? start),
  name: text(name),
  attributes: attributesOf(attributes),
  droppedAttributesCount: count(droppedAttributesCount),
});

const otlpLink = ({ traceId, spanId, traceState, attributes, flags, droppedAttributesCount }: Attributes): OtlpLink => ({
  traceId: hexTraceId(text(traceId)),
  spanId: hexSpanId(text(spanId)),
  traceState: text(traceState),
  attributes: attributesOf(attributes),
  droppedAttributesCount: count(droppedAttributesCount),
  flags: count(flags),
});

const attributesOf = (value: unknown): OtlpKeyValue[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? keyValues(Object.entries(value)) : [];

const keyValues = (list: AttributeList): OtlpKeyValue[] => list.map(([key, value]) => ({ key, value: otlpValue(value, 0) }));

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const;

function otlpValue(value: unknown, depth: number): OtlpValue {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (typeof value === 'bigint')
    return value >= int64.min && value <= int64.max ? { intValue: String(value) } : { stringValue: String(value) };
  if (typeof value !== 'object' || value === null) return {};
  if (depth >= maxDepth) return { stringValue: attributeText(value) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => otlpValue(item, depth + 1)) } };
  return { kvlistValue: { values: Object.entries(value).map(([key, item]) => ({ key, value: otlpValue(item, depth + 1) })) } };
}
