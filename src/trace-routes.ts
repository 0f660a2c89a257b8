import type { FastifyInstance } from 'fastify';
import type { Config } from './config/schema.ts';
import { type JsonObject, parseJson } from './lib/json/json-text.ts';
import { shownUrl } from './lib/url-credentials.ts';
import { version } from './lib/version.ts';
import { traceIdSpellings } from './model/trace-id.ts';
import { findChanges } from './queries/changes/changes.ts';
import { spanVersions } from './queries/changes/span-versions.ts';
import { findVersionChanges } from './queries/changes/version-changes.ts';
import type { ChangePorts } from './queries/changes/window-summary.ts';
import type { Search } from './queries/search/search.ts';
import { createRunSql } from './queries/sql/run-sql.ts';
import { createStoredMetrics } from './queries/stored-metrics/stored-metrics.ts';
import { createToolQueries } from './queries/tool-statistics/tool-statistics.ts';
import { createTraceLookup } from './queries/trace-lookup/trace-lookup.ts';
import { createTraceQueries } from './queries/traces/trace-queries.ts';
import { createTraceAnalysis } from './queries/traces-analysis/trace-analysis.ts';
import { parseRedisUrl } from './sources/redis-streams/redis-url.ts';
import type { RedisStreams } from './sources/redis-streams/start-redis-streams.ts';
import { changeRoutes } from './surfaces/changes/change-routes.ts';
import type { ApiRoute } from './surfaces/http/api-route.ts';
import { addJaegerRoutes } from './surfaces/jaeger/jaeger-routes.ts';
import { addMeshTraceRoutes } from './surfaces/mcp-mesh/add-mesh-trace-routes.ts';
import type { MeshTracePorts } from './surfaces/mcp-mesh/mesh-ports.ts';
import { sqlRoutes } from './surfaces/sql/sql-routes.ts';
import { metricRoutes } from './surfaces/stored-metrics/metric-routes.ts';
import { addTempoRoutes } from './surfaces/tempo/tempo-routes.ts';
import { toolRoutes } from './surfaces/tools/tool-routes.ts';
import { traceRoutes } from './surfaces/traces/trace-routes.ts';
import { addZipkinReadRoutes } from './surfaces/zipkin/zipkin-routes.ts';
import type { WritePath } from './write-path.ts';

export type TraceRouteParts = Readonly<{
  config: Config;
  path: WritePath;
  search: Search;
  /** Asked when a request comes, because Redis is read last of all. */
  mesh: () => RedisStreams | undefined;
  onSegments: MeshTracePorts['onSegments'];
}>;

/** MCP Mesh's trace API, joined to the rest of the server. */
export function meshTraceRoutes({ config, path, search, mesh, onSegments }: TraceRouteParts): (app: FastifyInstance) => void {
  const { redis, tracing } = config;
  const ports: MeshTracePorts = {
    queries: createTraceQueries(path.engine, tracing, config.query),
    settings: {
      consumerEnabled: redis.enabled,
      redisUrl: redis.enabled ? parseRedisUrl(redis.url).redacted : '',
      streams: redis.streams,
      group: redis.group,
      batchSize: redis.batchSize,
      timeoutMillis: tracing.timeoutMillis,
      quietMillis: tracing.quietMillis,
      exporterType: tracing.exporters,
      pretty: tracing.pretty,
      jsonFolder: tracing.jsonFolder,
      statistics: tracing.stats,
      telemetryEndpoint: shownUrl(tracing.otlpEndpoint),
      telemetryProtocol: tracing.otlpProtocol,
    },
    consumer: async () => mesh()?.status(),
    logsOfTrace: (id, limit) => logsOfTrace(search, id, limit),
    onSegments,
  };
  return (app) => addMeshTraceRoutes(app, ports);
}

/** What Grafana's data sources for Jaeger, Zipkin and Tempo read. */
export function grafanaRoutes({ config, path }: Pick<TraceRouteParts, 'config' | 'path'>): (app: FastifyInstance) => void {
  const lookup = createTraceLookup(path.engine, { traceLimits: config.tracing, searchLimits: config.query });
  return (app) => {
    addJaegerRoutes(app, lookup);
    addZipkinReadRoutes(app, lookup);
    addTempoRoutes(app, { ...lookup, version: version() });
  };
}

/** Our own API of traces, of stored metrics, of tools, of what changed, and SQL. */
export function ownTraceRoutes({ config, path, search }: Pick<TraceRouteParts, 'config' | 'path' | 'search'>): readonly ApiRoute[] {
  const traces = createTraceAnalysis(path.engine, { search: config.query, traces: config.tracing });
  const changes = (signal: AbortSignal): ChangePorts => ({
    search: (body) => search.search({ index: '*', body: body as JsonObject, signal }),
    map: async (range) => {
      signal.throwIfAborted();
      return traces.map(range);
    },
    versions: (range) => spanVersions(path.engine, range, { ...config.query, signal }),
  });
  return [
    ...traceRoutes(traces),
    ...metricRoutes(createStoredMetrics(path.engine, config.query)),
    ...sqlRoutes(config.mcp.sql ? createRunSql(path.engine, config.query) : undefined),
    ...toolRoutes(createToolQueries(path.engine, config.query)),
    ...changeRoutes({
      now: traces.now,
      changes: (window, signal) => findChanges(changes(signal), window),
      versions: (window, signal) => findVersionChanges(changes(signal), window),
    }),
  ];
}

async function logsOfTrace(search: Search, id: string, limit: number): Promise<readonly unknown[]> {
  const answer = await search.search({
    index: '*',
    body: {
      size: limit,
      query: { terms: { 'trace.trace_id': [...traceIdSpellings(id)] } },
      sort: [{ timestamp: { order: 'asc', unmapped_type: 'date' } }],
    },
  });
  const { hits } = parseJson(answer) as { hits: { hits: readonly { _source: unknown }[] } };
  return hits.hits.map(({ _source }) => _source);
}
