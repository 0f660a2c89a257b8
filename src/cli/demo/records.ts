import { randomBytes } from 'node:crypto';
import type { AgentName, Failure } from './plan.ts';

/** A span of OTLP/JSON and the resource that sent it. */
export type SentSpan = Readonly<{ resource: Readonly<Record<string, string>>; span: Readonly<Record<string, unknown>> }>;
/** A log document and its index. */
export type SentLog = Readonly<{ index: string; document: Readonly<Record<string, unknown>> }>;

/** Where records go: to a collector now, or into an array. */
export type Sink = Readonly<{ span: (span: SentSpan) => void; log: (log: SentLog) => void }>;

export const newTraceId = (): string => randomBytes(16).toString('hex');
export const newSpanId = (): string => randomBytes(8).toString('hex');

const nanos = (millis: number) => (BigInt(Math.round(millis * 1000)) * 1000n).toString();
export const rounded = (millis: number): number => Math.round(millis * 1000) / 1000;

/** Who writes: an agent, in the version of that moment. */
export type Writer = Readonly<{ agent: AgentName; version: string }>;

type SpanParts = Readonly<{
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client. */
  kind: 1 | 2 | 3;
  startMillis: number;
  endMillis: number;
  attributes: Readonly<Record<string, string | undefined>>;
  failure: Failure | undefined;
}>;

export function agentSpan({ agent, version }: Writer, parts: SpanParts): SentSpan {
  const { failure } = parts;
  const attributes = { ...parts.attributes, 'error.type': failure?.type };
  return {
    resource: { 'service.name': agent, 'service.version': version },
    span: {
      traceId: parts.traceId,
      spanId: parts.spanId,
      parentSpanId: parts.parentId,
      name: parts.name,
      kind: parts.kind,
      startTimeUnixNano: nanos(parts.startMillis),
      endTimeUnixNano: nanos(parts.endMillis),
      attributes: Object.entries(attributes).flatMap(([key, value]) =>
        value === undefined ? [] : [{ key, value: { stringValue: value } }],
      ),
      status: failure === undefined ? { code: 1 } : { code: 2, message: failure.message },
    },
  };
}

type LogParts = Readonly<{
  timeMillis: number;
  level: string;
  msg: string;
  trace?: Readonly<{ traceId: string; spanId: string }>;
  fields?: Readonly<Record<string, unknown>>;
}>;

/** A line in the form of the logging page's AgentLogger, in the index of its day. */
export function agentLog({ agent, version }: Writer, { timeMillis, level, msg, trace, fields = {} }: LogParts): SentLog {
  const timestamp = new Date(timeMillis).toISOString();
  return {
    index: `mcp-mesh-logs-${timestamp.slice(0, 10).replaceAll('-', '.')}`,
    document: {
      timestamp,
      level,
      msg,
      service: { name: agent, version },
      agent: { name: agent, type: 'mcp-mesh' },
      ...(trace === undefined ? {} : { trace: { trace_id: trace.traceId, span_id: trace.spanId } }),
      ...fields,
    },
  };
}
