import { z } from 'zod';
import { listSetting, portSetting, textSetting } from '../../lib/setting.ts';

export const httpConfig = z.strictObject({
  host: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('127.0.0.1')
    .describe('Address on which meshscope listens. Wider than this machine needs `http.username` and `http.password`.'),
  port: portSetting().default(8000).describe('Port of the web UI and of every HTTP protocol.'),
  username: textSetting()
    .regex(/^[^:]*$/, { error: 'must not contain a colon' })
    .default('')
    .describe('User name that HTTP requests must carry (Basic). Empty: no authentication.'),
  password: textSetting().default('').describe('Password that belongs to `http.username`.').meta({ secret: true }),
  allowedHosts: listSetting()
    .default([])
    .describe('Names by which clients reach this server, besides its address and localhost; other `Host` headers are refused.'),
  allowedOrigins: listSetting()
    .default([])
    .describe('Web origins, such as https://example.org, whose pages may use the APIs; other `Origin` headers are refused.'),
});
