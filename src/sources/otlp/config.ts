import { z } from 'zod';
import { bytesSetting, portSetting, textSetting } from '../../lib/setting.ts';

export const otlpConfig = z.strictObject({
  host: textSetting()
    .default('')
    .describe('Address on which OTLP/gRPC and OTLP/HTTP listen on ports of their own.')
    .meta({ defaultText: '`http.host`' }),
  grpcPort: portSetting().default(4317).describe('Port on which OTLP/gRPC listens, when conventional ports are on.'),
  httpPort: portSetting().default(4318).describe('Port on which OTLP/HTTP listens beside the main port, when conventional ports are on.'),
  index: textSetting()
    .min(1, { error: 'must not be empty' })
    .default('mcp-mesh-logs-otlp')
    .describe('Index into which OpenTelemetry logs go.'),
  maxBodyBytes: bytesSetting(1024)
    .default(64 * 1024 * 1024)
    .describe('Largest request, as sent and decompressed.'),
});
