import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { instantSql, type TimeRange } from '../traceql/time-range.ts';
import { operationsOf } from '../traces/operations.ts';
import { bucketSql, DurationHistogram, histogramSql } from './duration-histogram.ts';

type Numbers = Readonly<{ calls: number; errors: number; p50Millis: number; p95Millis: number; p99Millis: number }>;

/** A service, which MCP Mesh calls agent. `calls`: spans that were called from elsewhere, or by nobody. */
export type MapNode = Readonly<{ service: string; spans: number }> & Numbers;
/** `isInferred`: the callee sent no spans of its own; the caller named it (`peer.service`, `target_agent`). */
export type MapEdge = Readonly<{ caller: string; callee: string; isInferred: boolean }> & Numbers;
export type ServiceMap = Readonly<{ nodes: readonly MapNode[]; edges: readonly MapEdge[] }>;

/** Spans that are looked at in one statement; joins of more take too much memory. */
const spansPerSlice = 1_000_000;

/**
 * Who called whom, among the spans that started in the range. A call goes from the service of a span's caller to its own service; so both MCP Mesh's pairs
 * (`proxy_call_wrapper` at the caller, the function at the callee) and OpenTelemetry's (client, server) count once, with the callee's time.
 * `limits.timeoutMillis` is for all of it together.
 */
export async function serviceMap(engine: Engine, range: TimeRange, limits: QueryLimits = {}): Promise<ServiceMap> {
  const within = rangeSql(range);
  const began = performance.now();
  const { timeoutMillis } = limits;
  const rest = (): QueryLimits =>
    timeoutMillis === undefined
      ? limits
      : { ...limits, timeoutMillis: Math.max(1, Math.ceil(timeoutMillis - (performance.now() - began))) };
  const [size] = await engine.select(`SELECT count() AS stored FROM spans WHERE ${within}`, rest());
  const slices = BigInt(Math.ceil(Number(size?.stored ?? 0) / spansPerSlice));
  const nodes = new Map<string, Sums>();
  const edges = new Map<string, Sums>();
  for (let at = 0n; at < slices; at++) {
    const [low, high] = [(2n ** 64n * at) / slices, (2n ** 64n * (at + 1n)) / slices - 1n];
    const rows = slices === 1n ? within : `trace_hash BETWEEN ${low} AND ${high} AND ${within}`;
    const operations = await operationsOf(engine, rows, rest());
    for (const row of await engine.select(callsSql(rows, operations), rest())) {
      if (row.caller !== '') add(edges, JSON.stringify([row.caller, row.callee, false]), row);
      add(nodes, String(row.callee), row);
    }
    const [isAnyNamed] = await engine.select(`SELECT 1 AS one FROM spans WHERE target != '' AND ${rows} LIMIT 1`, rest());
    if (isAnyNamed) {
      for (const row of await engine.select(peersSql(operations), rest())) add(edges, JSON.stringify([row.caller, row.callee, true]), row);
    }
    for (const row of await engine.select(clientsSql(rows), rest())) add(edges, JSON.stringify([row.caller, row.callee, false]), row);
  }
  const services = new Set(nodes.keys());
  return {
    nodes: [...nodes]
      .map(([service, sums]) => ({ service, spans: sums.spans, ...numbersOf(sums) }))
      .sort((a, b) => b.calls - a.calls || compare(a.service, b.service)),
    edges: [...edges]
      .map(([key, sums]) => {
        const [caller, callee, isInferred] = JSON.parse(key) as [string, string, boolean];
        return { caller, callee, isInferred, ...numbersOf(sums) };
      })
      .filter(({ callee, isInferred }) => !isInferred || !services.has(callee))
      .sort((a, b) => b.calls - a.calls || compare(a.caller, b.caller) || compare(a.callee, b.callee)),
  };
}

export function rangeSql({ from, to }: TimeRange): string {
  const parts = [
    ...(from === undefined ? [] : [`start >= ${instantSql(from)}`]),
    ...(to === undefined ? [] : [`start <= ${instantSql(to)}`]),
  ];
  return parts.length === 0 ? '1' : parts.join(' AND ');
}

/** A span is named by a hash of its trace and its id: of a million spans two share one in one of thirty million cases. */
const key = (id: string) => `cityHash64(trace_hash, ${id})`;

/** Counted by buckets of durations before anything else, because these are few. */
const summed = (
  counted: string,
): string => `SELECT caller, callee, sum(times) AS spans, sum(times * is_call) AS calls, sum(failed * is_call) AS errors,
  (groupArray(bucket), groupArray(times)) AS buckets
FROM (${counted}) GROUP BY caller, callee, is_call`;

/** `caller` is empty when it was called by none, or from within its service, which is no call. */
const callsSql = (rows: string, operations: string): string =>
  summed(`SELECT toString(if(above.agent != below.agent, above.agent, '')) AS caller, toString(below.agent) AS callee,
  toUInt8(above.agent != below.agent) AS is_call, bucket, count() AS times, sum(is_failed) AS failed
FROM (SELECT ${key('parent')} AS caller_key, agent, is_failed, ${bucketSql('assumeNotNull(took)')} AS bucket FROM (${operations}) WHERE agent != '' AND took IS NOT NULL) AS below
LEFT ANY JOIN (SELECT ${key('span_id')} AS span_key, service AS agent FROM spans WHERE service != '' AND span_id != '' AND ${rows}) AS above
ON below.caller_key = above.span_key
GROUP BY caller, callee, is_call, bucket`);

/** Calls of services that their callers name. */
const peersSql = (operations: string): string =>
  summed(`SELECT toString(agent) AS caller, toString(peer) AS callee, toUInt8(1) AS is_call, ${bucketSql('assumeNotNull(took)')} AS bucket,
  count() AS times, sum(is_failed) AS failed
FROM (${operations}) WHERE agent != '' AND peer != '' AND peer != agent AND took IS NOT NULL
GROUP BY caller, callee, is_call, bucket`);

const lasted = 'if(duration_ns > 0, duration_ns, greatest(toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start), 0))';

/** An MCP client that sends no spans is known by its name in those of the server, each of which counts once, also when it was sent again. */
const clientsSql = (
  rows: string,
): string => `SELECT client AS caller, agent AS callee, count() AS spans, count() AS calls, sum(is_error) AS errors, ${histogramSql('took')} AS buckets
FROM (
  SELECT toString(max(service)) AS agent, leftUTF8(JSONExtractString(any(attributes['mcp.client.name'])), ${maxName}) AS client,
    argMaxIf(toUInt8(status = 'error' OR record = 'error'), (end, start), record != 'start') AS is_error,
    toUInt64(maxIf(${lasted}, record != 'start')) AS took
  FROM spans WHERE parent_id = '' AND kind != 'client' AND has(mapKeys(attributes), 'mcp.client.name') AND ${rows}
  GROUP BY trace_hash, span_id, name, kind HAVING countIf(record != 'start') > 0 AND agent != ''
)
WHERE client != '' AND client != agent GROUP BY client, agent ORDER BY calls DESC LIMIT ${maxClients}`;

/** Clients choose their names, so there may be any number. */
const maxClients = 1000;
/** In code points. */
const maxName = 200;

type Sums = { spans: number; calls: number; errors: number; histogram: DurationHistogram };

function add(all: Map<string, Sums>, key: string, row: Row): void {
  const sums = all.get(key) ?? { spans: 0, calls: 0, errors: 0, histogram: new DurationHistogram() };
  all.set(key, sums);
  sums.spans += Number(row.spans);
  sums.calls += Number(row.calls);
  sums.errors += Number(row.errors);
  if (Number(row.calls) > 0) sums.histogram.add(row.buckets as readonly [readonly number[], readonly string[]]);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const numbersOf = ({ calls, errors, histogram }: Sums): Numbers => ({
  calls,
  errors,
  p50Millis: histogram.percentileMillis(0.5),
  p95Millis: histogram.percentileMillis(0.95),
  p99Millis: histogram.percentileMillis(0.99),
});
