import type { Config } from './config/schema.ts';
import type { Door } from './doors.ts';
import { createElasticsearchApp, createOtlpApp, type HttpSurfaces } from './http-listeners.ts';
import { listen } from './listener.ts';
import type { IngestLogs } from './model/ingest.ts';
import { startFluentForward } from './sources/fluent-forward/start-fluent-forward.ts';
import { startOtlpGrpc } from './sources/otlp/grpc-server.ts';
import type { OtlpPorts } from './sources/otlp/receive.ts';
import { createCredentialCheck } from './surfaces/http/credential-check.ts';

export type DoorParts = Readonly<{
  config: Config;
  surfaces: HttpSurfaces;
  ingest: IngestLogs;
  otlp: OtlpPorts;
  /** Whether somebody set a setting, by its path. */
  asked: (setting: string) => boolean;
  log: (line: string) => void;
}>;

/** The ports on which protocols are usually found, beside the main port. What is opened is closed by what `onOpened` gets. */
export function createDoors(
  { config, surfaces, ingest, otlp, asked, log }: DoorParts,
  onOpened: (close: () => Promise<unknown>) => void,
): readonly Door[] {
  const { elasticsearch, forward, http, files } = config;
  const checkCredentials = createCredentialCheck(http.username, http.password);
  return [
    {
      name: 'Elasticsearch',
      protocol: "Elasticsearch's API alone",
      host: http.host,
      port: elasticsearch.port,
      required: asked('elasticsearch.port'),
      open: async () => {
        const app = await createElasticsearchApp(config, surfaces);
        onOpened(() => app.close());
        return listen(app, 'Elasticsearch', http.host, elasticsearch.port);
      },
    },
    {
      name: 'OTLP/gRPC',
      protocol: 'OpenTelemetry traces, logs and metrics',
      host: config.otlp.host,
      port: config.otlp.grpcPort,
      required: asked('otlp.grpcPort'),
      open: async () => {
        const grpc = await startOtlpGrpc(
          {
            host: config.otlp.host,
            port: config.otlp.grpcPort,
            refuse: (authorization) => checkCredentials(authorization, 'OTLP/gRPC'),
            onError: log,
          },
          otlp,
        );
        onOpened(() => grpc.close());
        return grpc.port;
      },
    },
    {
      name: 'OTLP/HTTP',
      protocol: 'OpenTelemetry traces, logs and metrics',
      host: config.otlp.host,
      port: config.otlp.httpPort,
      required: asked('otlp.httpPort'),
      open: async () => {
        const app = createOtlpApp(surfaces);
        onOpened(() => app.close());
        return listen(app, 'OTLP/HTTP', config.otlp.host, config.otlp.httpPort);
      },
    },
    {
      name: 'Fluent Forward',
      protocol: 'Fluentd and Fluent Bit forward',
      host: forward.host,
      port: forward.port,
      required: asked('forward.port'),
      open: async () => {
        const source = await startFluentForward({ ...forward, selfHostname: `meshscope.${files.hostname}`, ingest, onError: log });
        onOpened(() => source.close());
        return source.port;
      },
    },
  ];
}
