import { z } from 'zod';
import { bytesSetting } from '../../lib/setting.ts';

export const elasticsearchSourceConfig = z.strictObject({
  maxBodyBytes: bytesSetting(1024)
    .default(100 * 1024 ** 2)
    .describe('The largest request body that is accepted, after decompression; larger ones are answered with 413.'),
  maxDocumentBytes: bytesSetting(1024)
    .default(16 * 1024 ** 2)
    .describe('The largest single document that is accepted; larger ones are refused on their own, not with their whole batch.'),
});
