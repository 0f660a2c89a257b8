import { z } from 'zod';
import { AppError } from '../../../lib/errors.ts';
import { count, objects, text } from '../../../lib/json/json-members.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { attempt } from '../ask.ts';
import { beginningOf } from '../beginning.ts';
import { offsetSchema } from '../cursor.ts';
import { type Entry, entryList } from '../fit-answer.ts';
import { counted, inLine, joined, took } from '../line-text.ts';
import { rangeParameters, sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';

const name = 'tool_statistics';

const input = {
  since: sinceArgument('1h'),
  until: untilArgument,
  server: z.string().min(1).max(200).optional().describe('Only tools of this MCP server or agent.'),
  cursor: cursorArgument,
};

const tool = z.strictObject({
  server: z.string(),
  tool: z.string(),
  calls: z.number(),
  errors: z.number(),
  errors_by_kind: z.array(z.strictObject({ kind: z.string(), type: z.string(), calls: z.number() })),
  avg_ms: z.number(),
  p50_ms: z.number(),
  p95_ms: z.number(),
  p99_ms: z.number(),
  max_ms: z.number(),
  slowest_trace_id: z.string(),
});

/** The most that the server gives at once. */
const maxTools = 1000;
const maxKinds = 5;

export const toolStatistics = defineTool({
  name,
  title: 'Tool statistics',
  description: 'By MCP server and tool: calls, errors by kind, average, percentiles and the slowest call; the worst first.',
  input,
  output: { tools: z.array(tool) },
  run: async (args, { get, link, now }) => {
    const { window, place: offset, cursorAt } = beginningOf(name, args, { now, schema: offsetSchema, first: 0 });
    const asked = await attempt(get('/api/tools', { ...rangeParameters(window), service: args.server, limit: String(maxTools) }));
    if ('reason' in asked) {
      if (asked.error.code !== 'not_found') throw asked.error;
      throw new AppError('unsupported', 'This meshscope has no statistics of tools (/api/tools). Use slow_calls and errors_by_agent.');
    }
    const tools = objects(asked.value.tools);
    const total = count(asked.value.total);
    return {
      head: [`${counted(Math.max(total, tools.length), 'tool')} called from ${windowText(window)}.`],
      facts: {},
      lists: [entryList('tools', 'Tools, the worst first', tools.slice(offset), toolEntry)],
      leftOut: total > tools.length ? [`${total - tools.length} tools with fewer errors: name a server.`] : [],
      link: link('/api/tools'),
      next: (shown) => (offset + shown < tools.length ? cursorAt(offset + shown) : undefined),
    };
  },
});

function toolEntry(found: JsonObject): Entry {
  const kinds = objects(found.errors_by_kind)
    .slice(0, maxKinds)
    .map((one) => ({ kind: text(one.kind), type: text(one.type), calls: count(one.calls) }));
  const value: z.output<typeof tool> = {
    server: text(found.server),
    tool: text(found.tool),
    calls: count(found.calls),
    errors: count(found.errors),
    errors_by_kind: kinds,
    avg_ms: rounded(found.avg_ms),
    p50_ms: rounded(found.p50_ms),
    p95_ms: rounded(found.p95_ms),
    p99_ms: rounded(found.p99_ms),
    max_ms: rounded(found.max_ms),
    slowest_trace_id: text(found.slowest_trace_id),
  };
  const failed = kinds.map(
    ({ kind, type, calls }) => `${calls} ${inLine(kind)}${type === '' || type === kind ? '' : ` (${inLine(type)})`}`,
  );
  const line = joined(
    inLine(value.tool),
    inLine(value.server),
    counted(value.calls, 'call'),
    value.errors === 0 ? 'no errors' : `${counted(value.errors, 'error')}: ${failed.join(', ')}`,
    `avg ${took(value.avg_ms)}, p50 ${took(value.p50_ms)}, p95 ${took(value.p95_ms)}, p99 ${took(value.p99_ms)}, slowest ${took(value.max_ms)}`,
    value.slowest_trace_id === '' ? '' : `trace=${inLine(value.slowest_trace_id)}`,
  );
  return { line, value };
}

const rounded = (value: JsonObject[string] | undefined): number => Math.round(count(value) * 1e3) / 1e3;
