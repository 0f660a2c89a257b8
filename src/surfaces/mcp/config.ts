import { z } from 'zod';
import { countSetting, toggleSetting } from '../../lib/setting.ts';

export const mcpConfig = z.strictObject({
  maxTokens: countSetting(1000, 200_000)
    .default(4000)
    .describe('Longest answer of a tool of `/mcp`, in tokens, estimated as a quarter of its characters.'),
  sql: toggleSetting()
    .default(true)
    .describe(
      'Whether `query_sql` and `/api/sql` answer: one SELECT over logs, spans, traces and metrics, which cannot reach anything else.',
    ),
  replay: toggleSetting()
    .default(true)
    .describe(
      'Whether the web page may send recorded calls to MCP servers, which `meshscope up` then calls itself. Never while `http.host` can be reached from elsewhere.',
    ),
});
