import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTraceTable, type TraceTable } from './queries/traces/testing/trace-table.ts';
import { createSavedObjects } from './saved-objects.ts';
import { createSavedTable } from './store/saved-table.ts';
import { addApiRoutes } from './surfaces/http/api-route.ts';
import { savedRoutes } from './surfaces/saved/saved-routes.ts';

let table: TraceTable;
let app: FastifyInstance;

beforeAll(async () => {
  table = await openTraceTable();
  app = Fastify();
  // A clock that stands still: changes within a millisecond are told apart as well.
  addApiRoutes(app, savedRoutes(createSavedObjects(createSavedTable(table.engine), () => 1_763_700_000_000)));
  await app.ready();
});

afterAll(async () => {
  await app.close();
  await table.close();
});

async function send(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const answer = await app.inject({
    method,
    url: `/api/saved/${path}`,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, json: answer.json() };
}

describe('what people save', () => {
  it('is kept, replaced, listed by title and removed', async () => {
    const content = { panels: [{ title: 'it\'s \\ "quoted" \u0000 ünd' }], __proto__: null };
    const first = await send('PUT', 'dashboard/b', { title: 'Second', content });
    expect(first).toMatchObject({ status: 200, json: { id: 'b', title: 'Second', content: { panels: content.panels } } });
    await send('PUT', 'dashboard/a', { title: 'First', content: {} });
    await send('PUT', 'dashboard/b', { title: 'Third', content: { panels: [] } });
    await send('PUT', 'search/b', { title: 'Another kind', content: { q: 'level:ERROR' } });
    const { items } = (await send('GET', 'dashboard')).json;
    expect(items.map(({ id, title }: { id: string; title: string }) => [id, title])).toEqual([
      ['a', 'First'],
      ['b', 'Third'],
    ]);
    expect((await send('GET', 'search/b')).json.content).toEqual({ q: 'level:ERROR' });
    expect((await send('DELETE', 'dashboard/b')).json).toEqual({ removed: 1 });
    expect((await send('GET', 'dashboard/b')).status).toBe(404);
    expect((await send('DELETE', 'dashboard/b')).status).toBe(404);
    expect((await send('PUT', 'dashboard/b', { title: 'Back', content: {} })).status).toBe(200);
    expect((await send('GET', 'dashboard/b')).json.title).toBe('Back');
  });

  it('is not overwritten by someone who has not seen it', async () => {
    const { updated } = (await send('PUT', 'search/shared', { title: 'x', content: {} })).json;
    const both = await Promise.all([1, 2].map((n) => send('PUT', 'search/shared', { title: `by ${n}`, content: {}, expected: updated })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await send('PUT', 'search/gone', { title: 'x', content: {}, expected: updated })).status).toBe(409);
  });

  it('is as it is told, texts that are no Unicode too', async () => {
    const saved = await send('PUT', 'search/half', { title: '\ud800x', content: { text: '\ud800' } });
    expect(saved.status).toBe(200);
    expect((await send('GET', 'search/half')).json).toEqual(saved.json);
    const content = JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}') as object;
    const { json } = await send('PUT', 'search/half', { title: 'x', content });
    expect(JSON.stringify(json.content)).toBe(JSON.stringify(content));
  });

  it('is no more than can be listed', async () => {
    const content = { text: 'x'.repeat(512 * 1024 - 100) };
    let kept = 0;
    while (kept < 100 && (await send('PUT', `dashboard/large${kept}`, { title: 'x', content })).status === 200) kept++;
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThan(70);
    expect((await send('PUT', 'dashboard/large0', { title: 'y', content })).status).toBe(200);
    expect((await send('PUT', 'search/other', { title: 'y', content })).status).toBe(200);
    expect((await send('DELETE', 'dashboard/large1')).status).toBe(200);
    expect((await send('PUT', 'dashboard/large1', { title: 'y', content })).status).toBe(200);
  });

  it('is not nested so deep that nobody could print it', async () => {
    const deep = (levels: number) => `{"title":"x","content":{"text":"[[{\\"","a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
    const put = async (payload: string) =>
      (await app.inject({ method: 'PUT', url: '/api/saved/search/deep', headers: { 'content-type': 'application/json' }, payload }))
        .statusCode;
    expect(await put(deep(400))).toBe(200);
    expect(await put(deep(100_000))).toBe(400);
  });

  it.each([
    ['secret/a', { title: 'x', content: {} }, 404],
    ['search/a%20b', { title: 'x', content: {} }, 400],
    [`search/${'a'.repeat(65)}`, { title: 'x', content: {} }, 400],
    ['search/a', { title: ' ', content: {} }, 400],
    ['search/a', { title: 'x', content: [] }, 400],
    ['search/a', { title: 'x', content: {}, more: 1 }, 400],
    ['search/a', { title: 'x', content: { text: 'x'.repeat(600_000) } }, 413],
  ])('refuses %s %j', async (path, body, status) => {
    expect((await send('PUT', path, body)).status).toBe(status);
  });
});
