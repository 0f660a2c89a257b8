import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { instantSql, type TimeRange } from '../traceql/time-range.ts';
import { DurationHistogram, histogramSql } from './duration-histogram.ts';

type Numbers = Readonly<{ calls: number; errors: number; p50Millis: number; p95Millis: number; p99Millis: number }>;

/** A service, which MCP Mesh calls agent. `calls`: spans that were called from elsewhere, or by nobody. */
export type MapNode = Readonly<{ service: string; spans: number }> & Numbers;
/** `isInferred`: the callee sent no spans of its own; the caller named it (`peer.service`, `target_agent`). */
export type MapEdge = Readonly<{ caller: string; callee: string; isInferred: boolean }> & Numbers;
export type ServiceMap = Readonly<{ nodes: readonly MapNode[]; edges: readonly MapEdge[] }>;

/** Spans that are looked at in one statement; joins of more take too much memory. */
const spansPerSlice = 1_000_000;

const took = 'if(duration_ns > 0, duration_ns, greatest(toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start), 0))';

/** One row for each operation, also when its sender sent it again, or sent its start and its end apart. Open ones are left out. */
const operations = (
  rows: string,
): string => `SELECT trace_hash, span_id, name, kind, max(parent_id) AS parent, toString(max(service)) AS agent, toString(max(target)) AS peer,
    argMaxIf(toUInt8(status = 'error' OR record = 'error'), (end, start), record != 'start') AS is_error, toUInt64(maxIf(${took}, record != 'start')) AS took
  FROM spans WHERE ${rows} GROUP BY trace_hash, span_id, name, kind HAVING countIf(record != 'start') > 0 AND agent != ''`;

/**
 * Who called whom, among the spans that started in the range. A call goes from the service of a span's caller to its own service; so both MCP Mesh's pairs
 * (`proxy_call_wrapper` at the caller, the function at the callee) and OpenTelemetry's (client, server) count once, with the callee's time.
 */
export async function serviceMap(engine: Pick<Engine, 'select'>, range: TimeRange, limits: QueryLimits = {}): Promise<ServiceMap> {
  const within = rangeSql(range);
  const [size] = await engine.select(`SELECT count() AS stored FROM spans WHERE ${within}`, limits);
  const slices = BigInt(Math.max(1, Math.ceil(Number(size?.stored ?? 0) / spansPerSlice)));
  const nodes = new Map<string, Sums>();
  const edges = new Map<string, Sums>();
  for (let at = 0n; at < slices; at++) {
    const [low, high] = [(2n ** 64n * at) / slices, (2n ** 64n * (at + 1n)) / slices - 1n];
    const rows = slices === 1n ? within : `trace_hash BETWEEN ${low} AND ${high} AND ${within}`;
    for (const row of await engine.select(sliceSql(rows), limits)) {
      if (row.called !== 0) add(edges, JSON.stringify([row.caller, row.callee, row.peer !== '']), row);
      if (row.peer === '') add(nodes, String(row.callee), row);
    }
    for (const row of await engine.select(clientsSql(rows), limits)) add(edges, JSON.stringify([row.caller, row.callee, false]), row);
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

/** `called`: 1 when it was called from another service, 0 when by none. Calls within one service are spans of it, and no more. */
const sliceSql = (
  rows: string,
): string => `SELECT caller, callee, called, '' AS peer, count() AS spans, sum(is_call) AS calls, sumIf(is_error, is_call = 1) AS errors, ${histogramSql('took')} AS buckets
FROM (
  SELECT if(above.agent != '' AND above.agent != below.agent, above.agent, '') AS caller, below.agent AS callee, toUInt8(caller != '') AS called,
    toUInt8(above.agent != below.agent) AS is_call, below.is_error AS is_error, below.took AS took
  FROM (${operations(rows)}) AS below
  LEFT ANY JOIN (SELECT trace_hash, span_id, toString(service) AS agent FROM spans WHERE service != '' AND span_id != '' AND ${rows}) AS above ON below.trace_hash = above.trace_hash AND below.parent = above.span_id
)
GROUP BY caller, callee, called, is_call
UNION ALL
SELECT agent AS caller, peer AS callee, toUInt8(1) AS called, peer, count() AS spans, count() AS calls, sum(is_error) AS errors, ${histogramSql('took')} AS buckets
FROM (${operations(`(target != '' OR record != 'span') AND ${rows}`)}) WHERE peer != '' AND peer != agent GROUP BY agent, peer`;

/** An MCP client that sends no spans is known by its name in those of the server. */
const clientsSql = (
  rows: string,
): string => `SELECT client AS caller, agent AS callee, count() AS spans, count() AS calls, sum(is_error) AS errors, ${histogramSql('took')} AS buckets
FROM (
  SELECT * FROM (${operations(`parent_id = '' AND has(mapKeys(attributes), 'mcp.client.name') AND ${rows}`)}) AS called
  INNER ANY JOIN (
    SELECT trace_hash, span_id, leftUTF8(JSONExtractString(attributes['mcp.client.name']), ${maxName}) AS client FROM spans
    WHERE parent_id = '' AND kind != 'client' AND has(mapKeys(attributes), 'mcp.client.name') AND ${rows}
  ) AS named USING (trace_hash, span_id)
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
