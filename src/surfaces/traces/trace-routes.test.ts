import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { createTraceAnalysis } from '../../queries/traces-analysis/trace-analysis.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { openApiDocument } from '../http/openapi.ts';
import { traceRoutes } from './trace-routes.ts';

const base = 1_763_700_000_000;
const traces = { quietMillis: 3000, timeoutMillis: 300_000 };
const search = { timeoutMillis: 10_000, memoryBytes: 512 * 1024 ** 2, maxSpanRecords: 100_000 };

let table: TraceTable;
let app: FastifyInstance;

const span = (
  traceId: string,
  spanId: string,
  parentId: string,
  [start, end]: readonly [number, number],
  members: Partial<SpanRecord>,
): SpanRecord => ({
  ...unknownSpan,
  record: 'span',
  traceId,
  spanId,
  parentId,
  startNanos: `${base + start}000000`,
  endNanos: `${base + end}000000`,
  ...members,
});

/** A call of an agent to another, as MCP Mesh's agents and as OpenTelemetry's send it, one second after the one before. */
function calls(at: number): SpanRecord[] {
  const id = `c1b2c3d4-e5f6-7890-abcd-ef12345678${String(at).padStart(2, '0')}`;
  const start = at * 1000;
  const isFailed = at === 3;
  return [
    span(id, 'r', '', [start, start + 100], {
      name: 'report',
      service: 'frontend',
      kind: 'server',
      attributes: '{"http.status":200,"big":12345678901234567890}',
    }),
    span(id, 'p', 'r', [start + 10, start + 90], { name: 'proxy_call_wrapper', service: 'frontend', target: 'weather' }),
    span(id, 'w', 'p', [start + 20, start + 80 + at], {
      name: 'get_weather',
      service: 'weather',
      status: isFailed ? 'error' : 'ok',
      statusMessage: isFailed ? 'no "city" given' : '',
      attributes: JSON.stringify({ city: at % 2 === 0 ? 'Oslo' : 'Rome', tags: ['a', 'b'], hot: at > 2 }),
      resource: '{"host.name":"h1"}',
    }),
    span(id, 'd', 'w', [start + 30, start + 40], { name: 'query', service: 'weather', kind: 'client', target: 'postgres' }),
  ];
}

beforeAll(async () => {
  table = await openTraceTable();
  await table.load(Array.from({ length: 5 }, (_, at) => calls(at)).flat(), base);
  app = Fastify({ routerOptions: { maxParamLength: 16 * 1024 } });
  addApiRoutes(app, traceRoutes(createTraceAnalysis(table.engine, { search, traces, now: () => base + 60_000 })));
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await table.close();
});

type Json = Readonly<Record<string, never>> & Readonly<Record<string, unknown>>;

async function get(path: string, query: Readonly<Record<string, string>> = {}): Promise<{ status: number; json: Json }> {
  const response = await app.inject({ method: 'GET', url: path, query: { ...query } });
  return { status: response.statusCode, json: response.json<Json>() };
}

const ids = (json: Json) => (json.traces as unknown as readonly { trace_id: string }[]).map(({ trace_id }) => Number(trace_id.slice(-2)));

describe('GET /api/traces', () => {
  it.each([
    ['{}', [4, 3, 2, 1, 0]],
    ['{ resource.service.name = "frontend" } >> { status = error }', [3]],
    ['{ name = "report" } > { .agent_name = "weather" }', []],
    ['{ span.city =~ "O.*" && .hot }', [4]],
    ['{ .tags = "b" && .city != "Oslo" }', [3, 1]],
    ['{ duration > 63ms } | count() = 3', [4]],
    ['{ rootName = "report" && statusMessage = "no \\"city\\" given" }', [3]],
    ['{ trace:id = "C1B2C3D4E5F67890ABCDEF1234567802" }', [2]],
    ['{ parent.target_agent = "weather" }', [4, 3, 2, 1, 0]],
  ])('answers %s', async (q, expected) => {
    const { status, json } = await get('/api/traces', { q });
    expect(status).toBe(200);
    expect(ids(json)).toEqual(expected);
    expect(json).toMatchObject({ partial: false, partial_reason: null, next_cursor: null });
  });

  it('shows sets of spans with what is selected', async () => {
    const { json } = await get('/api/traces', {
      q: '{ .agent_name = "weather" } | by(name) | select(.city, status, .big)',
      limit: '1',
      spans_per_set: '1',
    });
    const [{ span_sets: sets }] = json.traces as unknown as readonly [{ span_sets: unknown }];
    expect(sets).toEqual([
      {
        by: { name: 'get_weather' },
        matched: 1,
        spans: [
          {
            span_id: 'w',
            name: 'get_weather',
            service: 'weather',
            status: 'ok',
            start_nanos: `${base + 4020}000000`,
            duration_nanos: '64000000',
            selected: { '.city': 'Oslo', status: 'ok', '.big': null },
          },
        ],
      },
      {
        by: { name: 'query' },
        matched: 1,
        spans: [expect.objectContaining({ span_id: 'd', selected: { '.city': null, status: 'unset', '.big': null } })],
      },
    ]);
  });

  it('pages through what it finds', async () => {
    const pages: number[][] = [];
    let cursor: string | undefined;
    do {
      const { json } = await get('/api/traces', { q: '{ kind = server }', limit: '2', ...(cursor === undefined ? {} : { cursor }) });
      pages.push(ids(json));
      cursor = (json.next_cursor as unknown as string | null) ?? undefined;
    } while (cursor !== undefined && pages.length < 9);
    expect(pages).toEqual([[4, 3], [2, 1], [0]]);
  });

  it.each([
    [{ start: String(base + 2000) }, [4, 3, 2]],
    [{ start: new Date(base + 1500).toISOString(), end: new Date(base + 3000).toISOString() }, [3, 2]],
    [{ end: `${base / 1000 + 1}` }, [1, 0]],
    [{ start: 'now-57s', end: `${base + 4000}000000` }, [4, 3]],
    [{ start: '2020-01-01', end: '2020' }, []],
  ])('takes the range %o', async (range, expected) => {
    const { json } = await get('/api/traces', { ...range });
    expect(ids(json)).toEqual(expected);
  });

  it.each([
    [{ q: '{ .a == 1 }' }, 'TraceQL, position 7'],
    [{ q: '{ name =~ "(" }' }, 'no regular expression'],
    [{ q: '{ name =~ "a)|(b" }' }, 'no regular expression'],
    [{ limit: '0' }, 'a whole number from 1 to 500'],
    [{ limit: 'x' }, 'a whole number'],
    [{ start: 'yesterday' }, 'start: "yesterday" is no time'],
    [{ start: 'now', end: 'now-1h' }, 'begins after its end'],
    [{ start: '9'.repeat(30) }, 'is no time'],
    [{ cursor: '1.2' }, 'take it from next_cursor'],
    [{ cursor: `1.2.${'9'.repeat(20)}` }, 'take it from next_cursor'],
    [{ offset: '3' }, 'offset'],
    [{ q: `{ .a = "${'x'.repeat(100_000)}" }` }, 'Too big'],
    [{ q: `{ ${'('.repeat(10_000)} }` }, 'nested more than 200 deep'],
  ])('refuses what is wrong (%#)', async (query, reason) => {
    const { status, json } = await get('/api/traces', query);
    expect(status).toBe(400);
    expect((json.error as unknown as { message: string }).message).toContain(reason);
  });

  it('answers a regular expression that makes others backtrack', async () => {
    const { status, json } = await get('/api/traces', { q: '{ name =~ "(a|a)*(g|g)*(.*)*x$" }' });
    expect([status, ids(json)]).toEqual([200, []]);
  });

  it.each(['__proto__', 'constructor', "'; DROP TABLE spans --", '\\', '\0', '`'])('takes the attribute %j for a name', async (name) => {
    const { status, json } = await get('/api/traces', {
      q: `{ span.${JSON.stringify(name).replace('\\u0000', '\0')} = "x" || .${JSON.stringify(name).replace('\\u0000', '\0')} != nil }`,
    });
    expect([status, ids(json)]).toEqual([200, []]);
  });

  it('says that it stopped early', async () => {
    const tight = Fastify();
    addApiRoutes(
      tight,
      traceRoutes(createTraceAnalysis(table.engine, { search: { ...search, maxSpanRecords: 7 }, traces, now: () => base + 60_000 })),
    );
    const { json } = { json: (await tight.inject({ url: '/api/traces', query: { q: '{ span:childCount = 99 }' } })).json<Json>() };
    expect(json).toMatchObject({ traces: [], partial: true });
    expect(json.partial_reason).toContain('more than 7 records');
    await tight.close();
  });
});

describe('one trace', () => {
  const id = 'c1b2c3d4-e5f6-7890-abcd-ef1234567803';

  it('is shown whole, in the order of its tree, by any spelling of its id', async () => {
    const { json } = await get(`/api/traces/${id.replaceAll('-', '').toUpperCase()}`);
    expect(json).toMatchObject({
      trace_id: id,
      state: 'complete',
      success: false,
      services: ['frontend', 'weather'],
      duration_nanos: '100000000',
    });
    const spans = json.spans as unknown as readonly Json[];
    expect(spans.map(({ span_id, depth, parent_index }) => [span_id, depth, parent_index])).toEqual([
      ['r', 0, null],
      ['p', 1, 0],
      ['w', 2, 1],
      ['d', 3, 2],
    ]);
    expect(spans[0]?.attributes).toMatchObject({ 'http.status': 200, big: '12345678901234567890' });
    expect(spans[2]).toMatchObject({
      status_message: 'no "city" given',
      attributes: { tags: ['a', 'b'] },
      resource: { 'host.name': 'h1' },
    });
  });

  it('has a critical path', async () => {
    const { json } = await get(`/api/traces/${id}/critical-path`);
    expect(json.duration_nanos).toBe('100000000');
    expect((json.segments as unknown as readonly { span: { name: string } }[]).map((segment) => segment.span.name)).toEqual([
      'report',
      'proxy_call_wrapper',
      'get_weather',
      'query',
      'get_weather',
      'proxy_call_wrapper',
      'report',
    ]);
  });

  it('is compared with another', async () => {
    const { json } = await get(`/api/traces/${id}/compare/${id.replace('03', '04')}`);
    expect((json.matched as unknown as readonly Json[]).filter(({ status_changed }) => status_changed)).toEqual([
      expect.objectContaining({ left_status: 'error', right_status: 'ok', duration_change_nanos: '1000000' }),
    ]);
    expect(json).toMatchObject({ added: [], removed: [] });
  });

  it.each([
    '/api/traces/nobody',
    '/api/traces/%00%27',
    `/api/traces/${'x'.repeat(5000)}`,
    '/api/traces/nobody/critical-path',
    `/api/traces/${id}/compare/nobody`,
  ])('is missing elsewhere (%#)', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('many traces at once', () => {
  const start = String(base - 1000);

  it('become a map of services', async () => {
    const { json } = await get('/api/traces/map', { start });
    const numbers = (calls: number, errors: number) => expect.objectContaining({ calls, errors });
    expect(json.nodes).toEqual([
      expect.objectContaining({ service: 'frontend', spans: 10, calls: 5 }),
      expect.objectContaining({ service: 'weather', spans: 10, calls: 5, errors: 1 }),
    ]);
    expect(json.edges).toEqual([
      expect.objectContaining({ caller: 'frontend', callee: 'weather', inferred: false }),
      expect.objectContaining({ caller: 'weather', callee: 'postgres', inferred: true }),
    ]);
    expect(json.edges).toEqual([numbers(5, 1), numbers(5, 0)]);
    const [{ p50_ms: p50 }] = json.edges as unknown as readonly [{ p50_ms: number }];
    expect(p50).toBeGreaterThan(61);
    expect(p50).toBeLessThan(63);
  });

  it('have latencies with exemplars', async () => {
    const { json } = await get('/api/traces/exemplars', { start, q: '{ name = "get_weather" }' });
    expect(json.exact).toBe(true);
    const buckets = json.buckets as unknown as readonly {
      from_nanos: string;
      to_nanos: string;
      spans: number;
      errors: number;
      exemplars: readonly { duration_nanos: string }[];
    }[];
    expect(buckets.map(({ spans, errors }) => [spans, errors])).toEqual([[5, 1]]);
    expect(buckets[0]?.exemplars).toHaveLength(3);
    for (const { duration_nanos } of buckets[0]?.exemplars ?? [])
      expect(Number(duration_nanos)).toBeGreaterThanOrEqual(Number(buckets[0]?.from_nanos));
    expect((await get('/api/traces/exemplars', { start, q: '{} >> {}' })).status).toBe(400);
    expect((await get('/api/traces/exemplars', { start, q: '{ parent.a = 1 }' })).status).toBe(400);
  });

  it('list names and values for completion', async () => {
    const { json } = await get('/api/traces/tags', { start });
    expect(json).toMatchObject({ span: ['big', 'city', 'hot', 'http.status', 'tags'], resource: ['host.name'] });
    expect(json.intrinsic).toContain('span:name');
    const values = async (name: string) => (await get(`/api/traces/tags/${encodeURIComponent(name)}/values`, { start })).json.values;
    expect(await values('.city')).toEqual([
      { value: 'Oslo', type: 'string', spans: 3 },
      { value: 'Rome', type: 'string', spans: 2 },
    ]);
    expect(await values('span.hot')).toContainEqual({ value: true, type: 'boolean', spans: 2 });
    expect(await values('status')).toContainEqual({ value: 'error', type: 'status', spans: 1 });
    expect(await values('agent_name')).toContainEqual({ value: 'weather', type: 'string', spans: 10 });
    expect(await values('resource.service.name')).toHaveLength(2);
    expect(await values("no such' name")).toEqual([]);
    expect((await get('/api/traces/tags/span%3Aid/values', { start })).status).toBe(400);
  });

  it('are described in OpenAPI', () => {
    const routes = traceRoutes(createTraceAnalysis(table.engine, { search, traces }));
    expect(Object.keys(openApiDocument(routes, '1').paths as Json).sort()).toEqual(routes.map(({ path }) => path).sort());
  });
});

describe('GET /api/traces/{id}/outline', () => {
  it('has the spans in columns, in the order of the tree, with the critical path', async () => {
    const { status, json } = await get('/api/traces/c1b2c3d4-e5f6-7890-abcd-ef1234567803/outline');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      duration_nanos: '100000000',
      now: new Date(base + 60_000).toISOString(),
      spans: {
        id: ['r', 'p', 'w', 'd'],
        parent: [-1, 0, 1, 2],
        operation: [0, 1, 2, 3],
        start: [0, 10e6, 20e6, 30e6],
        duration: [100e6, 80e6, 63e6, 10e6],
      },
      failed: [{ at: 2, message: 'no "city" given' }],
      orphans: [],
      human: [],
      critical_path: {
        at: [0, 1, 2, 3, 2, 1, 0],
        start: [0, 10e6, 20e6, 30e6, 40e6, 83e6, 90e6],
        end: [10e6, 20e6, 30e6, 40e6, 83e6, 90e6, 100e6],
        waiting: [],
      },
    });
    expect((json.operations as unknown as readonly unknown[])[2]).toEqual({
      service: 'weather',
      name: 'get_weather',
      kind: '',
      work: 'own',
    });
  });

  it('does not know every trace', async () => {
    expect((await get('/api/traces/gone/outline')).status).toBe(404);
  });
});

describe('GET /api/traces/{id}/spans/{span}', () => {
  it('shows everything of one span', async () => {
    const { json } = await get('/api/traces/C1B2C3D4E5F67890ABCDEF1234567800/spans/r');
    expect(json.spans).toMatchObject([{ span_id: 'r', attributes: { 'http.status': 200, big: '12345678901234567890' }, state: 'ended' }]);
  });

  it.each([["/spans/r' OR 1=1"], ['/spans/gone']])('does not know %s', async (path) => {
    expect((await get(`/api/traces/C1B2C3D4E5F67890ABCDEF1234567800${encodeURI(path)}`)).status).toBe(404);
  });
});

describe('POST /api/traces/differences', () => {
  const id = (at: number) => `c1b2c3d4e5f67890abcdef123456780${at}`;
  const post = async (payload: unknown) => {
    const response = await app.inject({ method: 'POST', url: '/api/traces/differences', payload: payload as object });
    return { status: response.statusCode, json: response.json<Json>() };
  };

  it('ranks what sets traces apart', async () => {
    const { json } = await post({ selected: [id(1), id(3)], others: [id(0), id(2), id(4)], limit: 3 });
    expect(json).toEqual({
      selected: 2,
      others: 3,
      differences: [
        { field: 'span.city', value: 'Oslo', selected: 0, others: 3 },
        { field: 'span.city', value: 'Rome', selected: 2, others: 0 },
        { field: 'span.hot', value: true, selected: 1, others: 1 },
      ],
    });
  });

  it('leaves out what all have, and lists', async () => {
    const { json } = await post({ selected: [id(1)], others: [id(0), id(2), id(4)] });
    const fields = (json.differences as unknown as readonly { field: string }[]).map(({ field }) => field);
    expect(new Set(fields)).toEqual(new Set(['span.city', 'span.hot']));
  });

  it.each([[{ selected: [], others: [id(1)] }], [{ selected: [id(1)] }], [{ selected: 'x', others: [''] }]])('refuses %j', async (body) => {
    expect((await post(body)).status).toBe(400);
  });
});
