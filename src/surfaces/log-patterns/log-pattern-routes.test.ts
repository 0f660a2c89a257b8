import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchServer } from '../elasticsearch/search/testing/search-server.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { openApiDocument } from '../http/openapi.ts';
import { logPatternRoutes } from './log-pattern-routes.ts';

const base = Date.parse('2026-01-31T12:00:00Z');

let server: SearchServer;
let app: FastifyInstance;

const record = (minute: number, msg: unknown, more: object = {}) => ({
  timestamp: new Date(base + minute * 60_000).toISOString(),
  level: 'INFO',
  ...(msg === undefined ? {} : { msg }),
  agent: { name: 'a' },
  ...more,
});

beforeAll(async () => {
  server = await SearchServer.open();
  await server.index('logs-1', [
    ...[1, 2, 31, 59].map((minute) =>
      record(minute, `pool at db-1:5432 exhausted: ${minute} of 50, id 0a1b2c3d-0000-4000-8000-0123456789ab`, { level: 'ERROR' }),
    ),
    record(-5, 'pool at db-1:5432 exhausted: 7 of 50, id 0a1b2c3d-0000-4000-8000-0123456789ab'),
    record(-70, 'too long ago'),
    record(-10, 'what was said before'),
    record(5, 'what is said now', { trace: { trace_id: 'abc' } }),
    record(6, ''),
    record(7, 42),
    record(8, ['one', 'two']),
    record(9, undefined, { service: { name: 's' }, exception: { message: 'boom 3' } }),
    record(60, 'not yet'),
  ]);
  app = Fastify();
  addApiRoutes(app, logPatternRoutes(server.search));
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await server.close();
});

type Json = Readonly<{ patterns: readonly Readonly<Record<string, unknown>>[]; records: number; records_before: number; error?: unknown }>;

const hour = { start: new Date(base).toISOString(), end: new Date(base + 3_600_000).toISOString() };

async function ask(body: object): Promise<{ status: number; json: Json }> {
  const response = await app.inject({ method: 'POST', url: '/api/log-patterns', payload: { ...hour, ...body } });
  return { status: response.statusCode, json: response.json<Json>() };
}

describe('POST /api/log-patterns', () => {
  it('counts messages of a kind, now and before', async () => {
    const { json } = await ask({});
    expect(json).toMatchObject({ records: 9, records_before: 2, sampled_every: 1, is_cut: false, step_ms: 120_000 });
    expect(json.patterns.map(({ pattern, state, count, count_before: before }) => [pattern, state, count, before])).toEqual([
      ['pool at db-<*> exhausted: <*> of <*>, id <*>', 'both', 4, 1],
      ['', 'new', 1, 0],
      ['<*>', 'new', 1, 0],
      ['boom <*>', 'new', 1, 0],
      ['one, two', 'new', 1, 0],
      ['what is said now', 'new', 1, 0],
      ['what was said before', 'gone', 0, 1],
    ]);
  });

  it('shows when they came, the newest one, and a trace', async () => {
    const { patterns } = (await ask({})).json;
    const pool = patterns[0];
    expect(pool).toMatchObject({ level: 'ERROR', last: '2026-01-31T12:59:00.000Z', agents: ['a'] });
    expect(pool?.message).toContain('59 of 50');
    expect(((pool?.trend ?? []) as number[]).flatMap((value, at) => (value > 0 ? [[at, value]] : []))).toEqual([
      [0, 1],
      [1, 1],
      [15, 1],
      [29, 1],
    ]);
    expect(patterns.find(({ pattern }) => pattern === 'what is said now')).toMatchObject({ trace_id: 'abc' });
    expect(patterns.find(({ pattern }) => pattern === 'boom <*>')).toMatchObject({ message: 'boom 3' });
  });

  it('takes a query and indices', async () => {
    const { json } = await ask({ query: { query_string: { query: 'level:ERROR' } } });
    expect(json.patterns).toHaveLength(1);
    expect((await ask({ index: 'other-*' })).json.patterns).toEqual([]);
    expect((await ask({ limit: 2 })).json).toMatchObject({ total: 7, patterns: [{}, {}] });
  });

  it('takes times in every spelling', async () => {
    const same = await ask({});
    expect((await ask({ start: String(base), end: `${hour.start}||+1h` })).json).toEqual(same.json);
  });

  it.each([
    [{ query: { query_string: { query: 'a AND (' } } }, 400, 'Failed to parse query [a AND (]'],
    [{ query: { nonsense: {} } }, 400, 'nonsense'],
    [{ start: hour.end, end: hour.start }, 400, 'must be after start'],
    [{ start: '1990-01-01T00:00:00Z' }, 400, 'at most 366 days'],
    [{ start: 'yesterday' }, 400, 'start'],
    [{ limit: 0 }, 400, 'limit'],
    [{ more: 1 }, 400, 'more'],
  ])('refuses %j', async (body, status, words) => {
    const answer = await ask(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.json.error)).toContain(words);
  });

  it('is described', () => {
    expect(JSON.stringify(openApiDocument(logPatternRoutes(server.search), '1'))).toContain('/api/log-patterns');
  });
});
