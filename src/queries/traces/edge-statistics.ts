import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { internalCondition, type Since, slices } from './operations.ts';

/** Calls from one agent to one operation of another. Durations in milliseconds; percentiles are right within half a percent. */
export type EdgeStatistics = Readonly<{
  source: string;
  target: string;
  operation: string;
  calls: number;
  errors: number;
  averageMillis: number;
  p50Millis: number;
  p95Millis: number;
  p99Millis: number;
  minMillis: number;
  maxMillis: number;
}>;

type Sums = { calls: number; errors: number; nanos: number; min: number; max: number; buckets: Map<number, number> };

/** Durations are counted in buckets whose limits grow by this factor. */
const growth = 1.01;

/**
 * Every edge, the busiest first. A call is an operation whose caller is of another agent; operations that MCP Mesh adds itself are looked
 * through. Calls that are still open are not counted.
 */
export async function edgeStatistics(engine: Engine, since: Since, queryLimits: QueryLimits = {}): Promise<readonly EdgeStatistics[]> {
  const edges = new Map<string, Sums>();
  for await (const { rows, operations } of slices(engine, since, queryLimits)) {
    for (const row of await engine.select(edgesStatement(rows, operations), queryLimits)) add(edges, row);
  }
  return [...edges]
    .map(([key, sums]) => edgeOf(JSON.parse(key) as [string, string, string], sums))
    .sort((a, b) => b.calls - a.calls || compareText(keyOf(a), keyOf(b)));
}

const keyOf = ({ source, target, operation }: EdgeStatistics) => `${source}\0${target}\0${operation}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `proxy_call_wrapper` runs in the agent that calls, so only operations inside the called agent can hide who called; two of them at most. */
function edgesStatement(rows: string, operations: string): string {
  const inner = `SELECT trace_hash, span_id, max(parent_id) AS above FROM spans
    WHERE startsWith(name, '_internal_') AND parent_id != '' AND ${rows} GROUP BY trace_hash, span_id`;
  return `SELECT source, target, op, count() AS calls, sum(is_failed) AS errors, sum(toFloat64(took)) AS nanos, min(took) AS shortest, max(took) AS longest,
    sumMap([toUInt16(if(took <= 1, 0, ceil(log(took) / log(${growth}))))], [toUInt64(1)]) AS buckets
  FROM (
    SELECT caller.agent AS source, callee.agent AS target, callee.op AS op, callee.is_failed AS is_failed, assumeNotNull(callee.took) AS took
    FROM (
      SELECT one.trace_hash AS trace_hash, one.agent AS agent, one.op AS op, one.is_failed AS is_failed, one.took AS took,
        multiIf(upper.above != '', upper.above, one.above != '', one.above, one.parent) AS caller_id
      FROM (
        SELECT operation.trace_hash AS trace_hash, operation.parent AS parent, operation.agent AS agent, operation.op AS op,
          operation.is_failed AS is_failed, operation.took AS took, lower.above AS above
        FROM (
          SELECT * FROM (${operations}) WHERE parent != '' AND agent != '' AND took IS NOT NULL AND NOT ${internalCondition('op')}
        ) AS operation
        LEFT ANY JOIN (${inner}) AS lower ON operation.trace_hash = lower.trace_hash AND operation.parent = lower.span_id
      ) AS one
      LEFT ANY JOIN (${inner}) AS upper ON one.trace_hash = upper.trace_hash AND one.above = upper.span_id
    ) AS callee
    INNER JOIN (
      SELECT trace_hash, span_id, toString(max(service)) AS agent FROM spans WHERE service != '' AND span_id != '' AND ${rows} GROUP BY trace_hash, span_id
    ) AS caller ON callee.trace_hash = caller.trace_hash AND callee.caller_id = caller.span_id
    WHERE caller.agent != callee.agent
  )
  GROUP BY source, target, op`;
}

function add(edges: Map<string, Sums>, row: Row): void {
  const key = JSON.stringify([row.source, row.target, row.op]);
  const sums = edges.get(key) ?? {
    calls: 0,
    errors: 0,
    nanos: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    buckets: new Map(),
  };
  edges.set(key, sums);
  sums.calls += Number(row.calls);
  sums.errors += Number(row.errors);
  sums.nanos += Number(row.nanos);
  sums.min = Math.min(sums.min, Number(row.shortest));
  sums.max = Math.max(sums.max, Number(row.longest));
  const [buckets, counts] = row.buckets as readonly [readonly number[], readonly string[]];
  for (const [at, bucket] of buckets.entries()) sums.buckets.set(bucket, (sums.buckets.get(bucket) ?? 0) + Number(counts[at]));
}

function edgeOf([source, target, operation]: readonly [string, string, string], sums: Sums): EdgeStatistics {
  const { calls, errors, nanos, min, max } = sums;
  const buckets = [...sums.buckets].sort(([a], [b]) => a - b);
  const percentile = (share: number): number => {
    let seen = 0;
    const bucket = buckets.find(([, count]) => {
      seen += count;
      return seen >= share * calls;
    });
    // The middle of the bucket; never outside what was measured.
    return Math.min(max, Math.max(min, growth ** ((bucket?.[0] ?? 0) - 0.5))) / 1e6;
  };
  return {
    source,
    target,
    operation,
    calls,
    errors,
    averageMillis: nanos / calls / 1e6,
    p50Millis: percentile(0.5),
    p95Millis: percentile(0.95),
    p99Millis: percentile(0.99),
    minMillis: min / 1e6,
    maxMillis: max / 1e6,
  };
}

/** At most `limit` edges: the busiest operation of each pair of agents first, then the next of each, so that no pair is crowded out. */
export function selectEdges(edges: readonly EdgeStatistics[], limit: number): readonly EdgeStatistics[] {
  const ranks = new Map<string, number>();
  const ranked = edges.map((edge, order) => {
    const pair = JSON.stringify([edge.source, edge.target]);
    const rank = ranks.get(pair) ?? 0;
    ranks.set(pair, rank + 1);
    return { edge, order, rank };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, limit)
    .sort((a, b) => a.order - b.order)
    .map(({ edge }) => edge);
}
