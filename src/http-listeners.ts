import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Config } from './config/schema.ts';
import { endConnections } from './end-connections.ts';
import { createErrorLog } from './error-log.ts';
import { BodyBudget } from './surfaces/elasticsearch/body-budget.ts';
import {
  elasticsearchServerOptions,
  type FrameOptions,
  frameDefaults,
  type RouteGroup,
  registerElasticsearch,
} from './surfaces/elasticsearch/frame.ts';
import { reservedSegments } from './surfaces/http/http-surface.ts';
import { meshSegments } from './surfaces/mcp-mesh/add-mesh-trace-routes.ts';
import { addWebPage, webSegment } from './surfaces/web/add-web-page.ts';

/** First path segments of surfaces other than Elasticsearch's on the main port. */
const others = [...reservedSegments, ...meshSegments, webSegment, 'v1', 'jaeger', 'zipkin', 'tempo', 'mcp'];

/** A request that takes longer to arrive is given up, because its body holds part of a shared budget. */
const requestMillis = 300_000;

/** Of all bodies in flight, on all ports and prefixes together. */
export const createBodyBudget = (): BodyBudget => new BodyBudget(frameDefaults.maxInflightBytes);

export type HttpSurfaces = Readonly<{
  budget: BodyBudget;
  /** One line for the operator. */
  log: (line: string) => void;
  /** Checks of every request, on every port. */
  guard: (app: FastifyInstance) => void;
  /** Our own routes, on the main port. */
  own: (app: FastifyInstance) => void;
  /** OTLP over HTTP, on the main port and on its own. */
  otlp: (app: FastifyInstance) => void;
  /** Zipkin's API for spans, on the main port. */
  zipkin: (app: FastifyInstance) => void;
  /** MCP Mesh's trace API, on the main port. */
  mesh: (app: FastifyInstance) => void;
  /** Our MCP server, on the main port. */
  mcp: (app: FastifyInstance) => void;
  /** What Grafana's data sources read, on the main port. */
  grafana: (app: FastifyInstance) => void;
  elasticsearch: readonly RouteGroup[];
}>;

/** Bodies are checked by zod. Fastify loads its own compilers of schemas at every start unless it is given others. */
const noCompiler = () => () => {
  throw new Error('No route has a schema of Fastify.');
};

function createApp(surfaces: HttpSurfaces, reserved: readonly string[] = []): FastifyInstance {
  const app = Fastify({
    ...elasticsearchServerOptions(reserved),
    loggerInstance: createErrorLog(surfaces.log),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    requestTimeout: requestMillis,
    bodyLimit: 1024 ** 3,
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
  });
  surfaces.guard(app);
  endConnections(app);
  return app;
}

/** The main port: everything; Elasticsearch's API at the root and, for index names that collide, below `/elasticsearch`. */
export async function createMainApp(config: Config, surfaces: HttpSurfaces): Promise<FastifyInstance> {
  const app = createApp(surfaces, others);
  surfaces.own(app);
  addWebPage(app);
  surfaces.otlp(app);
  surfaces.zipkin(app);
  surfaces.mesh(app);
  surfaces.grafana(app);
  surfaces.mcp(app);
  const options = frameOptions(config, surfaces);
  await registerElasticsearch(app, surfaces.elasticsearch, { ...options, prefix: '/elasticsearch' });
  await registerElasticsearch(app, surfaces.elasticsearch, { ...options, reserved: [...others, 'elasticsearch'] });
  return app;
}

/** Port 9200: Elasticsearch's API alone. */
export async function createElasticsearchApp(config: Config, surfaces: HttpSurfaces): Promise<FastifyInstance> {
  const app = createApp(surfaces);
  await registerElasticsearch(app, surfaces.elasticsearch, frameOptions(config, surfaces));
  return app;
}

/** Port 4318: OTLP over HTTP alone. */
export function createOtlpApp(surfaces: HttpSurfaces): FastifyInstance {
  const app = createApp(surfaces, ['v1']);
  surfaces.otlp(app);
  return app;
}

function frameOptions(config: Config, { budget }: HttpSurfaces): FrameOptions {
  return { ...frameDefaults, version: config.elasticsearch.version, maxBodyBytes: config.elasticsearch.maxBodyBytes, budget };
}
