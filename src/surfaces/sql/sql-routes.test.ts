import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import type { RunSql } from '../../queries/sql/run-sql.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { sqlRoutes } from './sql-routes.ts';

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function serve(run: RunSql | undefined): Promise<FastifyInstance> {
  app = Fastify();
  addApiRoutes(app, sqlRoutes(run));
  await app.ready();
  return app;
}

const answer = { columns: ['a'], rows: [[1]], truncated: false };
const ask = (server: FastifyInstance, body: object) => server.inject({ method: 'POST', url: '/api/sql', payload: body });

describe('/api/sql', () => {
  it('answers with columns and rows, and passes on how many are wanted', async () => {
    const asked: unknown[] = [];
    const server = await serve(async (statement, { maxRows }) => {
      asked.push([statement, maxRows]);
      return answer;
    });
    const given = await ask(server, { query: 'SELECT 1 AS a' });
    expect([given.statusCode, given.json()]).toEqual([200, answer]);
    await ask(server, { query: 'SELECT 1', max_rows: 7 });
    expect(asked).toEqual([
      ['SELECT 1 AS a', 1000],
      ['SELECT 1', 7],
    ]);
  });

  it.each([
    [{}, 400],
    [{ query: '' }, 400],
    [{ query: 7 }, 400],
    [{ query: 'x'.repeat(20_001) }, 400],
    [{ query: 'SELECT 1', max_rows: 0 }, 400],
    [{ query: 'SELECT 1', max_rows: 10_001 }, 400],
    [{ query: 'SELECT 1', settings: {} }, 400],
  ])('refuses %j', async (body, status) => {
    expect((await ask(await serve(async () => answer), body)).statusCode).toBe(status);
  });

  it('takes JSON only, which no form of a foreign page can send', async () => {
    const server = await serve(async () => answer);
    const sent = await server.inject({
      method: 'POST',
      url: '/api/sql',
      headers: { 'content-type': 'text/plain' },
      payload: '{"query":"SELECT 1"}',
    });
    expect(sent.statusCode).toBe(400);
  });

  it('can be switched off, and tells mistakes', async () => {
    const off = await ask(await serve(undefined), { query: 'SELECT 1' });
    expect([off.statusCode, off.json()]).toMatchObject([403, { error: { code: 'forbidden' } }]);
    await app?.close();
    const wrong = await ask(
      await serve(async () => {
        throw new AppError('bad_request', 'At character 1 of the statement: SELECT is expected here.');
      }),
      { query: 'DROP' },
    );
    expect([wrong.statusCode, wrong.json()]).toMatchObject([
      400,
      { error: { message: 'At character 1 of the statement: SELECT is expected here.' } },
    ]);
  });

  it('stops the statement of a client that goes away', async () => {
    let stopped: (() => void) | undefined;
    const isStopped = new Promise<void>((resolve) => {
      stopped = resolve;
    });
    let began: (() => void) | undefined;
    const hasBegun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const server = await serve(
      (_statement, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => {
            stopped?.();
            reject(new AppError('query_too_expensive', 'stopped'));
          });
          began?.();
        }),
    );
    const gone = new AbortController();
    const asked = fetch(`${await server.listen({ port: 0, host: '127.0.0.1' })}/api/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'SELECT 1' }),
      signal: gone.signal,
    });
    const failed = asked.then(
      () => 'answered',
      () => 'gone',
    );
    await hasBegun;
    gone.abort();
    await isStopped;
    expect(await failed).toBe('gone');
  });

  it('tells its tables', async () => {
    const given = await (await serve(undefined)).inject('/api/sql/tables');
    expect(given.json<{ tables: { name: string }[] }>().tables.map(({ name }) => name)).toEqual(['logs', 'spans', 'traces', 'metrics']);
  });
});
