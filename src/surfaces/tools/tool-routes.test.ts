import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unknownSpan } from '../../model/span.ts';
import { createToolQueries } from '../../queries/tool-statistics/tool-statistics.ts';
import { openTraceTable, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { openApiDocument } from '../http/openapi.ts';
import { toolRoutes } from './tool-routes.ts';

const base = 1_763_700_000_000;

let table: TraceTable;
let app: FastifyInstance;
let routes: ReturnType<typeof toolRoutes>;

/** A call that began so many milliseconds after `base` and took as many as it is told. */
const call = (tool: string, at: number, took: number, failed: boolean) => ({
  ...unknownSpan,
  record: 'span' as const,
  traceId: `${tool}-${at}`,
  spanId: `s${at}`,
  name: `tools/call ${tool}`,
  kind: 'server' as const,
  service: 'weather',
  startNanos: `${base + at}000000`,
  endNanos: `${base + at + took}000000`,
  attributes: JSON.stringify({
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': tool,
    'mcp.client.name': 'claude',
    'meshscope.outcome': failed ? 'tool_error' : 'ok',
    ...(failed ? { 'error.type': 'tool_error' } : {}),
    'meshscope.request_bytes': 100.5,
  }),
});

beforeAll(async () => {
  table = await openTraceTable();
  await table.load(
    [call('slow', 0, 50, false), call('slow', 10, 150, false), call('bad', 20, 1, true), call('old', -7_200_000, 1, false)],
    base,
  );
  routes = toolRoutes(createToolQueries(table.engine, { timeoutMillis: 10_000 }, { now: () => base + 60_000 }));
  app = Fastify();
  addApiRoutes(app, routes);
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await table.close();
});

type Json = Readonly<{ tools: readonly Readonly<Record<string, unknown>>[]; total: number; error: unknown }>;

async function get(query: Readonly<Record<string, string>> = {}): Promise<{ status: number; json: Json }> {
  const response = await app.inject({ method: 'GET', url: '/api/tools', query: { ...query } });
  return { status: response.statusCode, json: response.json<Json>() };
}

describe('GET /api/tools', () => {
  it('answers about the last hour, the worst first', async () => {
    const { status, json } = await get();
    expect(status).toBe(200);
    expect(json.total).toBe(2);
    expect(json.tools[0]).toMatchObject({ tool: 'bad', errors_by_kind: [{ kind: 'tool_error', type: '', calls: 1 }] });
    expect(json.tools[1]).toEqual({
      server: 'weather',
      tool: 'slow',
      calls: 2,
      errors: 0,
      errors_by_kind: [],
      clients: ['claude'],
      avg_ms: 100,
      p50_ms: 50,
      p95_ms: 150,
      p99_ms: 150,
      max_ms: 150,
      slowest_trace_id: 'slow-10',
      slowest_span_id: 's10',
      request_bytes: 201,
      response_bytes: null,
      first_seen: new Date(base).toISOString(),
      last_seen: new Date(base + 160).toISOString(),
    });
  });

  it.each([
    [{ start: 'now-1d' }, ['bad', 'slow', 'old']],
    [{ start: 'now-1d', end: 'now-1h' }, ['old']],
    [{ limit: '1' }, ['bad']],
    [{ service: 'weather' }, ['bad', 'slow']],
    [{ service: 'nobody' }, []],
  ] as const)('with %j names %j', async (query, expected) => {
    expect((await get(query)).json.tools.map(({ tool }) => tool)).toEqual(expected);
  });

  it.each([{ limit: '0' }, { limit: '1001' }, { start: 'yesterday-ish' }, { start: 'now', end: 'now-1h' }, { colour: 'red' }])(
    'refuses %j',
    async (query) => {
      const { status, json } = await get(query as Readonly<Record<string, string>>);
      expect([status, json.error]).toEqual([400, { code: 'bad_request', message: expect.any(String) }]);
    },
  );

  it('is as it is described', async () => {
    const schema = routes[0]?.answers[200]?.schema;
    expect(schema?.safeParse((await get()).json).error).toBeUndefined();
    expect(JSON.stringify(openApiDocument(routes, '1'))).toContain('"/api/tools"');
  });
});
