import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { addRows } from './add-rows.ts';
import { type Since, slices } from './operations.ts';

export type ModelStatistics = Readonly<{
  model: string;
  /** As sent; else what stands before the slash of the model's name; else empty. */
  provider: string;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
}>;

/** What each model was asked, the one with most tokens first. */
export async function modelStatistics(engine: Engine, since: Since, queryLimits: QueryLimits = {}): Promise<readonly ModelStatistics[]> {
  const sums = new Map<string, number[]>();
  for await (const { operations } of slices(engine, since, queryLimits)) {
    const rows = await engine.select(
      `SELECT [llm, if(vendor != '', vendor, if(position(llm, '/') > 0, splitByChar('/', llm)[1], ''))] AS key,
        [count(), sum(input), sum(output), sum(coalesce(sum_tokens, ifNull(input, 0) + ifNull(output, 0)))] AS sums
      FROM (${operations}) WHERE llm != '' AND took IS NOT NULL GROUP BY key`,
      queryLimits,
    );
    addRows(sums, rows);
  }
  return [...sums]
    .map(([key, [calls, inputTokens, outputTokens, totalTokens]]) => {
      const [model, provider] = JSON.parse(key) as [string, string];
      return {
        model,
        provider,
        calls: calls ?? 0,
        inputTokens: inputTokens ?? 0,
        outputTokens: outputTokens ?? 0,
        totalTokens: totalTokens ?? 0,
      };
    })
    .sort((a, b) => b.totalTokens - a.totalTokens || (a.model < b.model ? -1 : 1));
}
