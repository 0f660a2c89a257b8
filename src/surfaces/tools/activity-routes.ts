import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { parseMillis } from '../../lib/quantity.ts';
import type { SingleCall } from '../../queries/tool-statistics/single-calls.ts';
import { type Activity, type ActivitySeries, maxSteps } from '../../queries/tool-statistics/tool-activity.ts';
import type { ToolQueries } from '../../queries/tool-statistics/tool-statistics.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { rangeQuery, recentRange, wholeNumber } from '../traces/request-parts.ts';

const count = z.int().min(0);
const series = z.strictObject({
  calls: z.array(count),
  errors: z.array(count),
  p50_ms: z.array(z.number().nullable()),
  p95_ms: z.array(z.number().nullable()).describe('Percentiles are right within 1 %; null where nothing was called.'),
  total: z.strictObject({ calls: count, errors: count, p50_ms: z.number(), p95_ms: z.number() }),
});
const activity = z.strictObject({
  start: z.string().describe('When the first step begins: RFC 3339, UTC.'),
  step_ms: count,
  steps: count,
  all: series,
  servers: z.array(z.strictObject({ server: z.string(), series })).describe('The worst first.'),
  tools: z.array(z.strictObject({ server: z.string(), tool: z.string(), series })).describe('The worst first; at most 200.'),
  left_out: count.describe('Tools that are not listed.'),
  detail: z
    .strictObject({
      outcomes: z.record(z.string(), z.array(count)).describe('Calls of each outcome, for each step.'),
      clients: z.record(z.string(), count).describe('Calls of each client, as far as it is known; at most 20.'),
      request_bytes: z.array(z.number()),
      response_bytes: z.array(z.number()),
      heatmap: z
        .array(z.strictObject({ step: count, from_ms: z.number(), to_ms: z.number(), calls: count }))
        .describe('Calls by step and duration, in buckets that grow by the square root of two.'),
    })
    .nullable()
    .describe('Only with service.'),
});
const call = z.strictObject({
  trace_id: z.string(),
  span_id: z.string(),
  server: z.string(),
  tool: z.string(),
  client: z.string(),
  outcome: z.string(),
  error_type: z.string(),
  failed: z.boolean(),
  start: z.string(),
  duration_ms: z.number(),
  request_bytes: z.number().nullable(),
  response_bytes: z.number().nullable(),
});
const calls = z.strictObject({ calls: z.array(call) });

const common = {
  start: rangeQuery.start.describe('As for /api/traces; without it: an hour before the end. Calls count by when they began.'),
  end: rangeQuery.end,
  service: z.string().max(1000).optional().describe('Only tools of this server.'),
  tool: z.string().max(1000).optional().describe('Only this tool.'),
  operations: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: what agents of OpenTelemetry were asked to do counts as a tool, as the operations of MCP Mesh do.'),
};

const printSeries = ({ calls, errors, p50Millis, p95Millis, total }: ActivitySeries): z.output<typeof series> => ({
  calls: [...calls],
  errors: [...errors],
  p50_ms: [...p50Millis],
  p95_ms: [...p95Millis],
  total: { calls: total.calls, errors: total.errors, p50_ms: total.p50Millis, p95_ms: total.p95Millis },
});

const printActivity = ({ detail, ...all }: Activity): z.output<typeof activity> => ({
  start: new Date(all.startMillis).toISOString(),
  step_ms: all.stepMillis,
  steps: all.steps,
  all: printSeries(all.all),
  servers: all.servers.map((one) => ({ server: one.server, series: printSeries(one.series) })),
  tools: all.tools.map((one) => ({ server: one.server, tool: one.tool, series: printSeries(one.series) })),
  left_out: all.leftOut,
  detail:
    detail === undefined
      ? null
      : {
          outcomes: Object.fromEntries(Object.entries(detail.outcomes).map(([name, values]) => [name, [...values]])),
          clients: { ...detail.clients },
          request_bytes: [...detail.requestBytes],
          response_bytes: [...detail.responseBytes],
          heatmap: detail.heatmap.map(({ step, bucket, calls: number }) => ({
            step,
            from_ms: 2 ** (bucket / 2) / 1e6,
            to_ms: 2 ** ((bucket + 1) / 2) / 1e6,
            calls: number,
          })),
        },
});

const printCall = (one: SingleCall): z.output<typeof call> => ({
  trace_id: one.traceId,
  span_id: one.spanId,
  server: one.server,
  tool: one.tool,
  client: one.client,
  outcome: one.outcome,
  error_type: one.errorType,
  failed: one.failed,
  start: instantOf(one.startMillis),
  duration_ms: one.durationMillis,
  request_bytes: one.requestBytes ?? null,
  response_bytes: one.responseBytes ?? null,
});

function instantOf(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** The length of a step in milliseconds; without one, what makes about fifty of the range. */
function stepOf(text: string | undefined, rangeMillis: number): number {
  if (text === undefined) return Math.max(1, Math.ceil(rangeMillis / 50));
  const millis = parseMillis(text);
  if (millis === undefined || millis < 1) throw new AppError('bad_request', 'step: write a duration such as 30s or 5m.');
  return millis;
}

/** Tools over time, and single calls of them. */
export function activityRoutes(queries: ToolQueries): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/tools/activity', {
      id: 'toolActivity',
      summary: 'Calls, errors and percentiles of each tool and each server over time.',
      query: z.strictObject({
        ...common,
        step: z.string().max(20).optional().describe(`Such as 30s; at most ${maxSteps} steps. Without it: a fiftieth of the range.`),
      }),
      answers: { 200: { description: 'Series of the same length, one value for each step.', schema: activity } },
      handle: async ({ query: { service, tool, operations, step, ...asked } }) => {
        const range = recentRange(asked, queries.now());
        const startMillis = Number((range.from ?? 0n) / 1_000_000n);
        const endMillis = range.to === undefined ? queries.now() : Number(range.to / 1_000_000n) + 1;
        const stepMillis = stepOf(step, endMillis - startMillis);
        const hasOperations = operations === 'true';
        const found = await queries.activity({ startMillis, endMillis, stepMillis, service, tool, hasOperations });
        return { json: printActivity(found) };
      },
    }),
    apiRoute('GET', '/api/tools/calls', {
      id: 'toolCalls',
      summary: 'Single calls of tools: the slowest or the newest ones, all or only those that failed.',
      query: z.strictObject({
        ...common,
        failed: z.enum(['true', 'false']).optional().describe('Only calls that failed, or only those that did not.'),
        order: z.enum(['slowest', 'newest']).default('slowest'),
        limit: wholeNumber(1, 500, 20),
      }),
      answers: { 200: { description: 'The calls, in the order that was asked for.', schema: calls } },
      handle: async ({ query: { service, tool, operations, failed, order, limit, ...asked } }) => {
        const found = await queries.calls({
          range: recentRange(asked, queries.now()),
          service,
          tool,
          failed: failed === undefined ? undefined : failed === 'true',
          order,
          limit,
          hasOperations: operations === 'true',
        });
        return { json: { calls: found.map(printCall) } satisfies z.output<typeof calls> };
      },
    }),
  ];
}
