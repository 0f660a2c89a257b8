import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { addRows } from './add-rows.ts';
import { type Since, slices } from './operations.ts';

export type AgentStatistics = Readonly<{
  agent: string;
  spans: number;
  inputTokens: number;
  outputTokens: number;
  requestBytes: number;
  responseBytes: number;
}>;

/** What each agent did, the busiest first. Operations that are still open are not counted. */
export async function agentStatistics(engine: Engine, since: Since, queryLimits: QueryLimits = {}): Promise<readonly AgentStatistics[]> {
  const sums = new Map<string, number[]>();
  for await (const { operations } of slices(engine, since, queryLimits)) {
    const rows = await engine.select(
      `SELECT [agent] AS key, [count(), sum(input), sum(output), sum(request), sum(response)] AS sums
      FROM (${operations}) WHERE agent != '' AND took IS NOT NULL GROUP BY agent`,
      queryLimits,
    );
    addRows(sums, rows);
  }
  return [...sums]
    .map(([key, [spans, inputTokens, outputTokens, requestBytes, responseBytes]]) => ({
      agent: (JSON.parse(key) as [string])[0],
      spans: spans ?? 0,
      inputTokens: inputTokens ?? 0,
      outputTokens: outputTokens ?? 0,
      requestBytes: requestBytes ?? 0,
      responseBytes: responseBytes ?? 0,
    }))
    .sort((a, b) => b.spans - a.spans || (a.agent < b.agent ? -1 : 1));
}
