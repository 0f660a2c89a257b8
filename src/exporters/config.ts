import { z } from 'zod';
import { bytesSetting, countSetting, listSetting, millisSetting, textSetting, toggleSetting } from '../lib/setting.ts';
import { parseExporterNames } from './exporter-names.ts';

const exporterSetting = () =>
  textSetting().superRefine((text, context) => {
    const choice = parseExporterNames(text);
    if (typeof choice === 'string') context.addIssue({ code: 'custom', message: choice });
  });

const unitMillis = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3 } as const;

/** Go's durations have several parts, as in `1m30s`. */
function joinGoDuration(value: unknown): unknown {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h)){2,}$/.test(value)) return value;
  const parts = [...value.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMillis[unit as keyof typeof unitMillis], 0));
}

const goMillisSetting = () => z.preprocess(joinGoDuration, millisSetting());

/** An address without a scheme is one of plain HTTP, as in MCP Mesh's `localhost:4317`. */
const endpointSetting = () =>
  textSetting().refine((text) => text === '' || URL.canParse(text.includes('://') ? text : `http://${text}`), {
    error: 'must be a URL such as http://localhost:4318, or HOST:PORT',
  });

export const tracingConfig = z.strictObject({
  exporters: exporterSetting()
    .default('')
    .describe(
      'Where finished traces go: a list of `console`, `json`, `otlp` (or `telemetry`), `zipkin`, `jaeger`; `multi`: console, json and ' +
        'every target whose endpoint is set; `none`.',
    )
    .meta({ alias: 'TRACE_EXPORTER_TYPE', defaultText: '`console` when `redis.enabled` is on, otherwise `none`' }),
  pretty: toggleSetting()
    .default(true)
    .describe('Whether the console exporter prints a tree for people, or one line of JSON.')
    .meta({ alias: 'TRACE_PRETTY_OUTPUT' }),
  stats: toggleSetting().default(true).describe('Whether `/trace/stats` answers with statistics.').meta({ alias: 'TRACE_ENABLE_STATS' }),
  jsonFolder: textSetting()
    .default('')
    .describe('Folder into which the json exporter writes one file per trace.')
    .meta({ alias: 'TRACE_JSON_OUTPUT_DIR', path: 'path', defaultText: '`traces-json` in the data folder' }),
  jsonMaxBytes: bytesSetting()
    .default(1024 ** 3)
    .describe('Bytes that these files may take; the oldest are deleted first.'),
  jsonMaxFiles: countSetting(1, 1_000_000).default(10_000).describe('How many of these files are kept.'),
  otlpEndpoint: endpointSetting()
    .default('')
    .describe('OTLP receiver to which the otlp exporter sends.')
    .meta({ secretInUrl: true, alias: 'TELEMETRY_ENDPOINT', defaultText: 'http://localhost:4318' }),
  otlpProtocol: z
    .enum(['auto', 'http', 'http/protobuf', 'http/json', 'grpc'], { error: 'must be auto, http/protobuf, http/json or grpc' })
    .default('auto')
    .describe('How the otlp exporter sends. `auto`: gRPC to port 4317, otherwise protobuf over HTTP.')
    .meta({ alias: 'TELEMETRY_PROTOCOL' }),
  otlpHeaders: listSetting().default([]).describe('Headers that the otlp exporter sends, as name=value.').meta({ secret: true }),
  zipkinEndpoint: endpointSetting()
    .default('')
    .describe('Zipkin to which the zipkin exporter sends.')
    .meta({ secretInUrl: true, defaultText: 'http://localhost:9411' }),
  jaegerEndpoint: endpointSetting()
    .default('')
    .describe("Jaeger's OTLP receiver (HTTP), to which the jaeger exporter sends.")
    .meta({ secretInUrl: true, defaultText: 'http://localhost:4318' }),
  exporterModule: textSetting()
    .default('')
    .describe('JavaScript module with an exporter of your own; see docs/export/traces.md.')
    .meta({ path: 'path', defaultText: 'none' }),
  exportQueueBytes: bytesSetting(1024 ** 2)
    .default(64 * 1024 ** 2)
    .describe('Bytes of the queue on disk. When a target has been away for longer, the oldest traces are not sent to it.'),
  timeoutMillis: goMillisSetting()
    .default(300_000)
    .describe('After this time without a record of a trace, operations that are still open are abandoned.')
    .meta({ alias: 'TRACE_TIMEOUT', unit: 'milliseconds' }),
  quietMillis: millisSetting()
    .default(3000)
    .describe('A trace without open operations is complete after this time without a record of it.'),
});

export type TracingConfig = z.output<typeof tracingConfig>;
