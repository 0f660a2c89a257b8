import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGuard } from './guard.ts';
import { addPageRedirect } from './page-redirect.ts';

describe('the root', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = Fastify();
    addGuard(app, { host: '127.0.0.1', username: 'ops', password: 'x', allowedHosts: [], allowedOrigins: [] });
    addPageRedirect(app);
    await app.register((scope, _options, done) => {
      scope.all('/*', async () => ({ tagline: 'other' }));
      done();
    });
  });
  afterAll(() => app.close());
  const authorization = `Basic ${Buffer.from('ops:x').toString('base64')}`;
  const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

  it.each([
    ['GET', '/', browser, true],
    ['GET', '/?pretty', browser, true],
    ['GET', '/', '*/*', false],
    ['GET', '/', 'application/json', false],
    ['GET', '/', undefined, false],
    ['GET', '/x', browser, false],
    ['GET', '//', browser, false],
    ['POST', '/', browser, false],
  ] as const)('of %s %s for %s leads to the page: %s', async (method, url, accept, isPage) => {
    const headers = { host: 'localhost:8000', authorization, ...(accept === undefined ? {} : { accept }) };
    const response = await app.inject({ method, url, headers });
    expect([response.statusCode, response.headers.location]).toEqual(isPage ? [302, '/ui/'] : [200, undefined]);
    if (isPage) expect(response.headers.vary).toBe('Accept');
  });

  it('comes after the guard', async () => {
    expect((await app.inject({ url: '/', headers: { host: 'localhost', accept: browser } })).statusCode).toBe(401);
    expect((await app.inject({ url: '/', headers: { host: 'evil.example', accept: browser, authorization } })).statusCode).toBe(403);
  });
});
