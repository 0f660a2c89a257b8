import { gzipSync } from 'node:zlib';
import { api, NodeSDK } from '@opentelemetry/sdk-node';
import fc from 'fast-check';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { AppError } from '../../lib/errors.ts';
import type { DeadLetter } from '../../model/ingest.ts';
import type { SpanRecord } from '../../model/span.ts';
import { sharedSpanId } from './read-zipkin-span.ts';
import { addZipkinRoutes } from './zipkin-routes.ts';

function zipkinApp(maxBodyBytes = 1_000_000) {
  const spans: SpanRecord[] = [];
  const deadLetters: DeadLetter[] = [];
  const state: { failure?: Error; held: number; rejected: number } = { held: 0, rejected: 0 };
  const app = fastify();
  addZipkinRoutes(app, {
    async ingestSpans(batch) {
      if (state.failure) throw state.failure;
      spans.push(...batch.spans);
      deadLetters.push(...(batch.deadLetters ?? []));
    },
    count: (_source, outcome, records) => {
      if (outcome === 'rejected') state.rejected += records;
    },
    maxBodyBytes,
    budget: {
      hold: (bytes) => {
        state.held += bytes;
      },
      release: (bytes) => {
        state.held -= bytes;
      },
    },
  });
  const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/api/v2/spans', headers: { 'content-type': 'application/json', ...headers }, payload });
  return { app, spans, deadLetters, state, post };
}

const traceId = '5af7183fb1d4cf5f';
const id = '352bff9a74ca9ad2';
const send = async (...list: readonly unknown[]) => {
  const made = zipkinApp();
  const response = await made.post(JSON.stringify(list));
  return { ...made, response };
};

describe('Zipkin', () => {
  it('stores what a span says', async () => {
    const { response, spans } = await send({
      traceId,
      id,
      parentId: '6b221d5bc9e6496c',
      name: 'get /api',
      timestamp: 1556604172355737,
      duration: 1431,
      kind: 'SERVER',
      debug: true,
      localEndpoint: { serviceName: 'backend', ipv4: '192.168.99.1', port: 3306 },
      remoteEndpoint: { serviceName: 'frontend', ipv6: '2001:db8::c001', port: 58648 },
      annotations: [{ timestamp: 1556604172355800, value: 'ws' }],
      tags: { 'http.method': 'GET', error: 'timed out', 'gen_ai.request.model': 'm', __proto__: 'x' },
    });
    expect([response.statusCode, response.body]).toEqual([202, '']);
    expect(spans).toMatchObject([
      {
        record: 'span',
        traceId,
        spanId: id,
        parentId: '6b221d5bc9e6496c',
        name: 'get /api',
        kind: 'server',
        startNanos: '1556604172355737000',
        endNanos: '',
        durationNanos: '1431000',
        status: 'error',
        statusMessage: 'timed out',
        service: 'backend',
        address: '192.168.99.1',
        target: 'frontend',
        model: 'm',
        resource: '{"service.name":"backend"}',
        events: '[{"timeUnixNano":"1556604172355800000","name":"ws"}]',
      },
    ]);
    expect(JSON.parse(spans[0]?.attributes ?? '')).toEqual({
      'http.method': 'GET',
      error: 'timed out',
      'gen_ai.request.model': 'm',
      'peer.service': 'frontend',
      'network.peer.address': '2001:db8::c001',
      'network.peer.port': 58648,
      'network.local.address': '192.168.99.1',
      'network.local.port': 3306,
      'zipkin.debug': true,
    });
  });

  it('gives the halves of a call that share an id one each, and the work of the server to the server', async () => {
    const local = (serviceName: string) => ({ localEndpoint: { serviceName } });
    const { spans } = await send(
      { traceId, id, parentId: 'a1', kind: 'CLIENT', name: 'call', ...local('web') },
      { traceId, id: 'c3', parentId: id, name: 'query', ...local('db-owner') },
      { traceId, id, parentId: 'a1', kind: 'SERVER', name: 'call', shared: true, ...local('db-owner') },
      { traceId, id: 'd4', parentId: id, name: 'of the client', ...local('web') },
    );
    const server = sharedSpanId(traceId, id);
    expect(spans.map((span) => [span.spanId, span.parentId])).toEqual([
      [id, 'a1'],
      ['c3', server],
      [server, id],
      ['d4', id],
    ]);
    expect(JSON.parse(spans[2]?.attributes ?? '')).toEqual({ 'zipkin.shared': true, 'zipkin.parent_id': 'a1' });
    expect(server).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    [{ error: '' }, 'error', ''],
    [{ error: 'true' }, 'error', ''],
    [{ 'otel.status_code': 'ERROR', 'otel.status_description': 'why' }, 'error', 'why'],
    [{ 'otel.status_code': 'OK' }, 'ok', ''],
    [{}, '', ''],
  ])('reads the tags %j as status "%s"', async (tags, status, statusMessage) => {
    const { spans } = await send({ traceId, id, tags });
    expect(spans).toMatchObject([{ status, statusMessage }]);
  });

  it.each([
    [{ timestamp: -1 }, { startNanos: '' }],
    [{ timestamp: 1e300 }, { startNanos: '' }],
    [{ timestamp: '1556604172355737' }, { startNanos: '1556604172355737000' }],
    [{ duration: 0.4 }, { durationNanos: '' }],
    [{ duration: 'NaN' }, { durationNanos: '' }],
    [{ kind: 'sideways' }, { kind: '' }],
    [
      { tags: ['a'], annotations: 'b', localEndpoint: 'c' },
      { attributes: '', events: '', service: '' },
    ],
    [{ parentId: '0000000000000000' }, { parentId: '' }],
  ])('takes %j for what it is', async (odd, expected) => {
    const { spans } = await send({ traceId, id, ...odd });
    expect(spans).toMatchObject([expected]);
  });

  it('keeps what is no span with the reason, and stores the others', async () => {
    const { response, spans, deadLetters } = await send({ traceId, id }, { id }, { traceId: '0000', id }, { traceId, id: 7 }, null, 'x');
    expect([response.statusCode, spans.length]).toEqual([202, 1]);
    expect(deadLetters.map(({ payload, reason }) => `${payload} ${reason}`)).toEqual([
      `{"id":"${id}"} traceId must be text of 1 to 128 characters that are not all 0`,
      `{"traceId":"0000","id":"${id}"} traceId must be text of 1 to 128 characters that are not all 0`,
      `{"traceId":"${traceId}","id":7} id must be text of 1 to 128 characters that are not all 0`,
      'null a span is a JSON object',
      '"x" a span is a JSON object',
    ]);
  });

  it('takes gzip, and a list without spans', async () => {
    const { post, spans } = zipkinApp();
    expect((await post(gzipSync(JSON.stringify([{ traceId, id }])), { 'content-encoding': 'gzip' })).statusCode).toBe(202);
    expect((await post('[]')).statusCode).toBe(202);
    expect(spans).toHaveLength(1);
  });

  it.each([
    ['no list', '{}', {}, 400],
    ['no JSON', '[', {}, 400],
    ['an empty body', '', {}, 400],
    ['protobuf', 'x', { 'content-type': 'application/x-protobuf' }, 415],
    ['thrift', 'x', { 'content-type': 'application/x-thrift' }, 415],
    ['a large body', `["${'x'.repeat(2_000_000)}"]`, {}, 413],
    ['a zip bomb', gzipSync(Buffer.alloc(20_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413],
    ['deep nesting', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, {}, 400],
  ])('refuses %s', async (_, payload, headers, status) => {
    const { post, spans, state } = zipkinApp();
    const response = await post(payload, headers);
    expect([response.statusCode, spans.length, state.held]).toEqual([status, 0, 0]);
    expect(response.json().error.message).not.toBe('');
  });

  it('refuses a list of very many spans', async () => {
    const { app, spans } = zipkinApp(10_000_000);
    const payload = `[${'{"traceId":"1","id":"1"},'.repeat(200_000)}{}]`;
    const response = await app.inject({ method: 'POST', url: '/api/v2/spans', payload });
    expect([response.statusCode, spans.length]).toEqual([413, 0]);
  });

  it('says that v1 is not taken', async () => {
    const { app } = zipkinApp();
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/spans',
      headers: { 'content-type': 'application/x-thrift' },
      payload: 'x',
    });
    expect([response.statusCode, response.json().error.message]).toEqual([404, expect.stringContaining('/api/v2/spans')]);
  });

  it('asks to send again later when the journal is full', async () => {
    const { post, state } = zipkinApp();
    state.failure = new AppError('journal_full', 'full');
    const response = await post(JSON.stringify([{ traceId, id }]));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([429, '2']);
  });

  it('survives any JSON in place of spans', async () => {
    const { post } = zipkinApp();
    const oddSpan = fc.record({
      traceId: fc.constant(traceId),
      id: fc.constant(id),
      timestamp: fc.jsonValue(),
      duration: fc.jsonValue(),
      tags: fc.jsonValue(),
      annotations: fc.jsonValue(),
      localEndpoint: fc.jsonValue(),
      kind: fc.jsonValue(),
      name: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.jsonValue(), oddSpan), { maxLength: 3 }), async (list) => {
        expect((await post(JSON.stringify(list))).statusCode).toBe(202);
      }),
      randomCases(300),
    );
  });

  it('takes what the exporter of OpenTelemetry sends', async () => {
    const { app, spans } = zipkinApp();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    Object.assign(process.env, {
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${url}/api/v2/spans`,
      OTEL_SERVICE_NAME: 'planner',
    });
    const sdk = new NodeSDK({ instrumentations: [] });
    sdk.start();
    const span = api.trace.getTracer('t').startSpan('call', { kind: api.SpanKind.CLIENT, attributes: { 'peer.service': 'weather' } });
    span.addEvent('sent');
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: 'refused' });
    span.end();
    await sdk.shutdown();
    await app.close();
    expect(spans).toMatchObject([
      {
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        name: 'call',
        kind: 'client',
        service: 'planner',
        target: 'weather',
        status: 'error',
        statusMessage: 'refused',
      },
    ]);
    expect(spans[0]?.events).toContain('"name":"sent"');
  });
});
