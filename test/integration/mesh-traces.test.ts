import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';
import { meshCall, meshTraceId, poison } from '../harness/mesh-entries.ts';
import { builtCli, eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

const run = promisify(execFile);
const password = 'hunter2';
const call = meshCall(Math.floor(Date.now() / 1000) - 30);

let redis: RedisServer;
let server: ServerProcess;

async function get(path: string): Promise<{ status: number; text: string; json: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${path}`);
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) as Record<string, unknown> };
}

type MeshTrace = Readonly<{
  TraceID: string;
  SpanCount: number;
  Agents: string[];
  Success: boolean;
  Duration: number;
  Spans: Record<string, unknown>[];
}>;

const readTrace = async () => (await get(`/trace/${meshTraceId}`)).json as unknown as MeshTrace;

beforeAll(async () => {
  redis = await RedisServer.start();
  await redis.send('ACL', 'SETUSER', 'mesh', 'on', `>${password}`, '~*', '&*', '+@all');
  server = await startServer({
    env: {
      MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true',
      REDIS_URL: `redis://mesh:${password}@127.0.0.1:${redis.port}`,
      TRACE_EXPORTER_TYPE: 'console',
    },
    flags: ['--tracing.quietMillis', '500'],
  });
});
afterAll(async () => {
  expect(await server?.stop(), server?.stderr()).toBe(0);
  await redis?.remove();
});

describe('traces of MCP Mesh', () => {
  it('are listed when their last span has come', async () => {
    await redis.add('mesh:trace', call.entries.slice(0, 4));
    await redis.add('mcp-mesh:traces', call.entries.slice(4));
    await eventually('the trace is complete', async () => (await readTrace()).SpanCount === call.spanCount);
    const { json } = await get('/trace/list');
    expect(json).toMatchObject({ enabled: true, total: 1, count: 1, limit: 20, offset: 0 });
  });

  it('have the spans of every runtime, put together', async () => {
    const trace = await readTrace();
    expect(trace).toMatchObject({ AgentCount: 5, Agents: call.agents, Success: false });
    const spans = Object.fromEntries(trace.Spans.map((span) => [span.AgentName, span]));
    expect(spans['report-service']).toMatchObject({
      ParentSpan: null,
      Success: true,
      ErrorMessage: null,
      Operation: 'generate_report',
      IPAddress: '10.0.0.1',
    });
    expect(spans['chart-service']).toMatchObject({ Success: true, DurationMS: 102, Runtime: 'typescript' });
    expect(spans['payment-service']).toMatchObject({ Success: false, ErrorMessage: 'card refused', DurationMS: 100 });
    expect(spans['legacy-service']).toMatchObject({ Operation: 'tool:archive', Capability: 'archive', DurationMS: 50, Success: true });
    const api = (await get(`/api/traces/${meshTraceId}`)).json as { spans: { service: string; duplicates?: number }[] };
    expect(api.spans.map(({ service }) => service).sort()).toEqual(call.agents);
  });

  it('are found by every parameter of the page, and by both spellings of the id', async () => {
    const found = [
      'agent_name=chart-service',
      'operation=charge',
      'success=false',
      'min_duration_ms=400&max_duration_ms=401',
      'parent_span_id=11111111-0000-4000-8000-000000000001',
      `start_time=${encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())}`,
    ];
    for (const query of found)
      expect((await get(`/trace/search?${query}`)).json, query).toMatchObject({ enabled: true, count: 1, traces: [{ SpanCount: 5 }] });
    for (const query of [
      'agent_name=chart',
      'success=true',
      'min_duration_ms=402',
      `end_time=${encodeURIComponent('2020-01-01T00:00:00Z')}`,
    ])
      expect((await get(`/trace/search?${query}`)).json, query).toMatchObject({ count: 0, traces: [] });
    const dashed = meshTraceId.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    expect(((await get(`/trace/${dashed}`)).json as unknown as MeshTrace).SpanCount).toBe(5);
    expect((await get('/trace/no-such')).json).toEqual({ error: 'trace not found', trace_id: 'no-such' });
  });

  it('are counted', async () => {
    expect((await get('/trace/stats')).json).toMatchObject({
      total_traces: 1,
      success_traces: 0,
      failed_traces: 1,
      total_spans: 5,
      agents_seen: call.agents,
    });
    const edges = (await get('/api/trace/edge-stats')).json as { edges: { source: string; target: string; call_count: number }[] };
    expect(edges.edges).toContainEqual(expect.objectContaining({ source: 'report-service', target: 'date-service', call_count: 1 }));
    expect((await get('/api/trace/model-stats')).json).toMatchObject({
      models: [{ model: 'anthropic/claude-sonnet', call_count: 1, total_tokens: 120 }],
    });
  });

  it('change when a span comes late, and are exported once and once more', async () => {
    await eventually('the trace is exported', async () => server.stdout().includes('TRACE'));
    const before = server.stdout().split('TRACE').length;
    await redis.add('mesh:trace', [call.late]);
    await eventually('the late span is there', async () => (await readTrace()).SpanCount === 6);
    expect((await get('/trace/list')).json).toMatchObject({ total: 1 });
    await eventually('the update is exported', async () => server.stdout().split('TRACE').length === before + 1);
  });

  it('correlate with logs', async () => {
    const log = { msg: 'card refused', level: 'ERROR', trace: { trace_id: meshTraceId.toUpperCase() } };
    await fetch(`${server.url}/mcp-mesh-logs/_doc?refresh=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(log),
    });
    expect((await get(`/trace/${meshTraceId}/logs`)).json).toMatchObject({ count: 1, logs: [log] });
    const { stdout } = await run(process.execPath, [builtCli, 'trace', meshTraceId, '--logs', '--url', server.url]);
    for (const word of [...call.agents, 'card refused']) expect(stdout).toContain(word);
  });

  it('are visible while they run', async () => {
    const now = (Date.now() / 1000).toFixed(3);
    await redis.add('mesh:trace', [
      {
        trace_id: 'running-1',
        span_id: 'r1',
        event_type: 'span_start',
        operation: 'tool:slow',
        timestamp: now,
        agent_name: 'slow-service',
      },
    ]);
    const state = await eventually('it is visible', async () => {
      const { status, json } = await get('/api/traces/running-1');
      return status === 200 && json.state;
    });
    expect(state).toBe('running');
    expect((await get('/trace/running-1')).json).toMatchObject({ Spans: [{ EndTime: null, DurationMS: null }] });
  });

  it('are not held up by what cannot be read', async () => {
    await redis.add('mesh:trace', poison);
    const letters = await eventually('the dead letters', async () => {
      const { json } = await get('/api/dead-letters?source=redis');
      return Number(json.total) === poison.length && json;
    });
    expect(JSON.stringify(letters)).toContain('reason');
    await eventually('everything is acknowledged', async () => {
      const { json } = await get('/trace/status');
      return (json.consumer as { group_pending: number }).group_pending === 0;
    });
  });

  it('keep the password of Redis to themselves', async () => {
    for (const path of ['/trace/status', '/trace/info', '/api/status', '/trace/stats'])
      expect((await get(path)).text).not.toContain(password);
    expect(server.stdout() + server.stderr()).not.toContain(password);
  });
});
