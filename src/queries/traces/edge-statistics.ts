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
    const inner = await engine.select(`SELECT 1 AS one FROM spans WHERE startsWith(name, '_internal_') AND ${rows} LIMIT 1`, queryLimits);
    for (const row of await engine.select(edgesStatement(rows, operations, inner.length > 0), queryLimits)) add(edges, row);
  }
  return [...edges]
    .map(([name, sums]) => edgeOf(JSON.parse(name) as [string, string, string], sums))
    .sort((a, b) => b.calls - a.calls || compareText(keyOf(a), keyOf(b)));
}

const keyOf = ({ source, target, operation }: EdgeStatistics) => `${source}\0${target}\0${operation}`;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A span is named by a hash of its trace and its id: of a million spans two share one in one of thirty million cases. */
const key = (id: string) => `cityHash64(trace_hash, ${id})`;

function edgesStatement(rows: string, operations: string, hasInner: boolean): string {
  const calls = `SELECT trace_hash, parent, agent, op, is_failed, assumeNotNull(took) AS lasted FROM (${operations})
    WHERE parent != '' AND agent != '' AND took IS NOT NULL AND NOT ${internalCondition('op')}`;
  return `SELECT source, target, operation, sum(counted) AS calls, sum(failed) AS errors, sum(total) AS nanos, min(least) AS shortest, max(most) AS longest,
    groupArray(bucket) AS buckets, groupArray(counted) AS counts
  FROM (
    SELECT caller.agent AS source, callee.agent AS target, callee.op AS operation,
      toUInt16(if(lasted <= 1, 0, ceil(log(lasted) / log(${growth})))) AS bucket,
      count() AS counted, sum(is_failed) AS failed, sum(toFloat64(lasted)) AS total, min(lasted) AS least, max(lasted) AS most
    FROM (SELECT ${key('parent')} AS caller_key, agent, op, is_failed, lasted FROM (${hasInner ? throughInner(calls, rows) : calls})) AS callee
    LEFT ANY JOIN (SELECT ${key('span_id')} AS span_key, service AS agent FROM spans WHERE service != '' AND span_id != '' AND ${rows}) AS caller
    ON callee.caller_key = caller.span_key
    WHERE caller.agent != '' AND caller.agent != callee.agent
    GROUP BY source, target, operation, bucket
  )
  GROUP BY source, target, operation`;
}

/** `proxy_call_wrapper` runs in the agent that calls, so only operations inside the called agent can hide who called; two of them at most. */
function throughInner(calls: string, rows: string): string {
  const inner = `SELECT ${key('span_id')} AS span_key, parent_id AS above FROM spans WHERE startsWith(name, '_internal_') AND parent_id != '' AND ${rows}`;
  const above = (statement: string) => `SELECT trace_hash, if(above != '', above, parent) AS parent, agent, op, is_failed, lasted
    FROM (SELECT *, ${key('parent')} AS parent_key FROM (${statement})) AS called LEFT ANY JOIN (${inner}) AS inside ON called.parent_key = inside.span_key`;
  return above(above(calls));
}

function add(edges: Map<string, Sums>, row: Row): void {
  const name = JSON.stringify([row.source, row.target, row.operation]);
  const sums = edges.get(name) ?? {
    calls: 0,
    errors: 0,
    nanos: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    buckets: new Map(),
  };
  edges.set(name, sums);
  sums.calls += Number(row.calls);
  sums.errors += Number(row.errors);
  sums.nanos += Number(row.nanos);
  sums.min = Math.min(sums.min, Number(row.shortest));
  sums.max = Math.max(sums.max, Number(row.longest));
  const [buckets, counts] = [row.buckets as readonly number[], row.counts as readonly unknown[]];
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
