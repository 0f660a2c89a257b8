import { createHash } from 'node:crypto';
import type { Attributes, Span, Trace } from '../../model/trace.ts';
import { type AttributeList, attributeText, resourceAttributes, spanAttributes } from './span-attributes.ts';
import { hexSpanId, hexTraceId, type SpanIds, spanIds } from './span-ids.ts';
import { endOf, eventNanos, micros, unsignedNanos } from './span-times.ts';

/** A trace as Jaeger's `/api/traces/{id}` answers it (jaeger-ui, types/trace.ts). Times and durations are microseconds. */
export type JaegerTag = Readonly<{ key: string; type: 'string' | 'bool' | 'int64' | 'float64'; value: string | boolean | number }>;
export type JaegerReference = Readonly<{ refType: 'CHILD_OF' | 'FOLLOWS_FROM'; traceID: string; spanID: string }>;
export type JaegerSpan = Readonly<{
  traceID: string;
  spanID: string;
  flags: number;
  operationName: string;
  references: readonly JaegerReference[];
  startTime: number;
  duration: number;
  tags: readonly JaegerTag[];
  logs: readonly Readonly<{ timestamp: number; fields: readonly JaegerTag[] }>[];
  processID: string;
  warnings: readonly string[] | null;
}>;
export type JaegerTrace = Readonly<{
  traceID: string;
  spans: readonly JaegerSpan[];
  processes: Readonly<Record<string, Readonly<{ serviceName: string; tags: readonly JaegerTag[] }>>>;
  warnings: readonly string[] | null;
}>;

type Process = JaegerTrace['processes'][string];

export function jaegerTrace(trace: Trace): JaegerTrace {
  const ids = spanIds(trace);
  const processIds = new Map<string, string>();
  const processes: Record<string, Process> = {};
  const processOf = (span: Span): string => {
    const attributes = resourceAttributes(span);
    const key = createHash('sha256').update(attributeText(attributes)).digest('base64');
    const known = processIds.get(key);
    if (known !== undefined) return known;
    const id = `p${processIds.size + 1}`;
    processIds.set(key, id);
    const name = attributes.find(([one]) => one === 'service.name')?.[1];
    processes[id] = { serviceName: attributeText(name), tags: tags(attributes.filter(([one]) => one !== 'service.name')) };
    return id;
  };
  return {
    traceID: hexTraceId(trace.traceId),
    spans: trace.spans.map((span, at) => jaegerSpan(span, ids[at] as SpanIds, processOf(span))),
    processes,
    warnings: null,
  };
}

function jaegerSpan(span: Span, ids: SpanIds, processID: string): JaegerSpan {
  const start = unsignedNanos(span.startNanos);
  const end = endOf(span);
  const references: JaegerReference[] = [];
  if (ids.parentId !== undefined) references.push({ refType: 'CHILD_OF', traceID: ids.traceId, spanID: ids.parentId });
  for (const { traceId, spanId } of span.links) {
    if (typeof traceId !== 'string' || typeof spanId !== 'string') continue;
    references.push({ refType: 'FOLLOWS_FROM', traceID: hexTraceId(traceId), spanID: hexSpanId(spanId) });
  }
  return {
    traceID: ids.traceId,
    spanID: ids.spanId,
    flags: 1,
    operationName: span.name,
    references,
    startTime: micros(start),
    duration: end === undefined ? 0 : Math.round(Number(end - span.startNanos) / 1000),
    tags: tags([...spanAttributes(span, ids), ...statusTags(span)]),
    logs: span.events.map((event) => logOf(event, start)),
    processID,
    warnings: warningsOf(span),
  };
}

/** How Jaeger shows what OpenTelemetry has members for. */
function statusTags(span: Span): AttributeList {
  const { name, version } = span.scope;
  const list: [string, unknown][] = [];
  if (span.kind !== '') list.push(['span.kind', span.kind]);
  if (span.status !== '') list.push(['otel.status_code', span.status.toUpperCase()]);
  if (span.status === 'error') list.push(['error', true]);
  if (span.statusMessage !== '') list.push(['otel.status_description', span.statusMessage]);
  if (typeof name === 'string' && name !== '') list.push(['otel.scope.name', name]);
  if (typeof version === 'string' && version !== '') list.push(['otel.scope.version', version]);
  if (span.traceState !== '') list.push(['w3c.tracestate', span.traceState]);
  return list;
}

function warningsOf(span: Span): readonly string[] | null {
  const warnings = [
    ...(span.state === 'ended' ? [] : [span.state === 'open' ? 'has not ended yet' : 'has not ended, and nothing more came']),
    ...(span.orphan ? ['its parent is not part of the trace'] : []),
    ...(span.duplicates > 0 ? [`was reported ${span.duplicates + 1} times`] : []),
  ];
  return warnings.length === 0 ? null : warnings;
}

function logOf({ timeUnixNano, name, attributes }: Attributes, start: bigint): JaegerSpan['logs'][number] {
  const list = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : [];
  return {
    timestamp: micros(eventNanos(timeUnixNano) ?? start),
    fields: tags([...(typeof name === 'string' && name !== '' ? [['event', name] as const] : []), ...list]),
  };
}

const tags = (list: AttributeList): JaegerTag[] => list.map(([key, value]) => tag(key, value));

function tag(key: string, value: unknown): JaegerTag {
  if (typeof value === 'boolean') return { key, type: 'bool', value };
  if (typeof value === 'number') return { key, type: Number.isInteger(value) ? 'int64' : 'float64', value };
  return { key, type: 'string', value: attributeText(value) };
}
