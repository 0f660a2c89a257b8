import { z } from 'zod';
import { countSetting } from '../../lib/setting.ts';

export const mcpConfig = z.strictObject({
  maxTokens: countSetting(1000, 200_000)
    .default(4000)
    .describe('Longest answer of a tool of `/mcp`, in tokens, estimated as a quarter of its characters.'),
});
