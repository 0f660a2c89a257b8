import type { Span, Trace } from '../../model/trace.ts';

/**
 * A trace as MCP Mesh's registry prints it (`CompletedTrace` of its Go code): names in PascalCase, durations of traces in nanoseconds and
 * of spans in whole milliseconds, every key always present.
 */
export type CompletedTrace = Readonly<{
  TraceID: string;
  Spans: readonly CompletedSpan[];
  StartTime: string;
  EndTime: string;
  Duration: number;
  Success: boolean;
  SpanCount: number;
  AgentCount: number;
  Agents: readonly string[];
}>;

export type CompletedSpan = Readonly<{
  TraceID: string;
  SpanID: string;
  ParentSpan: string | null;
  AgentName: string;
  AgentID: string;
  IPAddress: string;
  Operation: string;
  StartTime: string;
  EndTime: string | null;
  DurationMS: number | null;
  Success: boolean | null;
  ErrorMessage: string | null;
  Capability: string | null;
  TargetAgent: string | null;
  Runtime: string;
}>;

/** The largest double below 2^63: Go reads durations as 64-bit integers. */
const maxInt64 = 2 ** 63 - 1024;

export const completedTrace = (trace: Trace): CompletedTrace => ({
  TraceID: trace.traceId,
  Spans: trace.spans.map(completedSpan),
  StartTime: rfc3339Nano(trace.startNanos),
  EndTime: rfc3339Nano(trace.endNanos),
  Duration: Math.min(Number(trace.durationNanos), maxInt64),
  Success: trace.success,
  SpanCount: trace.spans.length,
  AgentCount: trace.services.length,
  Agents: trace.services,
});

const orNull = (text: string) => (text === '' ? null : text);

const completedSpan = (span: Span): CompletedSpan => ({
  TraceID: span.traceId,
  SpanID: span.spanId,
  ParentSpan: orNull(span.parentId),
  AgentName: span.service,
  AgentID: span.instance,
  IPAddress: span.address,
  Operation: span.name,
  StartTime: rfc3339Nano(span.startNanos),
  EndTime: span.endNanos === undefined ? null : rfc3339Nano(span.endNanos),
  DurationMS: span.durationNanos === undefined ? null : Number(span.durationNanos / 1_000_000n),
  Success: span.status === 'error' ? false : span.state === 'ended' ? true : null,
  ErrorMessage: orNull(span.statusMessage),
  Capability: orNull(span.capability),
  TargetAgent: orNull(span.target),
  Runtime: span.runtime,
});

/** As Go's `time.RFC3339Nano` in UTC: no zeros at the end of the fraction, and none of it when all are. */
export function rfc3339Nano(nanos: bigint): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().slice(0, -'.000Z'.length);
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${digits === '' ? '' : `.${digits}`}Z`;
}
