import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { MeshServer } from './testing/mesh-server.ts';
import { id, meshSpans, openedAt } from './testing/mesh-spans.ts';

let table: TraceTable;
let server: MeshServer;

beforeAll(async () => {
  table = await openTraceTable();
  await table.load(meshSpans, openedAt);
});
afterAll(() => table.close());
beforeEach(() => {
  server = new MeshServer(table, openedAt + 60_000);
});
afterEach(() => server.app.close());

describe('the dashboard’s questions', () => {
  it('lists recent traces by their roots', async () => {
    const { json } = await server.get('/api/trace/recent?limit=500');
    expect(json).toMatchObject({ count: 3, enabled: true, limit: 100 });
    expect((json.traces as object[])[2]).toEqual({
      trace_id: id,
      root_agent: 'dependent-service',
      root_operation: 'generate_report',
      duration_ms: 15,
      start_time: '2025-11-21T04:40:00.123456Z',
      span_count: 3,
      agent_count: 2,
      success: false,
      agents: ['dependent-service', 'fastmcp-service'],
    });
  });

  it('finds the edge behind the proxy', async () => {
    const { json } = await server.get('/api/trace/edge-stats');
    expect(json).toMatchObject({ count: 1, edge_count: 1, enabled: true });
    const [edge] = json.edges as Record<string, number>[];
    expect(edge).toMatchObject({
      source: 'dependent-service',
      target: 'fastmcp-service',
      target_function: 'get_current_time',
      call_count: 1,
      error_count: 1,
      error_rate: 100,
      max_latency_ms: 6,
      min_latency_ms: 6,
      avg_latency_ms: 6,
    });
    expect(edge?.p99_latency_ms).toBe(6);
  });

  it('adds up agents and models', async () => {
    const agents = await server.get('/api/trace/agent-stats');
    expect(agents.json).toEqual({
      agents: [
        {
          agent_name: 'dependent-service',
          span_count: 2,
          total_input_tokens: 0,
          total_output_tokens: 0,
          total_request_bytes: 0,
          total_response_bytes: 0,
        },
        {
          agent_name: 'fastmcp-service',
          span_count: 1,
          total_input_tokens: 10,
          total_output_tokens: 5,
          total_request_bytes: 100,
          total_response_bytes: 200,
        },
        {
          agent_name: 'solo',
          span_count: 1,
          total_input_tokens: 0,
          total_output_tokens: 0,
          total_request_bytes: 0,
          total_response_bytes: 0,
        },
      ],
      count: 3,
      enabled: true,
    });
    expect((await server.get('/api/trace/model-stats')).json).toEqual({
      count: 1,
      enabled: true,
      models: [{ model: 'anthropic/claude', provider: 'anthropic', call_count: 1, input_tokens: 10, output_tokens: 5, total_tokens: 15 }],
    });
  });

  it.each([
    ['', 'all', 3],
    ['?window=all', 'all', 3],
    ['?window=1h', '1h', 3],
    ['?window=1d', '1d', 3],
  ])('counts traffic%s', async (query, window, calls) => {
    const { json } = await server.get(`/api/trace/traffic${query}`);
    expect(Object.keys(json)).toEqual(['enabled', 'window', 'total_calls', 'total_errors', 'edge_stats', 'agent_stats', 'model_stats']);
    expect(json).toMatchObject({ enabled: true, window, total_calls: calls, total_errors: 1 });
  });

  it('counts only what came in within the window, and refuses others', async () => {
    server.clock.now = openedAt + 2 * 3_600_000;
    expect((await server.get('/api/trace/traffic?window=1h')).json).toMatchObject({
      total_calls: 0,
      edge_stats: [],
      agent_stats: [],
      model_stats: [],
    });
    expect(await server.get('/api/trace/traffic?window=5m')).toMatchObject({
      status: 400,
      json: { error: 'invalid window; expected one of: 1h, 1d, all' },
    });
  });
});
