import { z } from 'zod';
import { bytesSetting, millisSetting } from '../lib/setting.ts';

export const journalConfig = z.strictObject({
  maxBytes: bytesSetting()
    .default(1024 ** 3)
    .describe('Bytes that may wait between the acknowledgement and the store. When full, senders are told to try again later.'),
  segmentBytes: bytesSetting()
    .default(32 * 1024 ** 2)
    .describe(
      'A segment is handed to the store when it is this large; larger segments load faster and hold more memory. At most an eighth of `store.memoryBytes`.',
    ),
  segmentMillis: millisSetting()
    .default(200)
    .describe(
      'A segment is handed to the store when it is this old, or a little older when few records were just stored; shorter makes records searchable sooner and costs CPU time.',
    ),
});
