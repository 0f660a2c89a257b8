import type { FastifyInstance } from 'fastify';
import { addNotFound } from './api-error.ts';
import { type ApiRoute, addApiRoutes } from './api-route.ts';
import { type DeadLettersPort, deadLetterRoutes } from './dead-letters.ts';
import { type HealthPort, healthRoutes } from './health.ts';
import { type MetricsPort, metricsRoutes } from './metrics.ts';
import { openApiRoute } from './openapi.ts';
import { addPageRedirect } from './page-redirect.ts';
import { type StatusPort, statusRoutes } from './status.ts';

export type HttpSurfacePorts = Readonly<{
  health: HealthPort;
  metrics: MetricsPort;
  status: StatusPort;
  deadLetters: DeadLettersPort;
  /** Routes of other folders that are described with ours. */
  routes: readonly ApiRoute[];
}>;

/** First path segments that are ours; Elasticsearch's frame MUST leave them alone (its option `reserved`). */
export const reservedSegments: readonly string[] = ['api', 'healthz', 'metrics', 'readyz'];

/** Serves our own routes, leads browsers to the page, and answers with the application's 404. Call `addGuard` before and `registerElasticsearch` after. */
export function addHttpSurface(app: FastifyInstance, ports: HttpSurfacePorts, version: string): void {
  const routes = [
    ...healthRoutes(ports.health),
    ...metricsRoutes(ports.metrics),
    ...statusRoutes(ports.status),
    ...deadLetterRoutes(ports.deadLetters),
    ...ports.routes,
  ];
  addPageRedirect(app);
  addApiRoutes(app, [...routes, openApiRoute(routes, version)]);
  addNotFound(app);
}
