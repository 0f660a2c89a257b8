import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { findLogPatterns, type PatternAnswer } from '../../queries/log-patterns/log-patterns.ts';
import type { Search } from '../../queries/search/search.ts';
import { parseInstant } from '../../queries/traceql/time-range.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

const count = z.number().min(0);
const instant = z.string().min(1).max(100);
const pattern = z.strictObject({
  pattern: z.string().describe('The message with <*> for what differs: ids, numbers, times, and words with many variants.'),
  state: z.enum(['new', 'gone', 'both']).describe('Whether it came in the time asked for alone, in the time before alone, or in both.'),
  count,
  count_before: count.describe('In the time of the same length before.'),
  trend: z.array(count).describe('`count` by equal parts of the time.'),
  last: z.string().describe('When the newest one came.'),
  level: z.string().describe('Of the newest one.'),
  message: z.string().describe('The newest one as it is, up to 2000 characters.'),
  trace_id: z.string().describe('Of one of them that names a trace; or empty.'),
  agents: z.array(z.string()).describe('Some of the agents, or services, that said it.'),
});
const answer = z.strictObject({
  patterns: z.array(pattern).describe('The most frequent first.'),
  total: count.describe('Patterns that were found, shown or not.'),
  records: count,
  records_before: count,
  sampled_every: count.describe('1 when every record was read; else one in so many was, and counts are estimates.'),
  is_cut: z.boolean().describe('There were more messages of different kinds than are held; the rarest are missing.'),
  step_ms: z.number().describe('Length of one part of `trend`.'),
});

const body = z.strictObject({
  index: z.string().min(1).max(4000).default('*').describe('As in Elasticsearch: names with commas and wildcards.'),
  query: z.record(z.string(), z.unknown()).optional().describe("Elasticsearch's query DSL; the time is given apart."),
  start: instant.describe('RFC 3339, Unix time in s, ms, µs or ns, or date maths such as now-1h.'),
  end: instant.describe('The same; later.'),
  limit: z.int().min(1).max(2000).default(500),
});

const maxDays = 366;

const printAnswer = (found: PatternAnswer, limit: number): z.output<typeof answer> => ({
  patterns: found.patterns.slice(0, limit).map((one) => ({
    pattern: one.template,
    state: one.countBefore === 0 ? 'new' : one.count === 0 ? 'gone' : 'both',
    count: one.count,
    count_before: one.countBefore,
    trend: [...one.trend],
    last: new Date(one.lastMillis).toISOString(),
    level: one.level,
    message: one.message,
    trace_id: one.traceId,
    agents: [...one.agents],
  })),
  total: found.patterns.length,
  records: found.records,
  records_before: found.recordsBefore,
  sampled_every: found.sampledEvery,
  is_cut: found.isCut,
  step_ms: found.stepMillis,
});

/** What kinds of messages there are, and which are new. */
export const logPatternRoutes = (search: Search): readonly ApiRoute[] => [
  apiRoute('POST', '/api/log-patterns', {
    id: 'logPatterns',
    summary: 'Kinds of log messages, how often they came, and which are new or gone against the time before.',
    body,
    answers: { 200: { description: 'None is no error.', schema: answer } },
    handle: async ({ body: { index, query, start, end, limit }, signal }) => {
      const nowMillis = Date.now();
      const millisOf = (name: string, text: string) => Number(parseInstant(name, text, { nowMillis, roundUp: false }) / 1_000_000n);
      const [startMillis, endMillis] = [millisOf('member start', start), millisOf('member end', end)];
      if (startMillis >= endMillis) throw new AppError('bad_request', 'member end: must be after start.');
      if (endMillis - startMillis > maxDays * 86_400_000)
        throw new AppError('bad_request', `member start: at most ${maxDays} days can be compared.`);
      return { json: printAnswer(await findLogPatterns(search, { index, query, startMillis, endMillis }, signal), limit) };
    },
  }),
];
