import { z } from 'zod';
import { memoryLimitBytes } from '../lib/memory-limit.ts';
import { bytesSetting, countSetting, daysSetting } from '../lib/setting.ts';

const minMemoryBytes = 128 * 1024 ** 2;

export const storeConfig = z.strictObject({
  memoryBytes: bytesSetting(minMemoryBytes)
    .default(() => Math.max(minMemoryBytes, Math.floor(memoryLimitBytes() / 4)))
    .describe('Memory that the engine may use, caches included. At least 128MiB.')
    .meta({ defaultText: "a quarter of the machine's (or the container's) memory" }),
  maxDiskBytes: z
    .union([z.literal('auto'), bytesSetting()], { error: 'must be a size such as 100GiB, or auto' })
    .default('auto')
    .describe(
      'Bytes that everything in the data folder may take; above it the oldest data is deleted first. `auto` is 80% of what is free ' +
        'on the disk and used by this data folder together.',
    )
    .meta({ unit: 'bytes' }),
  retentionDays: daysSetting().default(30).describe('Days from the ingestion of a record until it is deleted.'),
  loaders: countSetting(1, 8).default(2).describe('Segments that are loaded into the store at the same time.'),
  readers: countSetting(1, 12).default(4).describe('Queries that run at the same time; further ones wait.'),
});

/** The byte budget of the data folder, from the setting and the disk as it is now (bytes). */
export const diskBudgetBytes = (setting: number | 'auto', disk: Readonly<{ freeBytes: number; usedByUsBytes: number }>): number =>
  setting === 'auto' ? Math.floor((disk.freeBytes + disk.usedByUsBytes) * 0.8) : setting;
