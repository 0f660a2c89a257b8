import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unknownSpan } from '../../model/span.ts';
import { createToolQueries } from '../../queries/tool-statistics/tool-statistics.ts';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { activityRoutes } from './activity-routes.ts';

const base = 1_763_700_000_000;

let table: TraceTable;
let app: FastifyInstance;
let routes: ReturnType<typeof activityRoutes>;

const span = (service: string, name: string, at: number, took: number, attributes: object, failed = false) => ({
  ...unknownSpan,
  record: 'span' as const,
  traceId: `${service}-${name}-${at}`,
  spanId: `s${at}`,
  name,
  kind: 'server' as const,
  service,
  status: failed ? ('error' as const) : ('ok' as const),
  startNanos: `${base + at}000000`,
  endNanos: `${base + at + took}000000`,
  attributes: JSON.stringify(attributes),
});
const call = (tool: string, at: number, took: number, outcome: string) =>
  span('weather', `tools/call ${tool}`, at, took, {
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': tool,
    'mcp.client.name': 'claude',
    'meshscope.outcome': outcome,
    'meshscope.request_bytes': 100,
  });

beforeAll(async () => {
  table = await openTraceTable();
  await table.load(
    [
      call('forecast', 0, 10, 'ok'),
      call('forecast', 1, 100, 'tool_error'),
      call('forecast', 60_000, 1000, 'ok'),
      call('sum', 120_000, 1, 'ok'),
      span('planner', 'make_plan', 60_001, 2000, {}, true),
      { ...span('planner', 'SELECT x', 60_002, 1, {}), kind: 'client', parentId: 's60001' },
      call('forecast', 180_000, 1, 'ok'),
    ],
    base,
  );
  routes = activityRoutes(createToolQueries(table.engine, { timeoutMillis: 10_000 }, { now: () => base + 180_000 }));
  app = Fastify();
  addApiRoutes(app, routes);
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await table.close();
});

type Series = Readonly<{ calls: readonly number[]; errors: readonly number[]; p95_ms: readonly (number | null)[] }>;
type Json = Readonly<{
  all: Series;
  servers: readonly Readonly<{ server: string; series: Series }>[];
  tools: readonly Readonly<{ tool: string; series: Series }>[];
  detail: Readonly<Record<string, unknown>> | null;
  calls: readonly Readonly<{ tool: string; trace_id: string }>[];
}>;

const window = { start: String(base), end: new Date(base + 179_999).toISOString(), step: '1m' };

async function get(path: string, query: Readonly<Record<string, string>>): Promise<{ status: number; json: Json }> {
  const response = await app.inject({ method: 'GET', url: path, query: { ...query } });
  return { status: response.statusCode, json: response.json<Json>() };
}

describe('GET /api/tools/activity', () => {
  it('has a value for each step of each series', async () => {
    const { status, json } = await get('/api/tools/activity', window);
    expect(status).toBe(200);
    expect(json.all.calls).toEqual([2, 1, 1]);
    expect(json.all.errors).toEqual([1, 0, 0]);
    expect(json.tools.map(({ tool, series }) => [tool, series.calls])).toEqual([
      ['forecast', [2, 1, 0]],
      ['sum', [0, 0, 1]],
    ]);
    const [p95, none] = [json.tools[0]?.series.p95_ms[1] ?? 0, json.tools[0]?.series.p95_ms[2]];
    expect(Math.abs(p95 - 1000)).toBeLessThan(10);
    expect(none).toBeNull();
    expect(json.detail).toBeNull();
    expect(routes[0]?.answers[200]?.schema?.safeParse(json).error).toBeUndefined();
  });

  it('counts what agents were asked to do when it is told to, and not their steps', async () => {
    const { json } = await get('/api/tools/activity', { ...window, operations: 'true' });
    expect(json.servers.map(({ server, series }) => [server, series.calls, series.errors])).toEqual([
      ['planner', [0, 1, 0], [0, 1, 0]],
      ['weather', [2, 1, 1], [1, 0, 0]],
    ]);
  });

  it('tells more of one tool', async () => {
    const { json } = await get('/api/tools/activity', { ...window, service: 'weather', tool: 'forecast' });
    expect(json.detail).toMatchObject({
      outcomes: { ok: [1, 1, 0], tool_error: [1, 0, 0] },
      clients: { claude: 3 },
      request_bytes: [200, 100, 0],
      response_bytes: [0, 0, 0],
    });
    const cells = json.detail?.heatmap as readonly { step: number; from_ms: number; to_ms: number; calls: number }[];
    expect(cells.map(({ step, calls }) => [step, calls])).toEqual([
      [0, 1],
      [0, 1],
      [1, 1],
    ]);
    expect(cells.every(({ from_ms, to_ms }, at) => from_ms <= ([10, 100, 1000][at] ?? 0) && to_ms > ([10, 100, 1000][at] ?? 0))).toBe(true);
    expect(routes[0]?.answers[200]?.schema?.safeParse(json).error).toBeUndefined();
  });

  it('puts each duration into the cell whose limits it is between', async () => {
    // Whole nanoseconds on both sides of each limit.
    const durations = Array.from({ length: 40 }, (_, at) => Math.ceil(2 ** ((at + 28) / 2))).flatMap((limit) => [limit - 1, limit]);
    await table.load(
      durations.map((nanos, at) => ({
        ...call('limits', 600_000 + at, 0, 'ok'),
        endNanos: `${BigInt(base + 600_000 + at) * 1_000_000n + BigInt(nanos)}`,
      })),
      base,
    );
    const range = { start: String(base + 600_000), end: String(base + 660_000), step: '1m' };
    const { json } = await get('/api/tools/activity', { ...range, service: 'weather', tool: 'limits' });
    const cells = json.detail?.heatmap as readonly { from_ms: number; to_ms: number; calls: number }[];
    const [first, last] = [cells[0], cells.at(-1)];
    expect([cells.length, first?.calls, last?.calls]).toEqual([41, 1, 1]);
    for (const { from_ms, to_ms, calls } of cells)
      expect([from_ms, calls]).toEqual([
        from_ms,
        durations.filter((nanos) => nanos >= from_ms * 1e6 - 1e-3 && nanos < to_ms * 1e6 - 1e-3).length,
      ]);
  });

  it.each([{ step: '1ms' }, { step: 'often' }, { operations: 'yes' }, { colour: 'red' }])('refuses %j', async (query) => {
    expect((await get('/api/tools/activity', { ...window, ...(query as Readonly<Record<string, string>>) })).status).toBe(400);
  });
});

describe('GET /api/tools/calls', () => {
  it.each([
    [{}, ['forecast', 'forecast', 'forecast', 'sum']],
    [{ order: 'newest' }, ['sum', 'forecast', 'forecast', 'forecast']],
    [{ failed: 'true' }, ['forecast']],
    [{ operations: 'true', limit: '1' }, ['make_plan']],
    [{ tool: 'sum' }, ['sum']],
    [{ service: "o'x" }, []],
  ] as const)('with %j gives %j', async (query, expected) => {
    const { start, end } = window;
    const { json } = await get('/api/tools/calls', { start, end, ...query });
    expect(json.calls.map(({ tool }) => tool)).toEqual(expected);
    expect(routes[1]?.answers[200]?.schema?.safeParse(json).error).toBeUndefined();
  });
});
