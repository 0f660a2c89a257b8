import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { type AgentStatistics, agentStatistics } from './agent-statistics.ts';
import { type EdgeStatistics, edgeStatistics } from './edge-statistics.ts';
import { type ModelStatistics, modelStatistics } from './model-statistics.ts';
import type { Since } from './operations.ts';
import { type TraceTotals, traceTotals } from './trace-statistics.ts';

export type Traffic = Readonly<{
  totals: TraceTotals;
  edges: readonly EdgeStatistics[];
  agents: readonly AgentStatistics[];
  models: readonly ModelStatistics[];
}>;

/** What the agents did since a time; one statement after the other, so that one request does not take every reader of the engine. */
export async function traffic(engine: Engine, since: Since, queryLimits: QueryLimits = {}): Promise<Traffic> {
  const totals = await traceTotals(engine, since, queryLimits);
  const edges = await edgeStatistics(engine, since, queryLimits);
  const agents = await agentStatistics(engine, since, queryLimits);
  return { totals, edges, agents, models: await modelStatistics(engine, since, queryLimits) };
}
