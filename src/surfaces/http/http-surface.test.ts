import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { createTelemetry } from '../../lib/telemetry.ts';
import { elasticsearchServerOptions, frameDefaults, registerElasticsearch } from '../elasticsearch/frame.ts';
import { type DeadLetter, maxListedPayloadBytes } from './dead-letters.ts';
import { addHttpSurface, type HttpSurfacePorts, reservedSegments } from './http-surface.ts';

const letter = (id: string, payload: Uint8Array | string, source = 'forward'): DeadLetter => ({
  id,
  source,
  index: 'logs',
  reason: 'malformed at byte 3',
  receivedMillis: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
});

let letters: DeadLetter[] = [];
let ready: () => boolean | Promise<boolean> = () => true;
let failure: Error | undefined;
const calls: unknown[] = [];
const telemetry = createTelemetry();
telemetry.gauge('meshscope_journal_bytes', 'Size.', () => 7);

const secret = 'hunter2';
const taken = { name: 'forward', address: '127.0.0.1:24224', protocol: 'Forward', problem: 'the port is taken' };
const ports: HttpSurfacePorts = {
  routes: [],
  health: { ready: () => ready() },
  metrics: telemetry,
  status: {
    status: () => ({
      version: '1.2.3',
      startedMillis: 0,
      dataFolder: '/data',
      needsCredentials: false,
      listeners: [{ name: 'http', address: '127.0.0.1:8000', protocol: 'HTTP', password: secret }, taken],
      journal: { bytes: 1, maxBytes: 2 },
      store: { rows: 3, bytes: 4, partitions: 5 },
      disk: { freeBytes: 6, budgetBytes: 7 },
      sources: JSON.parse('{"__proto__": {"received": 4, "accepted": 3, "rejected": 1, "deadLettered": 0, "sharedKey": "hunter2"}}'),
      config: { password: secret },
    }),
  },
  deadLetters: {
    list: async ({ limit, offset, source }) => {
      calls.push({ limit, offset, source });
      if (failure) throw failure;
      const found = letters.filter((each) => source === undefined || each.source === source);
      return { deadLetters: found.slice(offset, offset + limit), total: found.length };
    },
    show: async (id) => letters.find((each) => each.id === id),
    replay: async ({ ids }) => {
      calls.push({ ids });
      return { replayed: 1, failed: (ids ?? ['all']).map((id) => ({ id, reason: 'still broken' })) };
    },
    remove: async (id) => {
      letters = letters.filter((each) => each.id !== id);
    },
  },
};

let app: FastifyInstance;
beforeAll(async () => {
  app = Fastify(elasticsearchServerOptions());
  addHttpSurface(app, ports, '1.2.3');
  await registerElasticsearch(app, [(routes) => routes.on(['GET', 'PUT'], '/:index', () => ({ json: { index: true } }))], {
    ...frameDefaults,
    reserved: reservedSegments,
  });
});
afterAll(() => app.close());
beforeEach(() => {
  letters = [letter('a', '{"msg":'), letter('b/ü', Buffer.from([0xff, 0x00, 0x7b]), 'files')];
  ready = () => true;
  failure = undefined;
  calls.length = 0;
});

const post = (url: string, payload: string, type: string | undefined = 'application/json') =>
  app.inject({ method: 'POST', url, payload, headers: type === undefined ? {} : { 'content-type': type } });

describe('routes beside the API of Elasticsearch', () => {
  it.each([
    ['GET', '/healthz', 200],
    ['GET', '/metrics', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/api/status/', 200],
    ['GET', '/some-index', 200],
    ['GET', '/api', 404],
    ['GET', '/api/nothing?x', 404],
    ['PUT', '/metrics', 404],
    ['PUT', '/api', 404],
    ['POST', '/api/status', 404],
    ['DELETE', '/api/dead-letters', 404],
  ] as const)('%s %s: %i', async (method, url, expected) => {
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(expected);
    if (expected === 404) expect(response.json()).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('health', () => {
  it.each([
    ['true', () => true, 200, 'ready'],
    ['false', () => false, 503, 'not ready'],
    ['a failure', () => Promise.reject(new Error('engine gone')), 503, 'not ready'],
  ])('is ready when the port says %s', async (_name, check, status, text) => {
    ready = check;
    const response = await app.inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([status, { status: text }]);
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  });
});

describe('status', () => {
  it('says what it is made to say, and nothing else of what the port knows', async () => {
    const response = await app.inject('/api/status');
    expect(response.headers['cache-control']).toBe('no-store');
    expect(response.body).not.toContain(secret);
    expect(response.json()).toEqual({
      version: '1.2.3',
      started: '1970-01-01T00:00:00.000Z',
      data_folder: '/data',
      needs_credentials: false,
      listeners: [{ name: 'http', address: '127.0.0.1:8000', protocol: 'HTTP' }, taken],
      journal: { bytes: 1, max_bytes: 2 },
      store: { rows: 3, bytes: 4, partitions: 5 },
      disk: { free: 6, budget: 7 },
      sources: JSON.parse('{"__proto__": {"received": 4, "accepted": 3, "rejected": 1, "dead_lettered": 0}}'),
    });
  });
});

describe('dead letters', () => {
  it('lists text as text and other bytes as base64', async () => {
    const { dead_letters: listed, total } = (await app.inject('/api/dead-letters')).json();
    expect(calls).toEqual([{ limit: 100, offset: 0, source: undefined }]);
    expect(total).toBe(2);
    const common = { index: 'logs', reason: 'malformed at byte 3', received: '2026-01-02T03:04:05.006Z' };
    expect(listed).toEqual([
      { id: 'a', source: 'forward', ...common, payload: '{"msg":', payload_encoding: 'utf8', payload_bytes: 7 },
      { id: 'b/ü', source: 'files', ...common, payload: '/wB7', payload_encoding: 'base64', payload_bytes: 3 },
    ]);
  });

  it('takes limit, offset and source', async () => {
    const { dead_letters: listed, total } = (await app.inject('/api/dead-letters?limit=1&offset=0&source=files')).json();
    expect([listed.length, listed[0].id, total]).toEqual([1, 'b/ü', 1]);
  });

  it.each([
    'limit=0',
    'limit=10001',
    'limit=-1',
    'limit=1e2',
    'limit=',
    'limit=1&limit=2',
    'limit=1;DROP',
    'offset=99999999999999999999',
    'source=',
    `source=${'x'.repeat(201)}`,
    'sauce=files',
    '__proto__=1',
  ])('refuses ?%s', async (query) => {
    const response = await app.inject(`/api/dead-letters?${query}`);
    expect([response.statusCode, response.json().error.code]).toEqual([400, 'bad_request']);
    expect(calls).toEqual([]);
  });

  it('says which parameter is wrong and how it must be', async () => {
    const { error } = (await app.inject('/api/dead-letters?limit=0')).json();
    expect(error.message).toBe('query parameter limit: must be a whole number from 1 to 10000.');
  });

  it.each([
    ['1', 1, '1'.repeat(maxListedPayloadBytes)],
    ['é', 2, 'é'.repeat(maxListedPayloadBytes / 2)],
    ['€', 3, '€'.repeat(Math.floor(maxListedPayloadBytes / 3))],
    ['x€', 4, 'x€'.repeat(maxListedPayloadBytes / 4)],
  ])('cuts long payloads in lists only, between characters (%s)', async (text, bytes, expected) => {
    letters = [letter('long', text.repeat(100_000))];
    const [listed] = (await app.inject('/api/dead-letters')).json().dead_letters;
    expect(listed).toMatchObject({ payload: expected, payload_encoding: 'utf8', payload_bytes: bytes * 100_000 });
    const shown = (await app.inject('/api/dead-letters/long')).json();
    expect(shown.payload).toBe(text.repeat(100_000));
  });

  it('shows and removes one', async () => {
    const url = `/api/dead-letters/${encodeURIComponent('b/ü')}`;
    expect((await app.inject(url)).json()).toMatchObject({ id: 'b/ü', payload: '/wB7' });
    const json = { 'content-type': 'application/json' };
    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(400);
    expect((await app.inject({ method: 'DELETE', url, headers: json })).json()).toEqual({ removed: 1 });
    expect((await app.inject({ method: 'DELETE', url, headers: json })).statusCode).toBe(404);
    expect(letters.map(({ id }) => id)).toEqual(['a']);
    expect((await app.inject(url)).json()).toEqual({
      error: { code: 'not_found', message: 'There is no dead letter "b/ü".' },
    });
  });

  it.each([
    ['{}', undefined],
    ['', undefined],
    ['{"ids":[]}', []],
    ['{"ids":["a","b"]}', ['a', 'b']],
  ])('replays with body %j', async (payload, ids) => {
    const response = await post('/api/dead-letters/replay', payload);
    expect(calls).toEqual([{ ids }]);
    expect(response.json()).toEqual({ replayed: 1, failed: (ids ?? ['all']).map((id) => ({ id, reason: 'still broken' })) });
  });

  it.each([
    ['null', 'application/json'],
    ['[]', 'application/json'],
    ['{"ids":null}', 'application/json'],
    ['{"ids":"a"}', 'application/json'],
    ['{"ids":[1]}', 'application/json'],
    ['{"id":["a"]}', 'application/json'],
    ['{"__proto__":{"ids":["a"]}}', 'application/json'],
    ['{"ids":["a"]', 'application/json'],
    [`{"ids":${'['.repeat(100_000)}`, 'application/json'],
    [`{"ids":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'application/json'],
    ['{}', 'text/plain'],
    ['ids=a', 'application/x-www-form-urlencoded'],
    ['{}', 'application/jsonp'],
    ['{}', 'multipart/form-data; boundary=application/json'],
  ])('does not replay with body %j as %s', async (payload, type) => {
    const response = await post('/api/dead-letters/replay', payload, type);
    expect([response.statusCode, response.json().error.code]).toEqual([400, 'bad_request']);
    expect(calls).toEqual([]);
  });

  it('does not replay without a content type, as a form without fields would come', async () => {
    expect((await app.inject({ method: 'POST', url: '/api/dead-letters/replay' })).statusCode).toBe(400);
    expect(calls).toEqual([]);
  });

  it('refuses a body that is too large', async () => {
    const response = await post('/api/dead-letters/replay', JSON.stringify({ ids: ['x'.repeat(2 * 1024 ** 2)] }));
    expect([response.statusCode, response.json().error.code]).toEqual([413, 'too_large']);
  });

  it.each([
    [new AppError('store_failed', 'no such table'), 500, { code: 'store_failed', message: 'no such table' }, undefined],
    [new AppError('shutting_down', 'stopping'), 503, { code: 'shutting_down', message: 'stopping' }, '1'],
    [new TypeError(`/data/${secret}`), 500, { code: 'internal', message: expect.not.stringContaining(secret) }, undefined],
  ])('answers %s', async (thrown, status, error, retryAfter) => {
    failure = thrown;
    const response = await app.inject('/api/dead-letters');
    expect([response.statusCode, response.json()]).toEqual([status, { error }]);
    expect(response.headers['retry-after']).toBe(retryAfter);
  });
});
