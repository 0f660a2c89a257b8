import { deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';
import { AppError } from '../../lib/errors.ts';
import { elasticsearchServerOptions, frameDefaults, type RouteGroup, registerElasticsearch } from './frame.ts';

const long = 'x'.repeat(3000);
const endpoints: RouteGroup = (routes) => {
  routes.on(['POST', 'PUT'], '/_echo', (call) => ({ json: call.json() ?? null }));
  routes.on('GET', '/_bytes', (call) => ({ json: { bytes: call.body.length, flag: call.flag('flag'), n: call.integer('n', 7) } }));
  routes.on('GET', '/:index/_read', (call) => ({ json: { index: call.param('index'), body: call.json() } }));
  routes.on('GET', '/', () => ({ json: { root: true } }));
  routes.on('GET', '/_all/_read', () => ({ json: { all: true } }));
  routes.on('PUT', '/:index/_read', (call) => ({ json: { made: call.param('index') } }));
  routes.on('GET', '/_serialised', () => ({ serialised: Buffer.from('{"a":{"b":1.0,"c":2},"big":12345678901234567890}') }));
  routes.on('GET', '/_warned', () => ({ json: {}, warnings: ['say "hi"', 'grün'] }));
  routes.on('GET', '/_long', () => ({ json: { long } }));
  routes.on('GET', '/_text', () => ({ text: 'one two\n' }));
  routes.on('GET', '/_fail/:how', (call) => {
    const how = call.requiredParam('how');
    if (how === 'es')
      throw elasticsearchError('index_not_found_exception', 'no such index [x]', { code: 'not_found', details: { index: 'x' } });
    if (how === 'full') throw new AppError('journal_full', 'try later');
    if (how === 'auth') throw new AppError('unauthorized', 'who are you');
    throw new TypeError('oops');
  });
};

let app: FastifyInstance;
beforeAll(async () => {
  app = Fastify(elasticsearchServerOptions(['api', 'trace']));
  app.get('/api/thing', async () => ({ ours: true }));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ notOurs: true }));
  const options = { ...frameDefaults, maxBodyBytes: 10_000, reserved: ['api', 'trace'] };
  await registerElasticsearch(app, [endpoints], options);
  await registerElasticsearch(app, [endpoints], { ...options, prefix: '/elasticsearch' });
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };
const post = (payload: string | Buffer, headers: Record<string, string> = json, url = '/_echo') =>
  app.inject({ method: 'POST', url, payload, headers });

describe('content types', () => {
  it.each([
    ['application/json', 200],
    ['application/json; charset=UTF-8', 200],
    ['application/x-ndjson', 200],
    ['application/vnd.elasticsearch+json;compatible-with=7', 200],
    ['application/vnd.elasticsearch+json; compatible-with=9', 200],
    ['application/vnd.elasticsearch+x-ndjson; compatible-with=8', 200],
    ['application/x-www-form-urlencoded', 406],
    ['text/plain', 406],
    ['not a type', 406],
    ['application/jsonp', 406],
  ])('%s is answered with %i', async (type, status) => {
    const response = await post('{}', { 'content-type': type });
    expect(response.statusCode).toBe(status);
    if (status === 406) expect(response.json()).toEqual({ error: `Content-Type header [${type}] is not supported`, status: 406 });
  });

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/vnd.elasticsearch+json; compatible-with=9,text/plain', 'application/vnd.elasticsearch+json;compatible-with=9'],
  ])('accept %s gives %s', async (accept, type) => {
    const response = await app.inject({ url: '/_bytes', headers: accept === undefined ? {} : { accept } });
    expect(response.headers['content-type']).toBe(type);
    expect(response.headers['x-elastic-product']).toBe('Elasticsearch');
  });
});

describe('bodies', () => {
  it('accepts comments, and the comment that curl -d makes of a whole file', async () => {
    expect((await post('/* a */ {"a": 1} // end')).json()).toEqual({ a: 1 });
    expect((await post('// elasticsearch-template.json{"a": ["x"]}')).json()).toEqual({ a: ['x'] });
    expect((await post('// only a comment')).statusCode).toBe(400);
  });

  it('leaves a byte order mark out', async () => {
    expect((await post('\ufeff{"a":1}')).json()).toEqual({ a: 1 });
    expect((await post('\ufeff')).json()).toBeNull();
  });

  it('keeps integers beyond 2^53', async () => {
    expect((await post('{"n":12345678901234567890}')).body).toBe('{"n":12345678901234567890}');
  });

  it('reads a body on GET', async () => {
    const response = await app.inject({ method: 'GET', url: '/i/_read', payload: '{"a":1}', headers: json });
    expect(response.json()).toEqual({ index: 'i', body: { a: 1 } });
  });

  it('inflates gzip and deflate, and limits the inflated size', async () => {
    const text = '{"a":1}';
    expect((await post(gzipSync(text), { ...json, 'content-encoding': 'gzip' })).json()).toEqual({ a: 1 });
    expect((await post(deflateSync(text), { ...json, 'content-encoding': 'deflate' })).json()).toEqual({ a: 1 });
    expect((await post(gzipSync(`"${'x'.repeat(20_000)}"`), { ...json, 'content-encoding': 'gzip' })).statusCode).toBe(413);
    expect((await post(`"${'x'.repeat(20_000)}"`)).statusCode).toBe(413);
  });

  it.each([
    ['{"a":1}', 'gzip', 400, 'illegal_argument_exception', 'the body is not gzip: '],
    ['{"a":1}', 'zstd', 400, 'illegal_argument_exception', 'Content-Encoding "zstd" is not supported'],
    [gzipSync('x'.repeat(20_000)), 'gzip', 413, 'content_too_long_exception', 'the body is larger than'],
  ])('refuses %j as %s in the form of Elasticsearch', async (body, encoding, status, type, reason) => {
    const response = await post(body, { ...json, 'content-encoding': encoding });
    expect(response.json()).toMatchObject({ status, error: { type, reason: expect.stringContaining(reason) } });
  });

  it.each(['{"a":', '{"a":1}}', '[1,]', '{"a":1,"a":2}', 'nul', '"\\x"', '[01]', '['.repeat(5000), '{a:1}', '\u0001', '{"a":1'])(
    'refuses %j',
    async (text) => {
      const response = await post(text);
      expect(response.statusCode).toBe(400);
      expect(response.json().error.type).toBe('x_content_parse_exception');
      expect(response.json().error.reason).toMatch(/^\[\d+:\d+\] /);
    },
  );

  it('treats prototype keys as data', async () => {
    expect((await post('{"__proto__":{"x":1},"constructor":2}')).body).toBe('{"__proto__":{"x":1},"constructor":2}');
  });

  it('refuses bytes that are not UTF-8', async () => {
    expect((await post(Buffer.from([0x22, 0xff, 0x22]))).json().error.reason).toContain('UTF-8');
  });
});

describe('answers', () => {
  it('passes serialised text through, and reshapes it without losing digits', async () => {
    const get = async (query: string) => (await app.inject(`/_serialised${query}`)).body;
    expect(await get('')).toBe('{"a":{"b":1.0,"c":2},"big":12345678901234567890}');
    expect(await get('?filter_path=a.b,big')).toBe('{"a":{"b":1.0},"big":12345678901234567890}');
    expect(await get('?filter_path=-a')).toBe('{"big":12345678901234567890}');
    expect(await get('?pretty&filter_path=a')).toBe('{\n  "a" : {\n    "b" : 1.0,\n    "c" : 2\n  }\n}\n');
  });

  it('compresses long answers for those who accept it', async () => {
    const gzipped = await app.inject({ url: '/_long', headers: { 'accept-encoding': 'gzip,deflate' } });
    expect(gzipped.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(gzipped.rawPayload).toString())).toEqual({ long });
    expect((await app.inject({ url: '/_long', headers: { 'accept-encoding': 'gzip;q=0' } })).json()).toEqual({ long });
  });

  it('sends warnings that headers can carry', async () => {
    expect((await app.inject('/_warned')).headers.warning).toEqual([
      '299 Elasticsearch-8.19.0-meshscope "say \\"hi\\""',
      '299 Elasticsearch-8.19.0-meshscope "gr%C3%BCn"',
    ]);
  });

  it('serves HEAD without a body', async () => {
    const response = await app.inject({ method: 'HEAD', url: '/_bytes' });
    expect([response.statusCode, response.body]).toEqual([200, '']);
    expect((await app.inject({ method: 'HEAD', url: '/_fail/es' })).statusCode).toBe(404);
  });

  it('checks query parameters', async () => {
    expect((await app.inject('/_bytes?flag&n=-3')).json()).toEqual({ bytes: 0, flag: true, n: -3 });
    expect((await app.inject('/_bytes?flag=yes')).statusCode).toBe(400);
    expect((await app.inject('/_bytes?n=1e3')).statusCode).toBe(400);
  });
});

describe('errors', () => {
  it.each([
    ['es', 404, 'index_not_found_exception', {}],
    ['full', 429, 'es_rejected_execution_exception', { 'retry-after': '1' }],
    ['auth', 401, 'security_exception', { 'www-authenticate': 'Basic realm="security" charset="UTF-8"' }],
    ['other', 500, 'exception', {}],
  ])('%s is %i %s', async (how, status, type, headers) => {
    const response = await app.inject(`/_fail/${how}`);
    expect(response.statusCode).toBe(status);
    expect(response.json().error.root_cause[0].type).toBe(type);
    expect(response.json()).toMatchObject({ status, error: { type } });
    expect(response.headers).toMatchObject({ ...headers, 'x-elastic-product': 'Elasticsearch' });
  });

  it('adds a trace on request', async () => {
    expect((await app.inject('/_fail/es?error_trace')).json().error.stack_trace).toContain('AppError: no such index [x]');
  });

  it('answers wrong methods and unknown addresses', async () => {
    const wrong = await app.inject({ method: 'DELETE', url: '/_text' });
    expect([wrong.statusCode, wrong.headers.allow]).toEqual([405, 'GET, HEAD']);
    const unknown = await app.inject('/a/b/c?x=1');
    expect(unknown.statusCode).toBe(400);
    expect(unknown.json()).toEqual({ error: 'no handler found for uri [/a/b/c?x=1] and method [GET]' });
  });
});

describe('addresses', () => {
  it('decodes long and odd index names', async () => {
    const name = `<x-{now/d{yyyy.MM.dd|+12:00}}-000001>,${'y'.repeat(4000)}`;
    expect((await app.inject(`/${encodeURIComponent(name)}/_read/`)).json().index).toBe(name);
  });

  it.each(['/100%/_read', '/x/%ff', '/%zz?q=1', '/%'])('refuses %s, which cannot be decoded, in the form of Elasticsearch', async (url) => {
    const response = await app.inject({ url });
    expect(response.json()).toMatchObject({
      status: 400,
      error: { type: 'illegal_argument_exception', reason: expect.stringContaining('written as %25') },
    });
    expect([response.statusCode, response.headers['x-elastic-product']]).toEqual([400, 'Elasticsearch']);
  });

  it.each([
    ['GET', '/', { root: true }],
    ['GET', '/elasticsearch', { root: true }],
    ['GET', '/elasticsearch/?pretty=false', { root: true }],
    ['GET', '/_all/_read', { all: true }],
    ['GET', '/%5Fall/_read/', { all: true }],
    ['GET', '/all/_read?x=/', { index: 'all' }],
    ['GET', '/a%2Fb%3F/_read', { index: 'a/b?' }],
    // A name that only other methods have is a parameter.
    ['PUT', '/_all/_read', { made: '_all' }],
    ['PUT', '/elasticsearch/__proto__/_read', { made: '__proto__' }],
  ] as const)('%s %s is found', async (method, url, found) => {
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.json()]).toEqual([200, found]);
  });

  it.each(['//_read', '/a//_read', '/_read', '/a/_read/b', '/_all/', `/${'a/'.repeat(5000)}`])('%.20s is none', async (url) => {
    const response = await app.inject({ url });
    expect(response.json()).toMatchObject({ error: expect.stringMatching(/^(?:no handler found|Incorrect HTTP method)/) });
  });

  it('leaves reserved addresses to the application, except below the prefix', async () => {
    expect((await app.inject('/api/thing')).json()).toEqual({ ours: true });
    expect((await app.inject('/api/_read')).json()).toEqual({ notOurs: true });
    const undecodable = await app.inject('/api/%zz');
    expect([undecodable.statusCode, undecodable.headers['x-elastic-product']]).toEqual([400, undefined]);
    expect(undecodable.body).toMatch(/^\[\/api\/%zz\] has a percent sign/);
    expect((await app.inject({ method: 'POST', url: '/trace/x', payload: '{}', headers: json })).json()).toEqual({ notOurs: true });
    expect((await app.inject('/elasticsearch/api/_read')).json()).toEqual({ index: 'api' });
    expect((await app.inject('/elasticsearch/nothing/here')).statusCode).toBe(400);
  });
});
