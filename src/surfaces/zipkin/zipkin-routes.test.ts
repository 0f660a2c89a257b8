import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexTraceId } from '../../queries/trace-forms/span-ids.ts';
import { clearSpans, ids, openTraceServer, serviceNames, startMillis, type TraceServer } from '../trace-requests/testing/trace-server.ts';
import { addZipkinReadRoutes } from './zipkin-routes.ts';

let server: TraceServer;

beforeAll(async () => {
  server = await openTraceServer('zipkin', addZipkinReadRoutes);
});

afterAll(() => server.close());

const send = (request: string) => server.send(request);

async function get(request: string) {
  const answer = await send(request);
  expect(answer.body).toMatch(/^[[{]/);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  return answer.json();
}

const traceIds = async (query: string): Promise<readonly string[]> =>
  (await get(`/zipkin/api/v2/traces?${query}`)).map(([first]: readonly { traceId: string }[]) => first?.traceId);

const shown = hexTraceId;

describe('the data source of Grafana for Zipkin', () => {
  it('lists services and the names of spans', async () => {
    expect(await get('health, and services')).toEqual(serviceNames);
    expect(await get('spans')).toEqual(['getCart']);
  });

  it('lists traces', async () => {
    const traces = await get('traces');
    expect(traces).toHaveLength(1);
    expect(traces[0].map(({ name }: { name: string }) => name)).toEqual(['GET /cart', 'getCart']);
  });

  it('shows a trace', async () => {
    const [root, child] = await get('trace');
    expect(root).toMatchObject({ traceId: ids.shop, id: 'aaaaaaaaaaaaaaaa', kind: 'SERVER', localEndpoint: { serviceName: 'frontend' } });
    expect(root).not.toHaveProperty('parentId');
    expect(child).toMatchObject({
      traceId: ids.shop,
      id: 'bbbbbbbbbbbbbbbb',
      parentId: 'aaaaaaaaaaaaaaaa',
      name: 'getCart',
      kind: 'SERVER',
      timestamp: (startMillis + 100) * 1000,
      duration: 250_000,
      localEndpoint: { serviceName: 'cart', ipv4: '10.0.0.7' },
      annotations: [{ timestamp: (startMillis + 120) * 1000, value: '"cache miss": {"key":"cart:1"}' }],
      tags: { 'http.status_code': '500', 'db.system': 'redis', error: 'cache is gone' },
    });
  });
});

describe("Zipkin's API", () => {
  it('lists what a service calls, and completes tags', async () => {
    expect(await get('/zipkin/api/v2/remoteServices?serviceName=mailer')).toEqual(['smtp']);
    expect(await get('/zipkin/api/v2/autocompleteKeys')).toEqual(expect.arrayContaining(['db.system', 'http.url', 'service.version']));
    expect(await get('/zipkin/api/v2/autocompleteValues?key=http.status_code')).toEqual(['200', '500']);
    expect(await get(`/zipkin/api/v2/autocompleteValues?key=${encodeURIComponent('a "quoted" key')}`)).toEqual(['it\'s "so"']);
    expect(await get('/zipkin/api/v2/autocompleteValues?key=name')).toEqual([]);
    expect(await get('/zipkin/api/v2/autocompleteValues?key=__proto__')).toEqual([]);
  });

  it.each([
    ['', [shown(ids.short), shown(ids.order), shown(ids.weather), ids.shop]],
    ['limit=2', [shown(ids.short), shown(ids.order)]],
    ['serviceName=cart', [ids.shop]],
    ['serviceName=cart&spanName=all', [ids.shop]],
    ['serviceName=cart&spanName=GET%20/cart', []],
    ['spanName=get_forecast', [shown(ids.weather)]],
    ['serviceName=unknown_service', [shown(ids.order)]],
    ['remoteServiceName=smtp', [shown(ids.short)]],
    ['serviceName=cart&remoteServiceName=smtp', []],
    ['annotationQuery=http.status_code=200', [ids.shop]],
    // Different spans of the trace fulfil them.
    ['annotationQuery=http.status_code=200%20and%20http.status_code=500', [ids.shop]],
    ['annotationQuery=http.status_code=200%20and%20db.system=redis', [ids.shop]],
    ['serviceName=cart&annotationQuery=http.status_code=200%20and%20db.system=redis', []],
    ['annotationQuery=db.system', [ids.shop]],
    ['annotationQuery=error', [ids.shop]],
    ['annotationQuery=error=cache%20is%20gone', [ids.shop]],
    ['annotationQuery=error=true', []],
    ['annotationQuery=cache%20miss', [ids.shop]],
    ['annotationQuery=otel.scope.name=cart-lib', [ids.shop]],
    ['annotationQuery=otel.status_code=OK%20and%20sampled=true', [ids.shop]],
    ['annotationQuery=a%20"quoted"%20key=it\'s%20"so"', [ids.shop]],
    ['annotationQuery=__proto__', []],
    ['minDuration=600000', [ids.shop]],
    ['minDuration=600001', []],
    ['minDuration=1000&maxDuration=1000', [shown(ids.short)]],
    ['serviceName=cart&minDuration=260000', []],
    [`endTs=${startMillis}`, [ids.shop]],
    [`endTs=${startMillis - 1}`, []],
    [`endTs=${startMillis + 20_000}&lookback=10000`, [shown(ids.order), shown(ids.weather)]],
    ["serviceName=a'%20OR%20'1'='1", []],
  ])('finds by %s', async (query, expected) => {
    expect(await traceIds(query)).toEqual(expected);
  });

  it.each(Object.entries(ids))('shows the %s trace by its id and by the one that was shown', async (_, id) => {
    for (const spelling of [id, shown(id)]) {
      const [first] = await get(`/zipkin/api/v2/trace/${encodeURIComponent(spelling)}`);
      expect(first.traceId).toBe(shown(id));
    }
  });

  it('gives those of several traces that are there', async () => {
    const many = await get(`/zipkin/api/v2/traceMany?traceIds=${ids.shop},${'0'.repeat(15)}1,${shown(ids.short)}`);
    expect(many.map(([{ traceId }]: [{ traceId: string }]) => traceId)).toEqual([ids.shop, shown(ids.short)]);
    expect(await get('/zipkin/api/v2/traceMany?traceIds=a,b')).toEqual([]);
  });

  it('gives dependencies', async () => {
    expect(await get(`/zipkin/api/v2/dependencies?endTs=${startMillis + 60_000}&lookback=60000`)).toEqual([
      { parent: 'frontend', child: 'cart', callCount: 1, errorCount: 1 },
      { parent: 'mailer', child: 'smtp', callCount: 1 },
      { parent: 'weather-agent', child: 'system-agent', callCount: 1 },
    ]);
    expect(await get(`/zipkin/api/v2/dependencies?endTs=${startMillis - 1}`)).toEqual([]);
  });

  it.each(['0', 'f'.repeat(32), 'x'.repeat(5000), "' OR 1=1", '%00', '__proto__'])('says that id %# is not found', async (id) => {
    const answer = await send(`/zipkin/api/v2/trace/${encodeURIComponent(id)}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(answer.body).toBe(`${id.slice(0, 200)} not found`);
  });

  it.each([
    ['/spans', 'The parameter serviceName is missing.'],
    ['/remoteServices', 'The parameter serviceName is missing.'],
    ['/autocompleteValues', 'The parameter key is missing.'],
    ['/dependencies', 'The parameter endTs is missing.'],
    ['/dependencies?endTs=x', 'invalid endTs: "x" is not a whole number'],
    ['/traces?endTs=0', 'endTs <= 0'],
    ['/traces?lookback=-5', 'lookback <= 0'],
    ['/traces?limit=0', 'invalid limit: 0 is not a number from 1 to 1500'],
    ['/traces?limit=1e9', 'invalid limit: "1e9" is not a whole number'],
    ['/traces?minDuration=0', 'minDuration <= 0'],
    ['/traces?maxDuration=10', 'maxDuration is only valid with minDuration'],
    ['/traces?minDuration=10&maxDuration=9', 'maxDuration < minDuration'],
    ['/traces?annotationQuery==x', 'invalid annotationQuery: "=x" has no key'],
    ['/traceMany', 'traceIds parameter is empty'],
    ['/traceMany?traceIds=a', 'Use /api/v2/trace/{traceId} endpoint to retrieve a single trace'],
    [`/traceMany?traceIds=${ids.shop},${ids.shop.toUpperCase()}`, `redundant traceId: ${ids.shop.toUpperCase()}`],
    [`/traceMany?traceIds=${Array.from({ length: 1501 }, (_, at) => at).join(',')}`, 'traceIds has more than 1500 ids'],
  ])('refuses case %# as plain text', async (path, reason) => {
    const answer = await send(`/zipkin/api/v2${path}`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(answer.body).toBe(reason);
  });

  it('answers where there is nothing', async () => {
    for (const url of ['/zipkin', '/zipkin/api/v2/metrics', '/zipkin/api/v1/services']) {
      const answer = await send(url);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/plain; charset=utf-8']);
    }
  });
});

describe('Zipkin over an empty store', () => {
  beforeAll(() => clearSpans(server));

  it('has nothing to tell', async () => {
    for (const path of [
      'services',
      'spans?serviceName=a',
      'remoteServices?serviceName=a',
      'autocompleteKeys',
      'autocompleteValues?key=a',
      'traces',
      'traceMany?traceIds=a,b',
      'dependencies?endTs=1',
    ]) {
      expect(await get(`/zipkin/api/v2/${path}`)).toEqual([]);
    }
    expect((await send('trace')).statusCode).toBe(404);
  });
});
