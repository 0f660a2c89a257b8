import { once } from 'node:events';
import type { Config } from './config/schema.ts';
import { type Exporters, startExporters } from './exporters/start-exporters.ts';
import type { IngestSpans } from './model/span.ts';
import { dueTraces } from './queries/traces/due-traces.ts';
import { readTraces } from './queries/traces/read-trace.ts';
import { consumerName } from './sources/redis-streams/consumer-name.ts';
import { type RedisStreams, startRedisStreams } from './sources/redis-streams/start-redis-streams.ts';
import { createStoredOrigins } from './store/spans/stored-origins.ts';
import type { WritePath } from './write-path.ts';

export type TraceParts = Readonly<{
  config: Config;
  path: WritePath;
  log: (line: string) => void;
}>;

/** The reader of MCP Mesh's streams, when it is turned on. */
export async function startMeshTraces({ config, path, log }: TraceParts, ingest: IngestSpans): Promise<RedisStreams | undefined> {
  if (!config.redis.enabled) return undefined;
  return startRedisStreams({
    ...config.redis,
    consumer: await consumerName(config.data),
    ingest,
    storedOrigins: createStoredOrigins(path.engine, path.refresh),
    onError: log,
  });
}

/** What sends finished traces on. `ports`: of this process, to which nothing may be sent. */
export function startTraceExporters({ config, path, log }: TraceParts, ports: () => readonly number[]): Promise<Exporters> {
  return startExporters(
    { ...config.tracing, data: config.data },
    {
      dueTraces: (request) => dueTraces(path.engine, request),
      readTraces: (addresses, limits, nowMillis) => readTraces(path.engine, addresses, limits, nowMillis),
      loadedUntilMillis: path.loadedUntilMillis,
      write: async (text) => {
        if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      },
      ownPorts: ports,
      log,
    },
  );
}
