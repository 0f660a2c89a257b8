import Fastify, { type FastifyInstance } from 'fastify';
import type { Config } from './config/schema.ts';
import {
  elasticsearchServerOptions,
  type FrameOptions,
  frameDefaults,
  type RouteGroup,
  registerElasticsearch,
} from './surfaces/elasticsearch/frame.ts';
import { reservedSegments } from './surfaces/http/http-surface.ts';

/** First path segments of surfaces other than Elasticsearch's on the main port. */
const reserved = [...reservedSegments, 'trace', 'traces', 'v1', 'mcp', 'elasticsearch'];

export type HttpSurfaces = Readonly<{
  /** Checks of every request, on every port. */
  guard: (app: FastifyInstance) => void;
  /** Our own routes, on the main port. */
  own: (app: FastifyInstance) => void;
  elasticsearch: readonly RouteGroup[];
}>;

function createApp(surfaces: HttpSurfaces): FastifyInstance {
  const app = Fastify({
    ...elasticsearchServerOptions,
    logger: false,
    forceCloseConnections: 'idle',
    requestTimeout: 0,
    bodyLimit: 1024 ** 3,
  });
  surfaces.guard(app);
  return app;
}

/** The main port: everything; Elasticsearch's API at the root and, for index names that collide, below `/elasticsearch`. */
export async function createMainApp(config: Config, surfaces: HttpSurfaces): Promise<FastifyInstance> {
  const app = createApp(surfaces);
  surfaces.own(app);
  const options = frameOptions(config);
  await registerElasticsearch(app, surfaces.elasticsearch, { ...options, prefix: '/elasticsearch' });
  await registerElasticsearch(app, surfaces.elasticsearch, { ...options, reserved });
  return app;
}

/** Port 9200: Elasticsearch's API alone. */
export async function createElasticsearchApp(config: Config, surfaces: HttpSurfaces): Promise<FastifyInstance> {
  const app = createApp(surfaces);
  await registerElasticsearch(app, surfaces.elasticsearch, frameOptions(config));
  return app;
}

function frameOptions(config: Config): FrameOptions {
  return { ...frameDefaults, version: config.elasticsearch.version, maxBodyBytes: config.elasticsearch.maxBodyBytes };
}
