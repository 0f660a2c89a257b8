import { z } from 'zod';
import { bytesSetting, daysSetting, millisSetting, toggleSetting } from '../lib/setting.ts';

export const auditConfig = z.strictObject({
  retentionDays: daysSetting()
    .default(365)
    .describe('Days for which audit records are kept at least. Whole files are removed, up to a twelfth later; nothing else removes any.'),
  fileBytes: bytesSetting(64 * 1024)
    .default(16 * 1024 ** 2)
    .describe('A new audit file is begun when the current one would become larger.'),
  checkpointMillis: millisSetting(10)
    .default(60_000)
    .describe('How often the newest audit record is signed, when there is a new one. Records behind the last signature are chained only.'),
  fromLogs: toggleSetting().default(true).describe('Whether log documents that have an `audit.action` become audit records too.'),
});
