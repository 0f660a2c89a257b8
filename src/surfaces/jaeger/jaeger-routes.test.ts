import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hexTraceId } from '../../queries/trace-forms/span-ids.ts';
import { clearSpans, ids, openTraceServer, serviceNames, startMillis, type TraceServer } from '../trace-requests/testing/trace-server.ts';
import { addJaegerRoutes } from './jaeger-routes.ts';

let server: TraceServer;

beforeAll(async () => {
  server = await openTraceServer('jaeger', (app, lookup, now) => addJaegerRoutes(app, { ...lookup, now }));
});

afterAll(() => server.close());

async function get(request: string) {
  const answer = await server.send(request);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  return { status: answer.statusCode, body: answer.json() };
}

const traceIds = async (url: string): Promise<readonly string[]> => {
  const { status, body } = await get(url);
  expect(body.errors).toBeNull();
  expect(status).toBe(200);
  return body.data.map(({ traceID }: { traceID: string }) => traceID);
};

describe('the data source of Grafana for Jaeger', () => {
  it('lists services and operations', async () => {
    expect(await get('health, and services')).toEqual({
      status: 200,
      body: { data: serviceNames, total: 6, limit: 0, offset: 0, errors: null },
    });
    expect((await get('operations')).body.data).toEqual(['getCart']);
    expect((await get('/jaeger/api/operations?service=mailer')).body.data).toEqual([{ name: 'send', spanKind: 'producer' }]);
    expect((await get('services, gRPC endpoint')).body).toEqual({ services: serviceNames });
    expect((await get('operations, gRPC endpoint')).body).toEqual({ operations: [{ name: 'getCart', spanKind: 'server' }] });
  });

  it.each(['search', 'search with everything'])('%s: finds the trace, whole', async (request) => {
    const { status, body } = await get(request);
    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 0, limit: 0, offset: 0, errors: null });
    const [trace] = body.data;
    expect(body.data).toHaveLength(1);
    expect(trace.traceID).toBe(ids.shop);
    expect(trace.spans.map(({ operationName }: { operationName: string }) => operationName)).toEqual(['GET /cart', 'getCart']);
    expect(trace.spans[1]).toMatchObject({
      startTime: (startMillis + 100) * 1000,
      duration: 250_000,
      references: [{ refType: 'CHILD_OF', traceID: ids.shop, spanID: 'aaaaaaaaaaaaaaaa' }],
      logs: [{ timestamp: (startMillis + 120) * 1000, fields: [{ key: 'event', type: 'string', value: 'cache miss' }, { key: 'key' }] }],
    });
    expect(trace.spans[1].tags).toContainEqual({ key: 'http.status_code', type: 'int64', value: 500 });
    expect(trace.spans[1].tags).toContainEqual({ key: 'error', type: 'bool', value: true });
    expect(trace.processes[trace.spans[1].processID].serviceName).toBe('cart');
  });

  it.each(['trace', 'trace with times'])('%s: shows it', async (request) => {
    const { status, body } = await get(request);
    expect(status).toBe(200);
    expect(body.data.map(({ traceID }: { traceID: string }) => traceID)).toEqual([ids.shop]);
  });

  it('draws dependencies', async () => {
    expect((await get('dependencies')).body).toEqual({
      data: [
        { parent: 'frontend', child: 'cart', callCount: 1 },
        { parent: 'mailer', child: 'smtp', callCount: 1 },
        { parent: 'weather-agent', child: 'system-agent', callCount: 1 },
      ],
      total: 0,
      limit: 0,
      offset: 0,
      errors: null,
    });
    expect((await get(`/jaeger/api/dependencies?endTs=${startMillis - 1}&lookback=1000`)).body.data).toEqual([]);
    const url = `/jaeger/api/dependencies?endTs=${startMillis + 60_000}&lookback=100000&service=cart`;
    expect((await get(url)).body.data).toEqual([{ parent: 'frontend', child: 'cart', callCount: 1 }]);
  });

  it.each(['trace, gRPC endpoint', 'search, gRPC endpoint'])('%s: answers in OTLP', async (request) => {
    const { status, body } = await get(request);
    expect(status).toBe(200);
    const services = body.result.resourceSpans.map((one: { resource: { attributes: unknown[] } }) => one.resource.attributes[0]);
    expect(services).toEqual([
      { key: 'service.name', value: { stringValue: 'frontend' } },
      { key: 'service.name', value: { stringValue: 'cart' } },
    ]);
  });
});

describe("Jaeger's API", () => {
  const start = startMillis * 1000;
  const shown = (id: string) => hexTraceId(id);

  it.each([
    ['service=frontend', [ids.shop]],
    ['service=frontend&operation=getCart', []],
    ['service=frontend&operation=all', [ids.shop]],
    ['service=unknown_service', [shown(ids.order)]],
    ['service=weather-agent', [shown(ids.weather)]],
    ['service=cart&tag=error:true', [ids.shop]],
    ['service=frontend&tag=error:true', []],
    ['service=frontend&tag=error:false', [ids.shop]],
    ['service=frontend&tags={"http.status_code":"200"}', [ids.shop]],
    ['service=frontend&tags={"http.status_code":"500"}', []],
    ['service=frontend&tags={"sampled":"true"}', [ids.shop]],
    ['service=frontend&tags={"service.version":"1.2.3"}', [ids.shop]],
    ['service=frontend&tag=http.url:http://shop/cart?id=1', [ids.shop]],
    [`service=frontend&tags=${encodeURIComponent(`{"a \\"quoted\\" key":"it's \\"so\\""}`)}`, [ids.shop]],
    ['service=cart&tags={"key":"cart:1"}', [ids.shop]],
    ['service=cart&tags={"event":"cache miss"}', [ids.shop]],
    ['service=cart&tags={"span.kind":"server"}', [ids.shop]],
    ['service=cart&tags={"span.kind":"client"}', []],
    ['service=cart&tags={"otel.status_code":"ERROR"}', [ids.shop]],
    ['service=cart&tags={"otel.status_description":"cache is gone"}', [ids.shop]],
    ['service=cart&tags={"otel.scope.name":"cart-lib"}', [ids.shop]],
    ['service=cart&tags={"__proto__":"x"}', []],
    ['service=cart&minDuration=250ms', [ids.shop]],
    ['service=cart&minDuration=251ms', []],
    ['service=cart&maxDuration=250ms', [ids.shop]],
    ['service=cart&maxDuration=249ms', []],
    [`service=cart&start=${start}`, [ids.shop]],
    [`service=cart&start=${start + 1}`, []],
    [`service=cart&end=${start - 1}`, []],
    [`service=cart&end=${start + 1000}&lookback=1h`, [ids.shop]],
    ['service=cart&lookback=2h', [ids.shop]],
    ['service=cart&lookback=30m', []],
    ['service=cart&lookback=2d', [ids.shop]],
    ["service=cart'%20OR%201=1%20--", []],
    ['service=%00%F0%9F%98%80', []],
  ])('finds by %s', async (query, expected) => {
    expect(await traceIds(`/jaeger/api/traces?${query}`)).toEqual(expected);
  });

  it.each(Object.entries(ids))('shows the %s trace by its id and by the one that was shown', async (_, id) => {
    for (const spelling of [id, shown(id), encodeURIComponent(id)]) {
      const { status, body } = await get(`/jaeger/api/traces/${encodeURIComponent(decodeURIComponent(spelling))}`);
      expect(status).toBe(200);
      expect(body.data[0].traceID).toBe(shown(id));
    }
  });

  it('gives several traces by their ids, and names those that are not there', async () => {
    const { status, body } = await get(`/jaeger/api/traces?traceID=${ids.shop}&traceID=0f&traceID=${shown(ids.short)}`);
    expect(status).toBe(200);
    expect(body.data.map(({ traceID }: { traceID: string }) => traceID)).toEqual([ids.shop, shown(ids.short)]);
    expect(body.errors).toEqual([{ msg: 'trace not found', traceID: '0f' }]);
  });

  it.each(['0', 'f'.repeat(32), '0'.repeat(32), 'x'.repeat(5000), "' OR 1=1", '%00', '../../etc', '__proto__'])(
    'says that id %# is no trace',
    async (id) => {
      const { status, body } = await get(`/jaeger/api/traces/${encodeURIComponent(id)}`);
      expect(status).toBe(404);
      expect(body).toEqual({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code: 404, msg: 'trace not found' }] });
    },
  );

  it.each([
    ['/api/traces', "parameter 'service' is required"],
    ['/api/traces?service=', "parameter 'service' is required"],
    ['/api/traces?service=a&start=soon', 'unable to parse param \'start\': "soon" is not a whole number'],
    ['/api/traces?service=a&start=99999999999999999999999', "unable to parse param 'start'"],
    ['/api/traces?service=a&limit=0', "unable to parse param 'limit'"],
    ['/api/traces?service=a&limit=1501', "unable to parse param 'limit': 1501 is not a number from 1 to 1500"],
    ['/api/traces?service=a&minDuration=20', "unable to parse param 'minDuration'"],
    ['/api/traces?service=a&minDuration=-2s', "unable to parse param 'minDuration'"],
    ['/api/traces?service=a&minDuration=2s&maxDuration=1s', "'maxDuration' should be greater than 'minDuration'"],
    ['/api/traces?service=a&lookback=later', "unable to parse param 'lookback'"],
    ['/api/traces?service=a&tag=k', "malformed 'tag' parameter, expecting key:value, received: k"],
    ['/api/traces?service=a&tags=k', "malformed 'tags' parameter, cannot unmarshal JSON"],
    ['/api/traces?service=a&tags=[1]', "malformed 'tags' parameter, cannot unmarshal JSON"],
    ['/api/traces?service=a&tags={"k":{}}', "malformed 'tags' parameter, cannot unmarshal JSON"],
    [`/api/traces?service=a&tags=${'['.repeat(5000)}`, "malformed 'tags' parameter, cannot unmarshal JSON"],
    ['/api/operations', "parameter 'service' is required"],
    ['/api/dependencies?endTs=x', "unable to parse param 'endTs'"],
    ['/api/dependencies?lookback=-1', "unable to parse param 'lookback'"],
  ])('refuses case %# in its own form', async (path, reason) => {
    const { status, body } = await get(`/jaeger${path}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ data: null, errors: [{ code: 400 }] });
    expect(body.errors[0].msg).toContain(reason);
  });

  it('answers in its own form where there is nothing', async () => {
    expect(await get('/jaeger/api/metrics/calls?service=a')).toMatchObject({ status: 404, body: { data: null, errors: [{ code: 404 }] } });
    expect(await get('/jaeger')).toMatchObject({ status: 404 });
    expect((await get('/jaeger/api/v3/traces/0f')).body).toEqual({ error: { httpCode: 404, message: 'trace not found' } });
    const posted = await server.app.inject({ method: 'POST', url: '/jaeger/api/transform', payload: 'x'.repeat(100_000) });
    expect([posted.statusCode, posted.json().errors[0].code]).toEqual([404, 404]);
  });
});

describe('Jaeger over an empty store', () => {
  beforeAll(() => clearSpans(server));

  it('has nothing to tell of an empty store', async () => {
    const nothing = { status: 200, body: { data: [], total: 0, limit: 0, offset: 0, errors: null } };
    for (const request of ['health, and services', 'operations', 'search', 'dependencies']) expect(await get(request)).toEqual(nothing);
    expect((await get('trace')).status).toBe(404);
  });
});
