import { z } from 'zod';
import { bytesSetting, countSetting, millisSetting } from '../lib/setting.ts';

export const queryConfig = z.strictObject({
  timeoutMillis: millisSetting().default(30_000).describe('Time that one query may take.'),
  memoryBytes: bytesSetting(1024 ** 2)
    .default(512 * 1024 ** 2)
    .describe('Memory that one query may take.'),
  maxRows: countSetting(1, 1e15).default(10_000_000_000).describe('Rows that one query may read.'),
  maxResultWindow: countSetting(1, 1_000_000)
    .default(10_000)
    .describe('Largest `from` + `size` of one search. Page deeper with `search_after` or scroll.'),
  maxBuckets: countSetting(1, 10_000_000).default(65_536).describe('Buckets that the aggregations of one search may return.'),
  maxSpanRecords: countSetting(1, 1e9)
    .default(300_000)
    .describe('Records of spans that one search puts together to traces, at some kilobytes each.'),
});
