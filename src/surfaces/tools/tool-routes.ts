import { z } from 'zod';
import type { ToolQueries, ToolStatistics } from '../../queries/tool-statistics/tool-statistics.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { rangeQuery, recentRange, wholeNumber } from '../traces/request-parts.ts';
import { activityRoutes } from './activity-routes.ts';

const count = z.int().min(0);
const bytes = z.number().nullable().describe('Of the calls of which it is known; null when of none.');
const instant = z.string().describe('RFC 3339, UTC; empty when it is beyond the years that can be written so.');
const tool = z.strictObject({
  server: z.string().describe('The service that has the tool; of MCP Mesh, the agent.'),
  tool: z.string(),
  calls: count,
  errors: count,
  errors_by_kind: z
    .array(
      z.strictObject({
        kind: z.string().describe('tool_error, rpc_error, invalid_result, cancelled, timed_out, abandoned, transport, error or other.'),
        type: z.string().describe('error.type, such as a JSON-RPC code; or empty.'),
        calls: count,
      }),
    )
    .describe('The most frequent first.'),
  clients: z.array(z.string()).describe('Who called it, as far as it is known; at most 20.'),
  avg_ms: z.number(),
  p50_ms: z.number().describe('Percentiles are exact for up to 100 calls, else right within 0.25 %.'),
  p95_ms: z.number(),
  p99_ms: z.number(),
  max_ms: z.number(),
  slowest_trace_id: z.string(),
  slowest_span_id: z.string(),
  request_bytes: bytes,
  response_bytes: bytes,
  first_seen: instant,
  last_seen: instant,
});
const answer = z.strictObject({
  tools: z.array(tool).describe('The worst first: by failed calls, then by p95.'),
  total: count.describe('Tools that were called, shown or not.'),
});

function instantOf(millis: number): string {
  const date = new Date(millis);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

const printTool = (statistics: ToolStatistics): z.output<typeof tool> => ({
  server: statistics.server,
  tool: statistics.tool,
  calls: statistics.calls,
  errors: statistics.errors,
  errors_by_kind: [...statistics.errorKinds],
  clients: [...statistics.clients],
  avg_ms: statistics.averageMillis,
  p50_ms: statistics.p50Millis,
  p95_ms: statistics.p95Millis,
  p99_ms: statistics.p99Millis,
  max_ms: statistics.maxMillis,
  slowest_trace_id: statistics.slowestTraceId,
  slowest_span_id: statistics.slowestSpanId,
  request_bytes: statistics.requestBytes ?? null,
  response_bytes: statistics.responseBytes ?? null,
  first_seen: instantOf(statistics.firstSeenMillis),
  last_seen: instantOf(statistics.lastSeenMillis),
});

/** The table of tools, and what they did over time. */
export function toolRoutes(queries: ToolQueries): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/tools', {
      id: 'toolStatistics',
      summary: 'How often each tool was called, how often it failed and how, and how long it took.',
      query: z.strictObject({
        start: rangeQuery.start.describe('As for /api/traces; without it: an hour before the end. Calls count by when they began.'),
        end: rangeQuery.end,
        service: z.string().max(1000).optional().describe('Only tools of this server.'),
        limit: wholeNumber(1, 1000, 100),
      }),
      answers: { 200: { description: 'One entry for each tool of each server. None is no error.', schema: answer } },
      handle: async ({ query: { service, limit, ...range } }) => {
        const { tools, total } = await queries.tools({ range: recentRange(range, queries.now()), service, limit });
        return { json: { tools: tools.map(printTool), total } satisfies z.output<typeof answer> };
      },
    }),
    ...activityRoutes(queries),
  ];
}
