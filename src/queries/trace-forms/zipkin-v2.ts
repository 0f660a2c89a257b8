import { isIP } from 'node:net';
import type { Attributes, Span, Trace } from '../../model/trace.ts';
import { attributeText, resourceAttributes, spanAttributes } from './span-attributes.ts';
import { type SpanIds, spanIds } from './span-ids.ts';
import { endOf, eventNanos, micros, unsignedNanos } from './span-times.ts';

/** A span of Zipkin's API v2 (openzipkin/zipkin-api, zipkin2-api.yaml). Times and durations are microseconds. */
export type ZipkinSpan = Readonly<{
  traceId: string;
  id: string;
  parentId?: string;
  name?: string;
  kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';
  timestamp?: number;
  duration?: number;
  shared?: boolean;
  localEndpoint: ZipkinEndpoint;
  remoteEndpoint?: ZipkinEndpoint;
  annotations?: readonly Readonly<{ timestamp: number; value: string }>[];
  tags: Readonly<Record<string, string>>;
}>;
export type ZipkinEndpoint = Readonly<{ serviceName?: string; ipv4?: string; ipv6?: string }>;

const kinds = {
  '': undefined,
  internal: undefined,
  server: 'SERVER',
  client: 'CLIENT',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
} as const;

/** A trace as a list of spans. Names keep their case: Zipkin folds it when it stores them. */
export function zipkinTrace(trace: Trace): readonly ZipkinSpan[] {
  const ids = spanIds(trace);
  const shared = trace.spans.map((span) => isServerOfSharedId(span, trace.spans));
  /** Zipkin's id: the server's side of a call may have that of the client's. */
  const idOf = (at: number): string => (ids[shared[at] ? (trace.spans[at]?.parentIndex ?? at) : at] as SpanIds).spanId;
  return trace.spans.map((span, at) => {
    const own = ids[at] as SpanIds;
    if (span.parentIndex === undefined) return zipkinSpan(span, own);
    if (!shared[at]) return zipkinSpan(span, { ...own, parentId: idOf(span.parentIndex) });
    return { ...zipkinSpan(span, { ...own, spanId: idOf(at), parentId: (ids[span.parentIndex] as SpanIds).parentId }), shared: true };
  });
}

const isServerOfSharedId = ({ kind, spanId, parentIndex }: Span, spans: readonly Span[]): boolean => {
  const client = parentIndex === undefined ? undefined : spans[parentIndex];
  return kind === 'server' && client?.kind === 'client' && client.spanId === spanId;
};

function zipkinSpan(span: Span, ids: SpanIds): ZipkinSpan {
  const start = unsignedNanos(span.startNanos);
  const end = endOf(span);
  const kind = kinds[span.kind];
  const annotations = span.events.flatMap((event) => annotationOf(event, start));
  return {
    traceId: ids.traceId,
    id: ids.spanId,
    ...(ids.parentId !== undefined && { parentId: ids.parentId }),
    ...(span.name !== '' && { name: span.name }),
    ...(kind !== undefined && { kind }),
    // Zipkin takes a timestamp of 0 for none.
    ...(start >= 1000n && { timestamp: micros(start) }),
    // "Durations of less than one are rounded up."
    ...(end !== undefined && { duration: Math.max(1, Math.round(Number(end - span.startNanos) / 1000)) }),
    localEndpoint: endpoint(span.service, span.address),
    ...(span.target !== '' && { remoteEndpoint: { serviceName: span.target } }),
    ...(annotations.length > 0 && { annotations }),
    tags: tagsOf(span, ids),
  };
}

function endpoint(serviceName: string, address: string): ZipkinEndpoint {
  const version = isIP(address);
  return {
    ...(serviceName !== '' && { serviceName }),
    ...(version === 4 && { ipv4: address }),
    ...(version === 6 && { ipv6: address }),
  };
}

/** A failed span MUST have the tag `error`; its value is the message. */
function tagsOf(span: Span, ids: SpanIds): Record<string, string> {
  const tags = new Map<string, string>();
  for (const [key, value] of resourceAttributes(span)) if (key !== 'service.name') tags.set(key, attributeText(value));
  for (const [key, value] of spanAttributes(span, ids)) tags.set(key, attributeText(value));
  const { name, version } = span.scope;
  if (typeof name === 'string' && name !== '') tags.set('otel.scope.name', name);
  if (typeof version === 'string' && version !== '') tags.set('otel.scope.version', version);
  if (span.status !== '') tags.set('otel.status_code', span.status.toUpperCase());
  if (span.status === 'error') tags.set('error', span.statusMessage === '' ? (tags.get('error') ?? 'true') : span.statusMessage);
  return withoutPrototype(tags);
}

function withoutPrototype(tags: ReadonlyMap<string, string>): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const [key, value] of tags) result[key] = value;
  return result;
}

/** An event with attributes becomes `"name": {…}`, as OpenTelemetry's mapping to Zipkin says. */
function annotationOf({ timeUnixNano, name, attributes }: Attributes, start: bigint): { timestamp: number; value: string }[] {
  const hasAttributes = typeof attributes === 'object' && attributes !== null && Object.keys(attributes).length > 0;
  const title = typeof name === 'string' ? name : '';
  const value = hasAttributes ? `${JSON.stringify(title)}: ${attributeText(attributes)}` : title;
  return [{ timestamp: micros(eventNanos(timeUnixNano) ?? start), value }];
}
