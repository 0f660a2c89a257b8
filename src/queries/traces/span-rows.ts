import { sqlString } from '../../lib/sql-text.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { SpanContent } from '../../model/trace.ts';
import type { Row } from '../../store/engine/engine.ts';
import { parseAttributes, parseObject, parseObjects } from './attribute-values.ts';

/** One row of `spans`: what one message said. Times as the table has them, in nanoseconds since the epoch. */
export type SpanRow = SpanContent &
  Readonly<{
    record: SpanRecord['record'];
    /** `trace_hash`, decimal. */
    hash: string;
    segment: number;
    row: number;
    ingestedMillis: number;
    startNanos: bigint;
    endNanos: bigint;
    durationNanos: bigint;
    /** Which times the message had: bits of `timingBits`. */
    timing: number;
  }>;

/**
 * What `parseSpanRow` reads, of the table `spans`. `outline` leaves out attributes, resource, scope, events, links, model, provider and counts: a list of
 * traces does not show them, and they are most of the bytes. `waits` adds the model and the attributes that tell what an operation waited for.
 */
export type SpanDetail = 'full' | 'outline' | 'waits';

const outlineColumns = `trace_hash, _segment, _row, toUnixTimestamp64Milli(_ingested) AS ingested, trace_id, span_id, parent_id, record, name, kind,
  toUnixTimestamp64Nano(start) AS start_ns, toUnixTimestamp64Nano(end) AS end_ns, toString(duration_ns) AS took_ns, timing, status, status_message,
  service, instance, address, runtime, capability, target`;

const detailColumns = `model, provider, input_tokens, output_tokens, total_tokens, request_bytes, response_bytes, attributes, resource, scope, events, links,
  trace_state`;

/** Attributes by which `waitKind` tells what an operation is. */
export const waitAttributes = ['gen_ai.operation.name', 'mcp.method.name', 'messaging.operation.type', 'meshscope.human_ms'] as const;

const columnsBeside: Readonly<Record<SpanDetail, string>> = {
  outline: '',
  waits: `, model, mapFilter((k, v) -> k IN (${waitAttributes.map(sqlString).join(', ')}), attributes) AS attributes`,
  full: `, ${detailColumns}`,
};

export const spanRowColumns = (detail: SpanDetail): string => outlineColumns + columnsBeside[detail];

const count = (value: unknown): number | undefined => (value === null || value === undefined ? undefined : Number(value));

export function parseSpanRow(row: Row): SpanRow {
  const text = (name: string) => (row[name] ?? '') as string;
  const map = (name: string) => parseAttributes((row[name] ?? {}) as Readonly<Record<string, string>>);
  return {
    hash: String(row.trace_hash),
    segment: Number(row._segment),
    row: Number(row._row),
    ingestedMillis: Number(row.ingested),
    record: row.record as SpanRow['record'],
    traceId: text('trace_id'),
    spanId: text('span_id'),
    parentId: text('parent_id'),
    name: text('name'),
    kind: row.kind as SpanRow['kind'],
    startNanos: BigInt(text('start_ns')),
    endNanos: BigInt(text('end_ns')),
    durationNanos: BigInt(text('took_ns')),
    timing: Number(row.timing),
    status: row.status as SpanRow['status'],
    statusMessage: text('status_message'),
    service: text('service'),
    instance: text('instance'),
    address: text('address'),
    runtime: text('runtime'),
    capability: text('capability'),
    target: text('target'),
    model: text('model'),
    provider: text('provider'),
    inputTokens: count(row.input_tokens),
    outputTokens: count(row.output_tokens),
    totalTokens: count(row.total_tokens),
    requestBytes: count(row.request_bytes),
    responseBytes: count(row.response_bytes),
    attributes: map('attributes'),
    resource: map('resource'),
    scope: parseObject(text('scope')),
    events: parseObjects(text('events')),
    links: parseObjects(text('links')),
    traceState: text('trace_state'),
  };
}
