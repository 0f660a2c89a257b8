import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { type Since, slices } from './operations.ts';

export type TraceStatistics = Readonly<{
  traces: number;
  failedTraces: number;
  spans: number;
  /** Sum over the traces, in nanoseconds. */
  durationNanos: bigint;
  /** Names, sorted. */
  agents: readonly string[];
  /** The earliest start and the latest end, in nanoseconds since the epoch; `undefined` when nothing is stored. */
  firstStartNanos: bigint | undefined;
  lastEndNanos: bigint | undefined;
  /** The ten that were run most often. */
  topOperations: readonly Readonly<{ operation: string; count: number }>[];
}>;

/** How many traces there are and how many failed. */
export type TraceTotals = Readonly<{ traces: number; failedTraces: number }>;

/** Totals over everything that is stored. Reads all of it: about a second for ten million spans. */
export async function traceStatistics(engine: Engine, queryLimits: QueryLimits = {}): Promise<TraceStatistics> {
  const counts = new Map<string, number>();
  let [traces, failedTraces, spans, durationNanos] = [0, 0, 0, 0n];
  const firsts: bigint[] = [];
  const lasts: bigint[] = [];
  const agents = new Set<string>();
  for await (const { rows, operations } of slices(engine, undefined, queryLimits)) {
    const [totals] = await engine.select(
      `SELECT count() AS traces, sum(toInt128(toUnixTimestamp64Nano(last)) - toUnixTimestamp64Nano(first)) AS took,
        toUnixTimestamp64Nano(min(first)) AS first_start, toUnixTimestamp64Nano(max(last)) AS last_end
      FROM (SELECT min(start) AS first, greatest(max(end), min(start)) AS last FROM traces WHERE ${rows} GROUP BY trace_hash)`,
      queryLimits,
    );
    if (Number(totals?.traces ?? 0) === 0) continue;
    traces += Number(totals?.traces);
    durationNanos += BigInt(totals?.took as string);
    firsts.push(BigInt(totals?.first_start as string));
    lasts.push(BigInt(totals?.last_end as string));
    const byName = await engine.select(
      `SELECT op, count() AS operations, groupUniqArray(agent) AS agents FROM (${operations}) GROUP BY op`,
      queryLimits,
    );
    for (const row of byName) {
      const count = Number(row.operations);
      spans += count;
      counts.set(row.op as string, (counts.get(row.op as string) ?? 0) + count);
      for (const agent of row.agents as readonly string[]) if (agent !== '') agents.add(agent);
    }
    failedTraces += await countFailed(engine, operations, queryLimits);
  }
  return {
    traces,
    failedTraces,
    spans,
    durationNanos,
    agents: [...agents].sort(),
    firstStartNanos: firsts.reduce<bigint | undefined>((first, at) => (first === undefined || at < first ? at : first), undefined),
    lastEndNanos: lasts.reduce<bigint | undefined>((last, at) => (last === undefined || at > last ? at : last), undefined),
    topOperations: [...counts]
      .filter(([operation]) => operation !== '')
      .map(([operation, count]) => ({ operation, count }))
      .sort((a, b) => b.count - a.count || (a.operation < b.operation ? -1 : 1))
      .slice(0, 10),
  };
}

/** Traces with an operation that failed in the end: a later attempt may have succeeded. */
async function countFailed(engine: Engine, operations: string, queryLimits: QueryLimits): Promise<number> {
  const [row] = await engine.select(`SELECT uniqExact(trace_hash) AS failed FROM (${operations}) AS all WHERE is_failed`, queryLimits);
  return Number(row?.failed ?? 0);
}

export async function traceTotals(engine: Engine, since: Since, queryLimits: QueryLimits = {}): Promise<TraceTotals> {
  let [traces, failedTraces] = [0, 0];
  for await (const { rows, operations } of slices(engine, since, queryLimits)) {
    const [row] = await engine.select(`SELECT uniqExact(trace_hash) AS traces FROM spans WHERE ${rows}`, queryLimits);
    traces += Number(row?.traces ?? 0);
    failedTraces += await countFailed(engine, operations, queryLimits);
  }
  return { traces, failedTraces };
}

/** Only the number of traces, for lists. */
export async function countTraces(engine: Engine, queryLimits: QueryLimits = {}): Promise<number> {
  const [row] = await engine.select('SELECT uniqExact(trace_hash) AS traces FROM traces', queryLimits);
  return Number(row?.traces ?? 0);
}
