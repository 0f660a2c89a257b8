import type { MetricPoint } from './metric-point.ts';
import type { SpanRecord } from './span.ts';

/**
 * Columns of the lines `s` and `m` of a journal segment behind `kind`, in order, as ClickHouse's `TSV` with its escapes. The fourth
 * column of every kind is the row, and the first six fit the six columns of the other kinds (`journal-line.ts`).
 */
export const spanColumns = [
  'traceId',
  'spanId',
  'row',
  'parentId',
  'name',
  'record',
  'kind',
  'startNanos',
  'endNanos',
  'durationNanos',
  'status',
  'statusMessage',
  'service',
  'instance',
  'address',
  'runtime',
  'capability',
  'target',
  'model',
  'provider',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'requestBytes',
  'responseBytes',
  'attributes',
  'resource',
  'scope',
  'events',
  'links',
  'traceState',
  'flags',
  'source',
  'origin',
] as const satisfies readonly (keyof SpanRecord | 'row' | 'source')[];

export const metricColumns = [
  'name',
  'service',
  'row',
  'type',
  'unit',
  'description',
  'temporality',
  'monotonic',
  'startNanos',
  'timeNanos',
  'value',
  'isInteger',
  'count',
  'sum',
  'min',
  'max',
  'details',
  'attributes',
  'resource',
  'scope',
  'source',
] as const satisfies readonly (keyof MetricPoint | 'row' | 'source')[];

/** The structure that the table function `file` is given for such lines. */
export const lineStructure = (columns: readonly string[]): string =>
  ['line_kind String', ...columns.map((column) => `${column} ${column === 'row' ? 'UInt32' : 'String'}`)].join(', ');
