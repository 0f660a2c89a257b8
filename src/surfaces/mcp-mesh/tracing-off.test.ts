import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { MeshServer, meshSettings } from './testing/mesh-server.ts';

let table: TraceTable;
beforeAll(async () => {
  table = await openTraceTable();
});
afterAll(() => table.close());

describe('tracing that is off and has nothing stored', () => {
  it.each<[string, number, object]>([
    ['/trace/status', 200, { enabled: false, reason: 'tracing not initialized' }],
    ['/trace/stats', 200, { enabled: false, reason: 'tracing not initialized' }],
    ['/trace/info', 200, { config: 'MCP_MESH_DISTRIBUTED_TRACING_ENABLED=false', enabled: false, reason: 'tracing not initialized' }],
    ['/trace/list', 200, { enabled: false, traces: [], total: 0 }],
    ['/trace/search', 200, { enabled: false, traces: [], total: 0 }],
    ['/trace/x', 404, { enabled: false, error: 'tracing not enabled' }],
    ['/api/trace/recent', 200, { count: 0, enabled: false, limit: 0, traces: [] }],
    ['/api/trace/edge-stats', 200, { count: 0, edge_count: 0, edges: [], enabled: false }],
    [
      '/api/trace/traffic',
      200,
      { enabled: false, window: 'all', total_calls: 0, total_errors: 0, edge_stats: [], agent_stats: [], model_stats: [] },
    ],
    ['/api/traces/live', 503, { error: 'Live trace streaming not available (tracing not enabled)' }],
  ])('answers %s with %d', async (path, status, json) => {
    const other = new MeshServer(table, 0);
    expect(await other.get(path)).toMatchObject({ status, json });
    await other.app.close();
  });

  it('is on as soon as Redis is read', async () => {
    const other = new MeshServer(table, 0, { settings: { ...meshSettings, consumerEnabled: true } });
    expect((await other.get('/trace/list')).json).toEqual({ count: 0, enabled: true, limit: 20, offset: 0, total: 0, traces: [] });
    expect((await other.get('/trace/search')).json).toEqual({ count: 0, criteria: { limit: 20 }, enabled: true, traces: [] });
    expect((await other.get('/trace/stats')).json).toMatchObject({
      total_traces: 0,
      success_rate: 0,
      agents_seen: [],
      first_trace: '0001-01-01T00:00:00Z',
    });
    await other.app.close();
  });
});
