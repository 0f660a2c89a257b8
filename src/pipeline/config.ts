import { z } from 'zod';
import { countSetting } from '../lib/setting.ts';

export const metricsConfig = z.strictObject({
  maxSeries: countSetting(2, 100_000)
    .default(1000)
    .describe('Series that each metric about calls may have at `/metrics`; what would be one more is counted in a common one.'),
});
