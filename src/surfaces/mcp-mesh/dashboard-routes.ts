import type { FastifyInstance } from 'fastify';
import { rfc3339Nano } from '../../queries/trace-forms/completed-trace.ts';
import { selectEdges } from '../../queries/traces/edge-statistics.ts';
import type { EventStreams } from './event-stream.ts';
import { goMap } from './go-values.ts';
import type { LiveTraces } from './live-traces.ts';
import { sendMeshJson } from './mesh-answer.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { clampedLimit, meshQuery } from './mesh-query.ts';
import { recentTrace } from './mesh-snapshot.ts';
import { agentAnswer, edgeAnswer, modelAnswer } from './statistics-answers.ts';
import { addListAndSearch, isTracingOn } from './trace-routes.ts';

const hourMillis = 3_600_000;
/** Upstream keeps its totals for a day. */
const retentionMillis = 24 * hourMillis;
const windows: ReadonlyMap<string, number | undefined> = new Map([
  ['', undefined],
  ['all', undefined],
  ['1h', hourMillis],
  ['1d', 24 * hourMillis],
]);

/** What MCP Mesh's dashboard asks: `/api/trace/*` and the live view. */
export function addDashboardRoutes(scope: FastifyInstance, ports: MeshTracePorts, streams: EventStreams, live: LiveTraces): void {
  const { queries } = ports;
  const now = ports.now ?? Date.now;
  addListAndSearch(scope, ports, '/api/trace');
  scope.get('/api/trace/recent', async (request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { count: 0, enabled: false, limit: 0, traces: [] });
    const limit = clampedLimit(meshQuery(request.query));
    const traces = (await queries.search({}, limit, 0)).map(recentTrace);
    return sendMeshJson(reply, goMap({ enabled: true, traces, count: traces.length, limit }));
  });
  scope.get('/api/trace/edge-stats', async (request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { count: 0, edge_count: 0, edges: [], enabled: false });
    const limit = clampedLimit(meshQuery(request.query));
    const edges = selectEdges(await queries.edges(now() - retentionMillis), limit).map(edgeAnswer);
    return sendMeshJson(reply, goMap({ enabled: true, edges, count: edges.length, edge_count: edges.length }));
  });
  scope.get('/api/trace/agent-stats', async (_request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { agents: [], count: 0, enabled: false });
    const agents = (await queries.agents(now() - retentionMillis)).map(agentAnswer);
    return sendMeshJson(reply, goMap({ enabled: true, agents, count: agents.length }));
  });
  scope.get('/api/trace/model-stats', async (_request, reply) => {
    if (!(await isTracingOn(ports))) return sendMeshJson(reply, { count: 0, enabled: false, models: [] });
    const models = (await queries.models(now() - retentionMillis)).map(modelAnswer);
    return sendMeshJson(reply, goMap({ enabled: true, models, count: models.length }));
  });
  scope.get('/api/trace/traffic', async (request, reply) => {
    const query = meshQuery(request.query);
    const window = query('window');
    if (!windows.has(window)) return sendMeshJson(reply, { error: 'invalid window; expected one of: 1h, 1d, all' }, 400);
    const length = windows.get(window);
    const since = length === undefined ? undefined : now() - length;
    const enabled = await isTracingOn(ports);
    const none = { totals: { traces: 0, failedTraces: 0 }, edges: [], agents: [], models: [] };
    // One statement after the other, so that one request does not take every reader of the engine.
    const { totals, edges, agents, models } = enabled
      ? {
          totals: await queries.totals(since),
          edges: await queries.edges(since),
          agents: await queries.agents(since),
          models: await queries.models(since),
        }
      : none;
    return sendMeshJson(reply, {
      enabled,
      window: window === '' ? 'all' : window,
      total_calls: totals.traces,
      total_errors: totals.failedTraces,
      edge_stats: selectEdges(edges, clampedLimit(query)).map(edgeAnswer),
      agent_stats: agents.map(agentAnswer),
      model_stats: models.map(modelAnswer),
    });
  });
  scope.get('/api/traces/live', async (_request, reply) => {
    if (!(await isTracingOn(ports))) {
      return sendMeshJson(reply, { error: 'Live trace streaming not available (tracing not enabled)' }, 503);
    }
    if (streams.isFull) return sendMeshJson(reply, { error: 'Too many clients watch traces. Try again later.' }, 503);
    const stream = streams.open(reply);
    const timestamp = rfc3339Nano(BigInt(Math.trunc(now() / 1000)) * 1_000_000_000n);
    stream.send('connected', { message: 'Connected to live trace stream', timestamp });
    live.add(stream);
    return reply;
  });
}
