import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { elasticsearchServerOptions, frameDefaults, registerElasticsearch } from '../elasticsearch/frame.ts';
import { addReadScope, plain, type ReadCall } from './read-scope.ts';

let app: FastifyInstance;
let answer: (call: ReadCall) => ReturnType<typeof plain> | Promise<ReturnType<typeof plain>>;

beforeEach(async () => {
  app = Fastify({ ...elasticsearchServerOptions(['other']), logger: false });
  addReadScope(app, '/other', [{ path: '/api/things/:id', answer: (call) => answer(call) }], ({ status, message, path }) =>
    plain(`${status} ${path}: ${message}`, status),
  );
  await registerElasticsearch(app, [], { ...frameDefaults, reserved: ['other'] });
});

afterEach(() => app.close());

const get = (url: string) => app.inject({ method: 'GET', url });

describe('a scope of reading routes', () => {
  it('decodes parameters once, and keeps what is repeated', async () => {
    answer = ({ param, query }) => plain(JSON.stringify([param('id'), query.getAll('a'), param('__proto__')]), 200);
    expect((await get('/other/api/things/x%252Fy%2Fz?a=1&a=%26?&b')).json()).toEqual(['x%2Fy/z', ['1', '&?'], '']);
  });

  it.each([
    [() => new AppError('too_busy', 'later'), 429, '429 /api/things/1: later', '1'],
    [() => new AppError('shutting_down', 'stopping'), 503, '503 /api/things/1: stopping', '1'],
    [() => new AppError('not_found', 'no'), 404, '404 /api/things/1: no', undefined],
    [
      () => new Error('/data/secret.sql'),
      500,
      '500 /api/things/1: A defect in meshscope. Its own log has the details; please report them.',
      undefined,
    ],
  ] as const)('answers failure %# in its own form', async (fail, status, body, retryAfter) => {
    answer = () => {
      throw fail();
    };
    const { statusCode, headers, ...rest } = await get('/other/api/things/1');
    expect([statusCode, rest.body, headers['retry-after'], headers['cache-control']]).toEqual([status, body, retryAfter, 'no-store']);
  });

  it.each(['/other', '/other/', '/other/api', '/other/_search', '/other/_doc/1', '/other/%zz', '/other/api/things/1/more'])(
    'leaves nothing below its prefix to other surfaces: %s',
    async (url) => {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'] as const) {
        const { statusCode, body } = await app.inject({ method, url, payload: '{', headers: { 'content-type': 'application/json' } });
        expect(statusCode).toBeGreaterThanOrEqual(400);
        expect(statusCode).toBeLessThan(405);
        expect(body).not.toContain('root_cause');
      }
    },
  );

  it('says in a header why an answer is not whole, whatever the reason holds', async () => {
    answer = () => ({ ...plain('some', 200), partial: 'the "limit"\r\nSet-Cookie: a=b\u2603 \\' });
    const { headers } = await get('/other/api/things/1');
    expect(headers.warning).toBe('199 meshscope "the ?limit???Set-Cookie: a=b? ?"');
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('stops asking when the client has gone', async () => {
    const aborted = new Promise<boolean>((resolve) => {
      answer = async ({ signal }) => {
        setTimeout(() => client.destroy(), 20);
        await once(signal, 'abort');
        resolve(signal.aborted);
        return plain('', 200);
      };
    });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = connect(Number(new URL(address).port), '127.0.0.1');
    client.write('GET /other/api/things/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await aborted).toBe(true);
  });
});
