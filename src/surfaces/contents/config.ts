import { z } from 'zod';
import { bytesSetting } from '../../lib/setting.ts';

export const contentsConfig = z.strictObject({
  maxBytes: bytesSetting(1024)
    .default(16 * 1024 ** 2)
    .describe('Largest argument or result of a call that is taken whole (`PUT /api/contents/{sha256}`).'),
});
