import { z } from 'zod';
import { portSetting, textSetting, toggleSetting } from '../../lib/setting.ts';

export const elasticsearchSurfaceConfig = z.strictObject({
  port: portSetting().default(9200).describe("Port on which Elasticsearch's API is served alone, when conventional ports are on."),
  version: textSetting()
    .regex(/^\d+\.\d+\.\d+$/, { error: 'must be a version such as 8.19.0' })
    .default('8.19.0')
    .describe('The Elasticsearch version that clients are told; some clients refuse versions other than their own.'),
  clusterName: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('meshscope')
    .describe('The cluster name that clients are told.'),
  strictTemplates: toggleSetting()
    .default(false)
    .describe('Refuse index template bodies that Elasticsearch itself refuses, instead of accepting the older forms too.'),
});
