import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import type { SpanRecord } from '../../../model/span.ts';
import { createTraceLookup, type TraceLookup } from '../../../queries/trace-lookup/trace-lookup.ts';
import { openTraceTable, span, type TraceTable } from '../../../queries/traces/testing/trace-table.ts';

/** When everything here came in and happened, in milliseconds since the epoch. */
export const startMillis = 1_763_700_000_000;
export const nanosAt = (millis: number): string => `${startMillis + millis}000000`;

/** Ids in four forms: of OpenTelemetry, of MCP Mesh, a text of somebody's own, and of 64 bits. */
export const ids = {
  shop: '5b8efff798038103d269b633813fc60c',
  weather: 'C1B2C3D4-E5F6-7890-ABCD-EF1234567890',
  order: 'order 42/ü',
  short: '463AC35C9F6413AD',
} as const;

const sampleSpans: readonly SpanRecord[] = [
  span({
    traceId: ids.shop,
    spanId: 'aaaaaaaaaaaaaaaa',
    name: 'GET /cart',
    kind: 'server',
    service: 'frontend',
    instance: 'frontend-1',
    startNanos: nanosAt(0),
    endNanos: nanosAt(600),
    status: 'ok',
    attributes: JSON.stringify({
      'http.status_code': 200,
      'http.url': 'http://shop/cart?id=1',
      sampled: true,
      'a "quoted" key': 'it\'s "so"',
    }),
    resource: JSON.stringify({ 'service.name': 'frontend', 'service.version': '1.2.3' }),
  }),
  span({
    traceId: ids.shop,
    spanId: 'bbbbbbbbbbbbbbbb',
    parentId: 'aaaaaaaaaaaaaaaa',
    name: 'getCart',
    kind: 'server',
    service: 'cart',
    address: '10.0.0.7',
    startNanos: nanosAt(100),
    endNanos: nanosAt(350),
    status: 'error',
    statusMessage: 'cache is gone',
    attributes: JSON.stringify({ 'http.status_code': 500, 'db.system': 'redis', big: 1 }),
    resource: JSON.stringify({ 'service.name': 'cart' }),
    scope: JSON.stringify({ name: 'cart-lib', version: '0.1.0' }),
    events: JSON.stringify([{ timeUnixNano: nanosAt(120), name: 'cache miss', attributes: { key: 'cart:1' } }]),
  }),
  span({
    traceId: ids.weather,
    spanId: 'w1',
    record: 'start',
    name: 'get_forecast',
    service: 'weather-agent',
    startNanos: nanosAt(10_000),
  }),
  span({ traceId: ids.weather, spanId: 'w1', record: 'end', name: 'get_forecast', endNanos: nanosAt(10_050), status: 'ok' }),
  span({
    traceId: ids.weather,
    spanId: 'w2',
    parentId: 'w1',
    name: 'get_date',
    service: 'system-agent',
    startNanos: nanosAt(10_010),
    endNanos: nanosAt(10_020),
  }),
  span({ traceId: ids.order, spanId: 'first', name: 'order', startNanos: nanosAt(20_000), endNanos: nanosAt(20_000) }),
  span({
    traceId: ids.short,
    spanId: 'cccccccccccccccc',
    name: 'send',
    kind: 'producer',
    service: 'mailer',
    target: 'smtp',
    startNanos: nanosAt(30_000),
    endNanos: nanosAt(30_001),
  }),
];

/** Of `sampleSpans`. */
export const serviceNames = ['cart', 'frontend', 'mailer', 'system-agent', 'unknown_service', 'weather-agent'];

export type TraceServer = Readonly<{
  app: FastifyInstance;
  table: TraceTable;
  /** Sends a request that Grafana sent, by its name in the record, or a GET of another URL. */
  send: (request: string) => Promise<LightMyRequestResponse>;
  close: () => Promise<void>;
}>;

/** A server with the routes over a real engine that has `sampleSpans`. */
export async function openTraceServer(
  product: Product,
  add: (app: FastifyInstance, lookup: TraceLookup, now: () => number) => void,
): Promise<TraceServer> {
  const table = await openTraceTable();
  const now = () => startMillis + 3_600_000;
  const lookup = createTraceLookup(table.engine, {
    traceLimits: { quietMillis: 3000, timeoutMillis: 300_000 },
    searchLimits: { timeoutMillis: 20_000, memoryBytes: 512 * 1024 ** 2, maxSpanRecords: 1_000_000 },
    now,
  });
  const app = Fastify({ routerOptions: { maxParamLength: 16 * 1024, ignoreTrailingSlash: true } });
  add(app, lookup, now);
  await app.ready();
  await table.load(sampleSpans, startMillis);
  const recorded = recordedRequests(product);
  return {
    app,
    table,
    send: (request) => {
      const { url, headers } = recorded.get(request) ?? { url: request, headers: {} };
      return app.inject({ method: 'GET', url, headers });
    },
    close: async () => {
      await app.close();
      await table.close();
    },
  };
}

/** A process has one engine, so an empty store is one that was emptied. */
export async function clearSpans({ table }: TraceServer): Promise<void> {
  for (const name of ['spans', 'traces']) await table.engine.command(`TRUNCATE TABLE ${name}`);
}

type Product = 'jaeger' | 'zipkin' | 'tempo';
type RecordedRequest = Readonly<{ name: string; method: 'GET'; url: string; headers: Readonly<Record<string, string>> }>;

/** Requests as Grafana builds them; the files say which of its sources they are from. */
function recordedRequests(product: Product): ReadonlyMap<string, RecordedRequest> {
  const path = join(resolve(import.meta.dirname, '../../../../test/fixtures/grafana-traces'), `${product}.json`);
  const { requests } = JSON.parse(readFileSync(path, 'utf8')) as { requests: readonly RecordedRequest[] };
  return new Map(requests.map((request) => [request.name, request]));
}
