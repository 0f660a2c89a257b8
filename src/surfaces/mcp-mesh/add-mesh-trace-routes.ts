import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { addDashboardRoutes } from './dashboard-routes.ts';
import { EventStreams } from './event-stream.ts';
import { LiveTraces } from './live-traces.ts';
import { sendMeshError } from './mesh-answer.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { addTraceRoutes } from './trace-routes.ts';
import { TraceStreams } from './trace-streams.ts';

/** First path segments of these routes beside `api`; Elasticsearch's frame MUST leave them alone (its option `reserved`). */
export const meshSegments: readonly string[] = ['trace', 'traces'];

/** Serves MCP Mesh's trace API, in a scope of its own: errors have upstream's form `{"error": "…"}`. */
export function addMeshTraceRoutes(app: FastifyInstance, ports: MeshTracePorts): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    scope.setErrorHandler(sendMeshError);
    const streams = new EventStreams();
    const onError = (error: unknown) => scope.log.error(error);
    addTraceRoutes(scope, ports, streams, new TraceStreams(ports, onError));
    addDashboardRoutes(scope, ports, streams, new LiveTraces(ports, onError));
    scope.addHook('preClose', async () => streams.endAll());
    done();
  };
  void app.register(plugin);
}
