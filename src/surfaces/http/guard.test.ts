import { type AddressInfo, createConnection } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { addApiRoutes } from './api-route.ts';
import { addGuard, type GuardOptions } from './guard.ts';
import { healthRoutes } from './health.ts';

const defaults: GuardOptions = { host: '127.0.0.1', username: '', password: '', allowedHosts: [], allowedOrigins: [] };
const opened: FastifyInstance[] = [];
afterAll(() => Promise.all(opened.map((app) => app.close())));

async function serve(options: Partial<GuardOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  opened.push(app);
  addGuard(app, { ...defaults, ...options });
  addApiRoutes(app, healthRoutes({ ready: () => true }));
  await app.register((scope, _options, done) => {
    scope.all('/*', (_request, reply) => reply.header('Vary', 'Accept-Encoding').send({ served: true }));
    done();
  });
  return app;
}

/** Sends the bytes and resolves with all that comes back until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(text, 'latin1'));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

const portOf = (app: FastifyInstance) => (app.server.address() as AddressInfo).port;

describe('Host headers over a socket', () => {
  let port = 0;
  let wide = 0;
  beforeAll(async () => {
    const app = await serve({ allowedHosts: ['Logs.Example.org.', '2001:DB8:0::7', 'bücher.example'] });
    await app.listen({ host: '127.0.0.1', port: 0 });
    port = portOf(app);
    const any = await serve({ host: '0.0.0.0' });
    await any.listen({ host: '127.0.0.1', port: 0 });
    wide = portOf(any);
  });

  const status = async (to: number, hosts: readonly string[], version = '1.1') => {
    const lines = hosts.map((host) => `Host: ${host}\r\n`).join('');
    const answer = await raw(to, `GET /x HTTP/${version}\r\n${lines}Connection: close\r\n\r\n`);
    return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  };

  it.each([
    [['localhost'], 200],
    [['LocalHost:8000'], 200],
    [['localhost.'], 200],
    [['localhost.:9200'], 200],
    [['127.0.0.1'], 200],
    [['127.8.8.8:1'], 200],
    [['[::1]'], 200],
    [['[::1]:8000'], 200],
    [['[0:0:0:0:0:0:0:1]:8000'], 200],
    [['[::ffff:127.0.0.1]'], 200],
    [['[::FFFF:7F00:1]:80'], 200],
    [['logs.example.org'], 200],
    [['LOGS.example.ORG.:8000'], 200],
    [['[2001:db8::7]:443'], 200],
    [['xn--bcher-kva.example'], 200],
    [['evil.example'], 403],
    [['localhost.evil.example'], 403],
    [['evil.localhost'], 403],
    [['xlogs.example.org'], 403],
    [['logs.example.org..'], 403],
    [['10.0.0.1'], 403],
    [['128.0.0.1'], 403],
    [['[::2]'], 403],
    [['[::ffff:10.0.0.1]'], 403],
    [['::1'], 403],
    [['[::1'], 403],
    [['[localhost]'], 403],
    [['[::1]evil.example'], 403],
    [['localhost:80:80'], 403],
    [['localhost:evil'], 403],
    [['localhost@evil.example'], 403],
    [['evil.example@localhost'], 403],
    [['localhost/evil.example'], 403],
    [['localhost, evil.example'], 403],
    [['0'], 403],
    [['127.1'], 403],
    [['0x7f.0.0.1'], 403],
    [['.'], 403],
    [[''], 403],
    [[':8000'], 403],
    [['__proto__'], 403],
    [['a'.repeat(300)], 403],
    [['localhost', 'localhost'], 400],
    [['localhost', 'evil.example'], 400],
    [['evil.example', 'localhost'], 400],
    // Node itself refuses a request of HTTP/1.1 without the header.
    [[], 400],
  ] as const)('%j is answered with %i', async (hosts, expected) => {
    expect(await status(port, hosts)).toBe(expected);
  });

  it('refuses HTTP/1.0 without Host', async () => {
    expect(await status(port, [], '1.0')).toBe(403);
    expect(await status(port, ['localhost'], '1.0')).toBe(200);
  });

  it.each([
    ['10.1.2.3:8000', 200],
    ['[fe80::1]:8000', 200],
    ['localhost', 200],
    ['0.0.0.0:8000', 200],
    ['evil.example', 403],
  ])('bound to every address, %s is answered with %i', async (host, expected) => {
    expect(await status(wide, [host])).toBe(expected);
  });

  it('refuses by Host also when the target names another one, and on the routes of probes', async () => {
    const answer = await raw(port, 'GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer.toLowerCase()).toContain('x-elastic-product: elasticsearch');
    const reason = 'Host "evil.example" is not a name of this server. Names that are can be listed in http.allowedHosts.';
    const cause = { type: 'security_exception', reason };
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ error: { root_cause: [cause], ...cause }, status: 403 });
  });
});

describe('Origin headers', () => {
  const allowedOrigins = ['https://App.example.org/', 'http://localhost:3000'];

  it.each([
    ['localhost:80', undefined, 200],
    ['localhost', 'http://localhost', 200],
    ['localhost:8000', 'http://localhost:8000', 200],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000', 200],
    ['[::1]:8000', 'http://[::1]:8000', 200],
    ['localhost:80', 'http://localhost', 200],
    ['localhost', 'https://localhost', 200],
    ['localhost:8000', 'http://localhost:3000', 200],
    ['localhost:8000', 'https://app.example.org', 200],
    ['localhost:8000', 'null', 403],
    ['localhost:8000', '', 403],
    ['localhost:8000', 'http://localhost', 403],
    ['localhost:8000', 'http://localhost:8001', 403],
    ['localhost:8000', 'http://127.0.0.1:8000', 403],
    ['localhost:8000', 'http://app.example.org', 403],
    ['localhost:8000', 'https://app.example.org.evil.example', 403],
    ['localhost:8000', 'https://app.example.org, http://localhost:8000', 403],
    ['localhost:8000', 'file://', 403],
    ['localhost:8000', 'chrome-extension://localhost:8000', 403],
    ['localhost:8000', 'http://localhost:8000@evil.example', 403],
  ])('at %s, from %j: %i', async (host, origin, expected) => {
    const app = await serve({ allowedOrigins });
    const response = await app.inject({ url: '/x', headers: { host, ...(origin === undefined ? {} : { origin }) } });
    expect(response.statusCode).toBe(expected);
    if (expected === 403) expect(response.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers preflights of allowed origins without credentials, and those only', async () => {
    const app = await serve({ allowedOrigins, username: 'ops', password: 'secret' });
    const preflight = (origin: string, method: 'OPTIONS' | 'GET' = 'OPTIONS') =>
      app.inject({
        method,
        url: '/x/_search',
        headers: {
          host: 'localhost:8000',
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    const allowed = await preflight('https://app.example.org');
    expect(allowed.statusCode).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.org',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-allow-methods': expect.stringContaining('DELETE'),
      vary: 'Origin',
    });
    expect((await preflight('https://evil.example')).statusCode).toBe(403);
    expect((await preflight('http://localhost:8000')).statusCode).toBe(401);
    expect((await preflight('https://app.example.org', 'GET')).statusCode).toBe(401);
  });

  it('marks answers for the page and for caches', async () => {
    const app = await serve({ allowedOrigins });
    const response = await app.inject({ url: '/x', headers: { host: 'localhost', origin: 'https://app.example.org' } });
    expect(response.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example.org', vary: 'Accept-Encoding, Origin' });
  });

  it.each([
    [{ allowedOrigins: ['*'] }],
    [{ allowedOrigins: ['null'] }],
    [{ allowedOrigins: ['https://*.example.org'] }],
    [{ allowedOrigins: ['https://example.org/page'] }],
    [{ allowedHosts: ['*'] }],
    [{ allowedHosts: ['*.example.org'] }],
    [{ allowedHosts: ['http://example.org'] }],
  ])('refuses to start with %j', async (options) => {
    await expect(serve(options)).rejects.toSatisfy((error) => error instanceof AppError && error.code === 'bad_config');
  });
});

describe('credentials', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each([
    ['right ones', basic('ops:se:crét'), 200],
    ['another case of the scheme', basic('ops:se:crét').replace('Basic', 'bASIC  '), 200],
    ['none', undefined, 401],
    ['a wrong password', basic('ops:no'), 401],
    ['a longer password', basic('ops:se:crét '), 401],
    ['a shorter password', basic('ops:se:cré'), 401],
    ['an empty password', basic('ops:'), 401],
    ['another user', basic('elastic:se:crét'), 401],
    ['no colon', basic('ops'), 401],
    ['no base64', 'Basic ???', 401],
    ['no token', 'Basic', 401],
    ['an empty header', '', 401],
    ['a Bearer token', `Bearer ${Buffer.from('ops:se:crét').toString('base64')}`, 401],
    ['an API key', `ApiKey ${Buffer.from('ops:se:crét').toString('base64')}`, 401],
    ['a huge token', basic('x'.repeat(100_000)), 401],
  ])('%s', async (_name, authorization, expected) => {
    const app = await serve({ username: 'ops', password: 'se:crét' });
    const headers = { host: 'localhost', ...(authorization === undefined ? {} : { authorization }) };
    const response = await app.inject({ method: 'POST', url: '/_bulk?x=1', headers, payload: {} });
    expect(response.statusCode).toBe(expected);
    if (expected === 200) return;
    expect(response.headers).toMatchObject({
      'www-authenticate': 'Basic realm="security" charset="UTF-8"',
      'x-elastic-product': 'Elasticsearch',
    });
    const { error, status } = response.json();
    expect(status).toBe(401);
    expect(error.root_cause[0]).toMatchObject({ type: 'security_exception', reason: error.reason });
    expect(error.header).toEqual({ 'WWW-Authenticate': ['Basic realm="security" charset="UTF-8"'] });
    expect(response.body).not.toContain('crét');
    expect(response.body.length).toBeLessThan(2000);
  });

  it('names the scheme that it does not take', async () => {
    const app = await serve({ username: 'ops', password: 'x' });
    const response = await app.inject({ url: '/x', headers: { host: 'localhost', authorization: 'ApiKey abc' } });
    expect(response.json().error.reason).toBe(
      'unsupported authentication scheme for REST request [/x]: only Basic credentials are accepted',
    );
  });

  it.each([
    ['/healthz', 200],
    ['/readyz?x', 200],
    ['/healthz/', 200],
    ['/%68ealthz', 200],
    ['/healthz/x', 401],
    ['/HEALTHZ', 401],
    ['/healthz%2f..', 401],
    ['//healthz', 401],
    ['/x?/healthz', 401],
  ])('%s without credentials: %i', async (url, expected) => {
    const app = await serve({ username: 'ops', password: 'x' });
    expect((await app.inject({ url, headers: { host: 'localhost' } })).statusCode).toBe(expected);
  });

  it('ignores whatever comes when none are configured', async () => {
    const app = await serve();
    for (const authorization of [basic('elastic:changeme'), 'Bearer x', 'ApiKey x', '']) {
      expect((await app.inject({ url: '/x', headers: { host: 'localhost', authorization } })).statusCode).toBe(200);
    }
  });
});
