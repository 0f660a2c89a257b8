import type { Trace, TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { type ActiveTraces, activeTraces } from './active-traces.ts';
import { type AgentStatistics, agentStatistics } from './agent-statistics.ts';
import { DataCache } from './data-cache.ts';
import { type EdgeStatistics, edgeStatistics } from './edge-statistics.ts';
import { type ModelStatistics, modelStatistics } from './model-statistics.ts';
import { type NewSpans, newSpans } from './new-spans.ts';
import type { Since } from './operations.ts';
import { type ReadLimits, readTrace, readTraces } from './read-trace.ts';
import { searchTraces } from './search-traces.ts';
import type { TraceCriteria } from './trace-criteria.ts';
import { countTraces, type TraceStatistics, type TraceTotals, traceStatistics, traceTotals } from './trace-statistics.ts';

/** Questions about stored traces. All reject with `AppError` of the engine. */
export interface TraceQueries {
  /** Without attributes, as the other traces here: MCP Mesh's API shows none. */
  read(id: string): Promise<Trace | undefined>;
  /** By `trace_hash`, decimal. */
  readHashes(hashes: readonly string[]): Promise<readonly Trace[]>;
  /** The one that ended last first, without attributes. Rejects with `query_too_expensive` when they have too many spans together. */
  search(criteria: TraceCriteria, limit: number, offset: number): Promise<readonly Trace[]>;
  /** Whether any span is stored. */
  hasAny(): Promise<boolean>;
  count(): Promise<number>;
  active(): Promise<ActiveTraces>;
  statistics(): Promise<TraceStatistics>;
  totals(since: Since): Promise<TraceTotals>;
  edges(since: Since): Promise<readonly EdgeStatistics[]>;
  agents(since: Since): Promise<readonly AgentStatistics[]>;
  models(since: Since): Promise<readonly ModelStatistics[]>;
  newSpans: NewSpans;
}

/** Totals since some time are found out for the minute in which it lies, so that they can be given more than once. */
const cacheMillis = 60_000;

export function createTraceQueries(
  engine: Engine,
  limits: TraceLimits,
  queryLimits: ReadLimits = {},
  now: () => number = Date.now,
): TraceQueries {
  const cache = new DataCache(engine);
  const { maxSpanRecords: _, ...unbounded } = queryLimits;
  const since =
    <Value>(name: string, find: (engine: Engine, since: Since, queryLimits: QueryLimits) => Promise<Value>) =>
    (time: Since): Promise<Value> => {
      const minute = time === undefined ? undefined : Math.floor(time / cacheMillis) * cacheMillis;
      return cache.get(`${name} ${minute ?? ''}`, () => find(engine, minute, queryLimits));
    };
  return {
    read: (id) => readTrace(engine, id, limits, now(), queryLimits, 'outline'),
    readHashes: (hashes) =>
      readTraces(
        engine,
        hashes.map((hash) => ({ hash })),
        limits,
        now(),
        unbounded,
        'outline',
      ),
    search: (criteria, limit, offset) => searchTraces(engine, { criteria, limit, offset, limits, nowMillis: now() }, queryLimits),
    hasAny: async () => (await engine.select('SELECT 1 AS one FROM spans LIMIT 1', queryLimits)).length > 0,
    count: () => cache.get('count', () => countTraces(engine, queryLimits)),
    active: () => activeTraces(engine, limits, now(), queryLimits),
    statistics: () => cache.get('statistics', () => traceStatistics(engine, queryLimits)),
    totals: since('totals', traceTotals),
    edges: since('edges', edgeStatistics),
    agents: since('agents', agentStatistics),
    models: since('models', modelStatistics),
    newSpans: newSpans(engine, queryLimits),
  };
}
