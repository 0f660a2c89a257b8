import { z } from 'zod';
import { portSetting, textSetting, usersSetting } from '../../lib/setting.ts';

export const forwardConfig = z.strictObject({
  host: textSetting()
    .default('')
    .describe('Address on which Fluent Forward listens. Wider than this machine needs `forward.sharedKey`.')
    .meta({ defaultText: '`http.host` when `forward.sharedKey` is set, otherwise 127.0.0.1' }),
  port: portSetting().default(24224).describe('Port on which Fluent Forward listens, when conventional ports are on.'),
  sharedKey: textSetting()
    .default('')
    .describe('Key that Fluentd and Fluent Bit must know (`shared_key`). Empty: no handshake.')
    .meta({ secret: true }),
  users: usersSetting()
    .default([])
    .describe('Users that may send, as name:password. Empty: the shared key is enough.')
    .meta({ secret: true }),
  index: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('mcp-mesh-logs-forward')
    .describe('Index into which forwarded records go.'),
});
