import { z } from 'zod';
import { countSetting, listSetting, millisSetting, textSetting, toggleSetting } from '../../lib/setting.ts';

export const redisConfig = z.strictObject({
  enabled: toggleSetting()
    .default(false)
    .describe('Read traces that MCP Mesh agents publish to Redis Streams.')
    .meta({ alias: 'MCP_MESH_DISTRIBUTED_TRACING_ENABLED' }),
  url: textSetting()
    .default('redis://localhost:6379')
    .describe('Where Redis is: redis://, rediss:// (TLS), redis-sentinel:// or redis-cluster://.')
    .meta({ secretInUrl: true, alias: 'REDIS_URL' }),
  streams: listSetting()
    .default(['mesh:trace', 'mcp-mesh:traces'])
    .describe('Streams that are read. MCP Mesh documents the second and uses the first.'),
  group: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('meshscope')
    .describe('Consumer group. Processes with the same group share the entries; a group that another program uses takes entries from it.'),
  startId: textSetting()
    .regex(/^(?:\$|\d{1,20}(?:-\d{1,20})?)$/, { error: 'must be an entry id, 0 or $' })
    .default('0')
    .describe('Where a new group begins: 0 for everything that Redis still has, $ for what comes from now on, or an entry id.'),
  batchSize: countSetting(1, 10_000)
    .default(100)
    .describe('Entries that one XREADGROUP asks for. Several are under way at once when there is much to read.')
    .meta({ alias: 'TRACE_BATCH_SIZE' }),
  reclaimMillis: millisSetting(1000)
    .default(300_000)
    .describe('Entries that a consumer was given and has not acknowledged for so long are taken over.'),
  tlsCa: textSetting()
    .default('')
    .describe('File with the certificate authority of Redis, PEM. Empty: those that Node.js knows.')
    .meta({ path: 'path' }),
  tlsCert: textSetting().default('').describe('File with the certificate that meshscope shows to Redis, PEM.').meta({ path: 'path' }),
  tlsKey: textSetting().default('').describe('File with the key of that certificate, PEM.').meta({ path: 'path' }),
});
