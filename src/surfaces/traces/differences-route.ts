import { z } from 'zod';
import type { TraceAnalysis } from '../../queries/traces-analysis/trace-analysis.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

const ids = z.array(z.string().min(1).max(200)).min(1).max(2000);
const count = z.int().min(0);

const answer = z.strictObject({
  selected: count,
  others: count,
  differences: z
    .array(
      z.strictObject({
        field: z.string().describe('As TraceQL writes it.'),
        value: z.union([z.string(), z.number(), z.boolean()]),
        selected: count.describe('How many of the selected traces have a span with this value.'),
        others: count,
      }),
    )
    .describe('The largest difference of the shares first.'),
});

/** POST because lists of ids do not fit a URL; it changes nothing. */
export const differencesRoute = (queries: TraceAnalysis): ApiRoute =>
  apiRoute('POST', '/api/traces/differences', {
    id: 'explainTraces',
    summary: 'Which values of fields set some traces apart from others.',
    body: z.strictObject({ selected: ids, others: ids, limit: z.int().min(1).max(200).default(20) }),
    answers: { 200: { description: 'The values, ranked.', schema: answer } },
    handle: async ({ body: { selected, others, limit } }) => ({
      json: {
        selected: selected.length,
        others: others.length,
        differences: [...(await queries.differences(selected, others, limit))],
      } satisfies z.output<typeof answer>,
    }),
  });
