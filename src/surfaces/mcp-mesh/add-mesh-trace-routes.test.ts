import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { createTraceQueries } from '../../queries/traces/trace-queries.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { MeshServer, meshConsumer, meshSettings } from './testing/mesh-server.ts';
import { id, meshSpans, openedAt } from './testing/mesh-spans.ts';

let table: TraceTable;
let server: MeshServer;

beforeAll(async () => {
  table = await openTraceTable();
  await table.load(meshSpans, openedAt);
});
afterAll(async () => {
  await table.close();
});

const start = (changed: Partial<MeshTracePorts> = {}) => new MeshServer(table, openedAt + 60_000, changed);

beforeEach(() => {
  server = start({ logsOfTrace: async (asked) => (asked === id ? [{ msg: 'hello', big: 12345678901234567890n }] : []) });
});
afterEach(() => server.app.close());

const get = async (path: string) => {
  const answer = await server.get(path);
  expect(answer.type).toBe('application/json; charset=utf-8');
  return answer;
};

const completed = {
  TraceID: id,
  Spans: [
    {
      TraceID: id,
      SpanID: 'root',
      ParentSpan: null,
      AgentName: 'dependent-service',
      AgentID: 'dependent-1',
      IPAddress: '10.0.0.1',
      Operation: 'generate_report',
      StartTime: '2025-11-21T04:40:00.123456Z',
      EndTime: '2025-11-21T04:40:00.138456Z',
      DurationMS: 15,
      Success: true,
      ErrorMessage: null,
      Capability: 'report',
      TargetAgent: null,
      Runtime: 'python',
    },
    {
      TraceID: id,
      SpanID: 'proxy',
      ParentSpan: 'root',
      AgentName: 'dependent-service',
      AgentID: '',
      IPAddress: '',
      Operation: 'proxy_call_wrapper',
      StartTime: '2025-11-21T04:40:00.124456Z',
      EndTime: '2025-11-21T04:40:00.132456Z',
      DurationMS: 8,
      Success: true,
      ErrorMessage: null,
      Capability: null,
      TargetAgent: null,
      Runtime: 'python',
    },
    {
      TraceID: id.replaceAll('-', ''),
      SpanID: 'callee',
      ParentSpan: 'proxy',
      AgentName: 'fastmcp-service',
      AgentID: '',
      IPAddress: '',
      Operation: 'get_current_time',
      StartTime: '2025-11-21T04:40:00.125456Z',
      EndTime: '2025-11-21T04:40:00.131456Z',
      DurationMS: 6,
      Success: false,
      ErrorMessage: 'boom',
      Capability: null,
      TargetAgent: null,
      Runtime: 'python',
    },
  ],
  StartTime: '2025-11-21T04:40:00.123456Z',
  EndTime: '2025-11-21T04:40:00.138456Z',
  Duration: 15_000_000,
  Success: false,
  SpanCount: 3,
  AgentCount: 2,
  Agents: ['dependent-service', 'fastmcp-service'],
};

describe('one trace', () => {
  it.each(['/trace/', '/api/trace/'])('is answered below %s in any spelling of its id, with keys as Go orders them', async (prefix) => {
    for (const spelling of [id, id.toUpperCase(), id.replaceAll('-', '')]) {
      const { status, text } = await get(prefix + spelling);
      expect([status, text]).toEqual([200, JSON.stringify(completed)]);
    }
  });

  it('is told from one that is not there', async () => {
    expect(await get('/trace/nope')).toMatchObject({ status: 404, json: { error: 'trace not found', trace_id: 'nope' } });
    expect(await get('/trace/')).toMatchObject({ status: 400, json: { error: 'trace_id parameter required' } });
    expect(await get('/api/trace/nope')).toMatchObject({ status: 404 });
  });

  it.each([
    ['long', 'x'.repeat(10_000)],
    ['path', '..%2F..%2Fetc%2Fpasswd'],
    ['SQL', "'%20OR%201%3D1--"],
    ['NUL', '%00'],
    ['quotes', '%22%3B'],
    ['prototype', '__proto__'],
    ['emoji', '%F0%9F%98%80'],
    ['slash', 'status%2F'],
  ])('takes an id of kind %s for an id', async (_, hostile) => {
    expect(await get(`/trace/${hostile}`)).toMatchObject({
      status: 404,
      json: { error: 'trace not found', trace_id: decodeURIComponent(hostile) },
    });
  });

  it('shows what is open without an end', async () => {
    const { json } = await get('/trace/open%20one');
    expect(json.Spans).toMatchObject([{ EndTime: null, DurationMS: null, Success: null }]);
  });
});

describe('/trace/{id}/logs', () => {
  it('gives the logs with their digits', async () => {
    const { text } = await get(`/trace/${id}/logs`);
    expect(text).toBe(`{"trace_id":"${id}","count":1,"logs":[{"msg":"hello","big":12345678901234567890}]}`);
  });

  it('tells a trace without logs from no trace', async () => {
    expect(await get('/trace/quick/logs')).toMatchObject({ status: 200, json: { trace_id: 'quick', count: 0, logs: [] } });
    expect(await get('/trace/nope/logs')).toMatchObject({ status: 404, json: { error: 'trace not found' } });
  });
});

describe('/trace/list', () => {
  it('gives the newest first, in upstream’s envelope', async () => {
    const { json, text } = await get('/trace/list');
    expect(Object.keys(json)).toEqual(['count', 'enabled', 'limit', 'offset', 'total', 'traces']);
    expect(json).toMatchObject({ count: 3, enabled: true, limit: 20, offset: 0, total: 3 });
    expect((json.traces as { TraceID: string }[]).map(({ TraceID }) => TraceID)).toEqual(['quick', 'open one', id]);
    expect(text).toContain(JSON.stringify(completed));
  });

  it.each([
    ['limit=1', 1, 0, 1],
    ['limit=100', 100, 0, 3],
    ['limit=101', 20, 0, 3],
    ['limit=0', 20, 0, 3],
    ['limit=-5', 20, 0, 3],
    ['limit=abc', 20, 0, 3],
    ['limit=1.5', 20, 0, 3],
    ['limit=1&limit=2', 1, 0, 1],
    ['limit[]=1', 20, 0, 3],
    ['limit=9999999999999999999999', 20, 0, 3],
    ['offset=1', 20, 1, 2],
    ['offset=3', 20, 3, 0],
    ['offset=-1', 20, 0, 3],
    ['offset=x', 20, 0, 3],
    ['offset=1000000000', 20, 1_000_000_000, 0],
  ])('with %s has limit %d, offset %d and %d traces', async (query, limit, offset, count) => {
    const { json } = await get(`/trace/list?${query}`);
    expect(json).toMatchObject({ limit, offset, count, total: 3 });
    expect(json.traces).toHaveLength(count);
  });
});

it('does not tell of fewer traces than it lists', async () => {
  const other = start({ queries: { ...createTraceQueries(table.engine, meshSettings), count: async () => 0 } });
  expect((await other.get('/trace/list?limit=1&offset=1')).json).toMatchObject({ count: 1, total: 2 });
  expect((await other.get('/trace/list?offset=7')).json).toMatchObject({ count: 0, total: 0 });
  await other.app.close();
});

describe('/trace/search', () => {
  it.each<[string, string[], object]>([
    ['', ['quick', 'open one', id], { limit: 20 }],
    ['agent_name=fastmcp-service', [id], { agent_name: 'fastmcp-service', limit: 20 }],
    ['agent_name=fastmcp', [], { agent_name: 'fastmcp', limit: 20 }],
    ['operation=current', [id], { operation: 'current', limit: 20 }],
    ['operation=%25', [], { operation: '%', limit: 20 }],
    ['parent_span_id=proxy', [id], { parent_span_id: 'proxy', limit: 20 }],
    ['parent_span_id=nope', [], { parent_span_id: 'nope', limit: 20 }],
    ['success=false', [id], { success: false, limit: 20 }],
    ['success=T&limit=1', ['quick'], { success: true, limit: 1 }],
    ['success=yes', ['quick', 'open one', id], { limit: 20 }],
    ['min_duration_ms=15', [id], { min_duration_ms: 15, limit: 20 }],
    ['min_duration_ms=16', [], { min_duration_ms: 16, limit: 20 }],
    ['max_duration_ms=1', ['quick', 'open one'], { max_duration_ms: 1, limit: 20 }],
    ['max_duration_ms=-1', [], { max_duration_ms: -1, limit: 20 }],
    ['min_duration_ms=1e3', ['quick', 'open one', id], { limit: 20 }],
    ['min_duration_ms=9223372036854775807', [], { min_duration_ms: Number(2n ** 63n - 1n), limit: 20 }],
    ['start_time=2025-11-21T04:40:01Z', ['quick', 'open one'], { start_time: '2025-11-21T04:40:01Z', limit: 20 }],
    ['start_time=2025-11-21T05:40:02.0%2B01:00', ['quick'], { start_time: '2025-11-21T05:40:02+01:00', limit: 20 }],
    ['start_time=2025-11-21T05:40:02+01:00', ['quick'], { start_time: '2025-11-21T05:40:02+01:00', limit: 20 }],
    ['end_time=2025-11-21T04:40:01Z', [id], { end_time: '2025-11-21T04:40:01Z', limit: 20 }],
    ['end_time=2025-11-21', ['quick', 'open one', id], { limit: 20 }],
    [
      'start_time=0000-01-01T00:00:00Z&end_time=9999-12-31T23:59:59Z',
      ['quick', 'open one', id],
      { start_time: '0000-01-01T00:00:00Z', end_time: '9999-12-31T23:59:59Z', limit: 20 },
    ],
    [
      'agent_name=dependent-service&success=false&operation=report',
      [id],
      { agent_name: 'dependent-service', operation: 'report', success: false, limit: 20 },
    ],
    [`agent_name=${'%27'.repeat(300)}`, [], { agent_name: "'".repeat(300), limit: 20 }],
    ['agent_name[__proto__]=x&constructor=y', ['quick', 'open one', id], { limit: 20 }],
  ])('%.80s', async (query, ids, criteria) => {
    const { status, json } = await get(`/trace/search?${query}`);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['count', 'criteria', 'enabled', 'traces']);
    expect((json.traces as { TraceID: string }[]).map(({ TraceID }) => TraceID)).toEqual(ids);
    expect(json).toMatchObject({ count: ids.length, enabled: true });
    expect(json.criteria).toEqual(criteria);
  });
});

describe('/trace/stats', () => {
  it('has the members of upstream’s code and of its documentation', async () => {
    const { json } = await get('/trace/stats');
    expect(Object.keys(json)).toEqual(Object.keys(json).toSorted());
    expect(json).toMatchObject({
      enabled: true,
      stats_available: true,
      total_traces: 3,
      success_traces: 2,
      failed_traces: 1,
      total_spans: 5,
      total_duration_ms: 16,
      agents_seen: ['dependent-service', 'fastmcp-service', 'solo'],
      agents_involved: ['dependent-service', 'fastmcp-service', 'solo'],
      first_trace: '2025-11-21T04:40:00.123456Z',
      last_trace: '2025-11-21T04:40:02.124456Z',
    });
    expect(json.avg_duration_ms).toBeCloseTo(16 / 3);
    expect(json.success_rate).toBeCloseTo(200 / 3);
    expect(json.avg_spans_per_trace).toBeCloseTo(5 / 3);
    expect(json.top_operations).toContainEqual({ operation: 'get_current_time', count: 1 });
  });

  it('says so when statistics are off', async () => {
    const other = start({ settings: { ...meshSettings, statistics: false } });
    expect((await other.get('/trace/stats')).json).toEqual({
      enabled: true,
      reason: 'statistics collection not enabled',
      stats_available: false,
    });
    await other.app.close();
  });
});

describe('/trace/status', () => {
  it.each(['/trace/status', '/trace/info'])('%s tells settings, consumer and what runs, without secrets', async (path) => {
    const other = start({ consumer: async () => meshConsumer });
    other.clock.now = openedAt + 20_000;
    const { json, text } = await other.get(path);
    await other.app.close();
    expect(Object.keys(json)).toEqual(['config', 'consumer', 'correlator', 'enabled', 'exporter_type', 'stream_through_mode']);
    expect(text).not.toMatch(/p@ss|w\?rd|hunter2|secret/);
    expect(json).toMatchObject({
      enabled: true,
      config: { redis_url: 'rediss://redis.example:6380/0', trace_timeout: 300_000_000_000, block_timeout: 5_000_000_000, batch_size: 100 },
      consumer: {
        running: true,
        stream_length: 15,
        stream_last_entry_id: '1753574400000-7',
        group_pending: 1,
        group_last_delivered_id: '1753574399999-1',
        group_lag: 2,
      },
      correlator: { active_traces: 1, trace_timeout: '5m0s', total_spans: 1, avg_spans_per_trace: 1, oldest_trace_age: '18.877s' },
    });
  });

  it('does not say how much is left where one stream does not know', async () => {
    const [first, second] = meshConsumer.streams as [(typeof meshConsumer.streams)[0], (typeof meshConsumer.streams)[0]];
    const other = start({ consumer: async () => ({ ...meshConsumer, streams: [{ ...first, lag: undefined }, second] }) });
    const { json } = await other.get('/trace/status');
    await other.app.close();
    expect(json.consumer).not.toHaveProperty('group_lag');
    expect(json.consumer).toMatchObject({ group_pending: 1, streams: [{ name: 'mesh:trace' }, { lag: 0 }] });
  });

  it('knows nothing that runs later', async () => {
    server.clock.now = openedAt + 400_000;
    expect((await get('/trace/status')).json).toMatchObject({
      correlator: { active_traces: 0, trace_timeout: '5m0s' },
      consumer: { running: false, enabled: false },
    });
  });
});

it('answers a failure of the engine in upstream’s form', async () => {
  const other = start({
    queries: { ...createTraceQueries(table.engine, meshSettings), count: async () => Promise.reject(new Error('a path /secret')) },
  });
  expect(await other.get('/trace/list')).toMatchObject({
    status: 500,
    json: { error: 'A defect in meshscope. Its own log has the details.' },
  });
  await other.app.close();
});
