import { z } from 'zod';
import { AppError } from '../../../lib/errors.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { attempt } from '../ask.ts';
import { offsetSchema, placeOf, printCursor, readCursor } from '../cursor.ts';
import { type Entry, entryList } from '../fit-answer.ts';
import { objects, plain, text } from '../json-members.ts';
import { counted, inLine, joined } from '../line-text.ts';
import { rangeParameters, sinceArgument, untilArgument, windowOf, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';

const name = 'tool_statistics';

const input = {
  since: sinceArgument('1h'),
  until: untilArgument,
  server: z.string().min(1).max(200).optional().describe('Only tools of this MCP server.'),
  cursor: cursorArgument,
};

export const toolStatistics = defineTool({
  name,
  title: 'Tool statistics',
  description: 'By MCP server and tool: calls, errors by kind, average, p50, p95, p99 and slowest call.',
  input,
  output: { tools: z.array(z.record(z.string(), z.unknown())) },
  run: async (args, { get, link, now }) => {
    const position = readCursor(name, args);
    const window = position?.window ?? windowOf(args, now, '1h');
    const offset = placeOf(offsetSchema, position, 0);
    const asked = await attempt(get('/api/tools', rangeParameters(window)));
    if ('reason' in asked) {
      if (asked.error.code !== 'not_found') throw asked.error;
      throw new AppError('unsupported', 'This meshscope has no statistics of tools (/api/tools). Use slow_calls and errors_by_agent.');
    }
    const tools = objects(asked.value.tools).filter((tool) => args.server === undefined || tool.server === args.server);
    return {
      head: [`${counted(tools.length, 'tool')} called from ${windowText(window)}.`],
      facts: {},
      lists: [entryList('tools', 'Tools', tools.slice(offset), toolEntry)],
      leftOut: [],
      link: link('/api/tools'),
      next: (shown) => (offset + shown < tools.length ? printCursor(name, args, { window, place: offset + shown }) : undefined),
    };
  },
});

/** The columns are the server's business: a newer one may have more. */
function toolEntry(tool: JsonObject): Entry {
  const value = plain(tool) as Record<string, unknown>;
  const { server: _server, tool: _tool, ...numbers } = value;
  const named = joined(inLine(text(tool.tool)), inLine(text(tool.server)));
  const columns = Object.entries(numbers).map(([column, number]) => `${inLine(column)}=${inLine(number)}`);
  return { line: joined(named, columns.join(' ')), value };
}
