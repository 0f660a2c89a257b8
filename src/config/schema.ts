import { z } from 'zod';
import { auditConfig } from '../audit/config.ts';
import { tracingConfig } from '../exporters/config.ts';
import { journalConfig } from '../journal/config.ts';
import type { DeepReadonly } from '../lib/deep-readonly.ts';
import { textSetting, toggleSetting } from '../lib/setting.ts';
import { metricsConfig } from '../pipeline/config.ts';
import { queryConfig } from '../queries/config.ts';
import { recordersConfig } from '../recorder/config.ts';
import { elasticsearchSourceConfig } from '../sources/elasticsearch/config.ts';
import { filesConfig } from '../sources/file-tail/config.ts';
import { forwardConfig } from '../sources/fluent-forward/config.ts';
import { otlpConfig } from '../sources/otlp/config.ts';
import { redisConfig } from '../sources/redis-streams/config.ts';
import { storeConfig } from '../store/config.ts';
import { contentsConfig } from '../surfaces/contents/config.ts';
import { elasticsearchSurfaceConfig } from '../surfaces/elasticsearch/config.ts';
import { httpConfig } from '../surfaces/http/config.ts';
import { mcpConfig } from '../surfaces/mcp/config.ts';

/** Every setting of meshscope. A section is the `config.ts` of the folder that uses it. */
export const configSchema = z.strictObject({
  data: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('./meshscope-data')
    .describe('Folder in which everything is kept.')
    .meta({ path: 'path' }),
  conventionalPorts: toggleSetting()
    .default(true)
    .describe('Also listen on the ports on which the protocols are usually found (9200, 4317, 4318, 24224), when they are free.'),
  http: httpConfig,
  elasticsearch: z.strictObject({ ...elasticsearchSurfaceConfig.shape, ...elasticsearchSourceConfig.shape }),
  forward: forwardConfig,
  files: filesConfig,
  otlp: otlpConfig,
  redis: redisConfig,
  tracing: tracingConfig,
  journal: journalConfig,
  store: storeConfig,
  query: queryConfig,
  mcp: mcpConfig,
  recorders: recordersConfig,
  metrics: metricsConfig,
  audit: auditConfig,
  contents: contentsConfig,
});

/** The effective settings: validated, complete and deep-frozen. Sizes in bytes, durations in the unit of their name. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
