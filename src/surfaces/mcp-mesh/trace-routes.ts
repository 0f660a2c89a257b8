import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { completedTrace, rfc3339Nano } from '../../queries/trace-forms/completed-trace.ts';
import type { EventStreams } from './event-stream.ts';
import { goMap } from './go-values.ts';
import { sendExactJson, sendMeshJson } from './mesh-answer.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { meshQuery, meshSearch, pageLimit, pageOffset } from './mesh-query.ts';
import { statisticsAnswer } from './statistics-answers.ts';
import { statusAnswer } from './status-answer.ts';
import type { TraceStreams } from './trace-streams.ts';

/** Logs of one trace that one answer holds. */
const maxLogs = 10_000;
const minStreamedId = 3;

/**
 * Tracing is on when Redis is read, or when any trace is stored, by whatever protocol it came. Otherwise answers are those of a registry
 * whose tracing is off.
 */
export const isTracingOn = async ({ settings, queries }: MeshTracePorts): Promise<boolean> =>
  settings.consumerEnabled || (await queries.hasAny());

const idOf = (request: FastifyRequest): string => (request.params as Readonly<Record<string, string>>).trace_id ?? '';
const nowText = ({ now }: MeshTracePorts): string => rfc3339Nano(BigInt(Math.trunc((now ?? Date.now)() / 1000)) * 1_000_000_000n);

export const notFoundTrace = (id: string) => ({ error: 'trace not found', trace_id: id });
export const tracingOff = { reason: 'tracing not initialized', enabled: false };

/** MCP Mesh's registry API, below `/trace`, and the stream of one trace. */
export function addTraceRoutes(scope: FastifyInstance, ports: MeshTracePorts, streams: EventStreams, traceStreams: TraceStreams): void {
  const { queries, settings } = ports;
  const status = async (reply: FastifyReply, off: Readonly<Record<string, unknown>>) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, goMap({ ...tracingOff, ...off }));
    const [active, consumer] = await Promise.all([queries.active(), ports.consumer()]);
    return sendMeshJson(reply, statusAnswer({ enabled: true, settings, consumer, active }));
  };
  scope.get('/trace/status', (_request, reply) => status(reply, {}));
  scope.get('/trace/info', (_request, reply) => status(reply, { config: 'MCP_MESH_DISTRIBUTED_TRACING_ENABLED=false' }));
  scope.get('/trace/stats', async (_request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, goMap(tracingOff));
    if (settings.statistics) return sendMeshJson(reply, statisticsAnswer(await queries.statistics()));
    return sendMeshJson(reply, goMap({ enabled: true, stats_available: false, reason: 'statistics collection not enabled' }));
  });
  addListAndSearch(scope, ports, '/trace');
  scope.get('/trace', (_request, reply) => sendMeshJson(reply, { error: 'trace_id parameter required' }, 400));
  scope.get('/trace/:trace_id/logs', async (request, reply) => {
    const id = idOf(request);
    const logs = await ports.logsOfTrace(id, maxLogs);
    if (logs.length === 0 && (await queries.read(id)) === undefined) return sendMeshJson(reply, notFoundTrace(id), 404);
    return sendExactJson(reply, { trace_id: id, count: logs.length, logs });
  });
  scope.get('/traces/:trace_id/stream', async (request, reply) => {
    const id = idOf(request);
    const refuse = (code: number, error: string) => sendMeshJson(reply, { error, timestamp: nowText(ports) }, code);
    if (id.length < minStreamedId) return refuse(400, 'Invalid trace ID format');
    if (!(await isTracingOn(ports))) return refuse(503, 'Trace streaming not available - tracing is not enabled');
    if (streams.isFull) return refuse(503, 'Too many clients watch traces. Try again later.');
    const stream = streams.open(reply);
    stream.send('connected', { message: 'Connected to trace stream', timestamp: nowText(ports), trace_id: id });
    try {
      await traceStreams.add(stream, id);
    } catch (error) {
      request.log.error(error);
      stream.send('error', { error: 'the stored records of the trace cannot be read', timestamp: nowText(ports), trace_id: id });
      stream.end();
    }
    return reply;
  });
}

/** Routes that the registry and the dashboard of MCP Mesh both have. */
export function addListAndSearch(scope: FastifyInstance, ports: MeshTracePorts, prefix: string): void {
  const { queries } = ports;
  scope.get(`${prefix}/list`, async (request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { enabled: false, traces: [], total: 0 });
    const query = meshQuery(request.query);
    const [limit, offset] = [pageLimit(query), pageOffset(query)];
    const traces = await queries.search({}, limit, offset);
    // The count may be older than what was just read.
    const total = Math.max(await queries.count(), traces.length === 0 ? 0 : offset + traces.length);
    return sendMeshJson(reply, goMap({ enabled: true, traces: traces.map(completedTrace), total, limit, offset, count: traces.length }));
  });
  scope.get(`${prefix}/search`, async (request, reply) => {
    if (!(await isTracingOn(ports))) {
      return sendMeshJson(reply, prefix === '/trace' ? { enabled: false, traces: [], total: 0 } : { count: 0, enabled: false, traces: [] });
    }
    const { criteria, limit, echo } = meshSearch(meshQuery(request.query));
    const traces = await queries.search(criteria, limit, 0);
    return sendMeshJson(reply, goMap({ enabled: true, traces: traces.map(completedTrace), count: traces.length, criteria: echo }));
  });
  scope.get(`${prefix}/:trace_id`, async (request, reply) => {
    const id = idOf(request);
    if (id === '') return sendMeshJson(reply, { error: 'trace_id parameter required' }, 400);
    const trace = await queries.read(id);
    if (trace !== undefined) return sendMeshJson(reply, completedTrace(trace));
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { enabled: false, error: 'tracing not enabled' }, 404);
    return sendMeshJson(reply, notFoundTrace(id), 404);
  });
}
