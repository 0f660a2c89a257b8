import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../lib/errors.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';
import { requestFields } from './otlp-schema.ts';
import { otlpApp } from './testing/recording-ports.ts';

const traceId = '5af7183fb1d4cf5f5af7183fb1d4cf5f';
const spanId = '6b221d5bc9e6496c';
const request = (...spans: readonly object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const good = { traceId, spanId, name: 'good' };
const text = (value: object) => Buffer.from(JSON.stringify(value));
const protobuf = (value: object) => Buffer.from(jsonToProtobuf(text(value), requestFields.traces));
const json = { 'content-type': 'application/json' };
const binary = { 'content-type': 'application/x-protobuf' };

describe('OTLP/HTTP', () => {
  it.each([
    ['JSON', json, text(request(good)), '{}'],
    ['JSON with a charset', { 'content-type': 'application/json; charset=utf-8' }, text(request(good)), '{}'],
    ['protobuf', binary, protobuf(request(good)), ''],
    ['gzip', { ...binary, 'content-encoding': 'gzip' }, gzipSync(protobuf(request(good))), ''],
    ['deflate', { ...json, 'content-encoding': 'deflate' }, deflateSync(text(request(good))), '{}'],
    ['deflate without a header', { ...json, 'content-encoding': 'deflate' }, deflateRawSync(text(request(good))), '{}'],
  ])('takes %s and answers in the same encoding', async (_, headers, payload, answer) => {
    const { app, recorded, budget } = otlpApp();
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers, payload });
    expect([response.statusCode, response.body, response.headers['content-type']]).toEqual([
      200,
      answer,
      headers['content-type'].split(';')[0],
    ]);
    expect(recorded.spans).toMatchObject([{ traceId, spanId, name: 'good' }]);
    expect(budget.heldBytes).toBe(0);
  });

  it.each(['traces', 'logs', 'metrics'])('takes an empty request for %s', async (signal) => {
    const { app, recorded } = otlpApp();
    for (const headers of [json, binary]) {
      const response = await app.inject({ method: 'POST', url: `/v1/${signal}`, headers, payload: '' });
      expect([response.statusCode, response.body]).toEqual([200, headers === json ? '{}' : '']);
    }
    expect(recorded.batches).toBe(0);
  });

  it('rejects single spans without ids, names them, and keeps the others', async () => {
    const zero = { traceId: '0'.repeat(32), spanId, name: 'zero' };
    const body = request({ name: 'no ids' }, good, zero, { ...good, spanId: 'xyz' }, { ...good, spanId: 'ab', traceId: 'cd' });
    const { app, recorded } = otlpApp();
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: json, payload: text(body) });
    expect(response.statusCode).toBe(200);
    const { partialSuccess } = response.json();
    expect(partialSuccess.rejectedSpans).toBe('3');
    expect(partialSuccess.errorMessage).toContain('3 spans were rejected: number 1 ("no ids")');
    expect(partialSuccess.errorMessage).toContain('number 3 ("zero")');
    expect(recorded.spans.map((span) => [span.traceId, span.spanId])).toEqual([
      [traceId, spanId],
      ['cd', 'ab'],
    ]);
    expect(recorded.counts).toEqual({ received: 3, rejected: 3 });
    const asBytes = await app.inject({ method: 'POST', url: '/v1/traces', headers: binary, payload: protobuf(body) });
    // partial_success (1) of 0x0a; rejected_spans (1) of 0x08.
    expect([asBytes.rawPayload[0], asBytes.rawPayload[2], asBytes.rawPayload[3]].map(Number)).toEqual([
      0x0a,
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(asBytes.rawPayload.includes(Buffer.from([0x08, 0x03]))).toBe(true);
    expect(asBytes.body).toContain('3 spans were rejected');
  });

  it.each([
    ['an array', '[]', 'the body must be an object'],
    ['text that is no JSON', '{"a":[', 'Unexpected end of input'],
    [
      'a wrong type',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"soon"}]}]}]}',
      'resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano must be an integer',
    ],
    ['an object in place of a list', '{"resourceSpans":{}}', 'resourceSpans must be an array'],
  ])('refuses %s', async (_, payload, message) => {
    const { app, recorded } = otlpApp();
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: json, payload });
    expect(response.statusCode).toBe(400);
    const status = response.json();
    expect(status.message).toContain(message);
    expect(status).toMatchObject({ code: 3, details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest' }] });
    expect(recorded).toMatchObject({ batches: 0, counts: { received: 1, rejected: 1 } });
  });

  it('refuses bytes that are no protobuf, with a Status in protobuf', async () => {
    const { app } = otlpApp();
    const response = await app.inject({ method: 'POST', url: '/v1/logs', headers: binary, payload: Buffer.from([0x0a, 0x7f, 0x01]) });
    expect([response.statusCode, response.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(response.body).toContain('at byte 1');
    expect(response.body).toContain('google.rpc.BadRequest');
  });

  it.each([
    ['another type', { 'content-type': 'text/plain' }, 'x', 415],
    ['no type', {}, 'x', 415],
    ['an unknown encoding', { ...json, 'content-encoding': 'br' }, 'x', 400],
    ['what is not gzip', { ...json, 'content-encoding': 'gzip' }, 'x', 400],
    ['gzip that is cut off', { ...json, 'content-encoding': 'gzip' }, gzipSync(text(request(good))).subarray(0, 30), 400],
    ['a large body', json, Buffer.alloc(20_000, 0x20), 413],
    ['a zip bomb', { ...json, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(50_000_000, 0x20)), 413],
  ])('refuses %s', async (_, headers, payload, status) => {
    const { app, recorded, budget } = otlpApp({ maxBodyBytes: 10_000 });
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: { ...headers }, payload });
    expect(response.statusCode).toBe(status);
    expect(response.json().message).not.toBe('');
    expect([recorded.batches, budget.heldBytes]).toEqual([0, 0]);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'] as const)('refuses %s', async (method) => {
    const { app } = otlpApp();
    const response = await app.inject({ method, url: '/v1/traces' });
    expect([response.statusCode, response.headers.allow]).toEqual([405, 'POST']);
  });

  it.each([
    ['journal_full', 429],
    ['disk_full', 429],
    ['too_busy', 429],
    ['shutting_down', 503],
    ['store_failed', 503],
  ] satisfies [ErrorCode, number][])('tells a sender to try again after %s', async (code, status) => {
    const { app, recorded } = otlpApp();
    recorded.failure = new AppError(code, 'not now');
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: json, payload: text(request(good)) });
    expect([response.statusCode, Number(response.headers['retry-after'])]).toEqual([status, expect.any(Number)]);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    expect(response.json()).toMatchObject({
      code: 14,
      message: 'not now',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo' }],
    });
  });

  it('hides what it did not expect, without asking for a repetition', async () => {
    const { app, recorded } = otlpApp();
    recorded.failure = new Error('secret');
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: json, payload: text(request(good)) });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([500, undefined]);
    expect(response.body).not.toContain('secret');
  });

  it('refuses a body that would grow to far more, and does not build it', async () => {
    const { app, recorded } = otlpApp({ maxBodyBytes: 1_000_000 });
    const attributes = [{ key: 'big', value: { stringValue: 'x'.repeat(100_000) } }];
    const spans = Array.from({ length: 1000 }, (_, at) => ({ traceId: 'ab', spanId: (at + 256).toString(16).padStart(4, '0') }));
    for (const signal of ['traces', 'logs'] as const) {
      const payload =
        signal === 'traces'
          ? text({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] })
          : text({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: spans.map(() => ({})) }] }] });
      const response = await app.inject({ method: 'POST', url: `/v1/${signal}`, headers: json, payload });
      expect([response.statusCode, recorded.batches]).toEqual([413, 0]);
    }
  });

  it('refuses JSON of very many objects before it is parsed', async () => {
    const { app } = otlpApp();
    const payload = `{"resourceSpans":[${'{},'.repeat(1_100_000)}{}]}`;
    const response = await app.inject({ method: 'POST', url: '/v1/traces', headers: json, payload });
    expect([response.statusCode, response.json().message]).toEqual([413, expect.stringContaining('objects and arrays')]);
  });

  it('serves requests at once, each with its own records', async () => {
    const { app, recorded } = otlpApp();
    const one = (at: number) =>
      request(
        ...Array.from({ length: 20 }, (_, n) => ({
          ...good,
          name: `${at}/${n}`,
          spanId: (at * 100 + n + 1).toString(16).padStart(16, '0'),
        })),
      );
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        app.inject({
          method: 'POST',
          url: '/v1/traces',
          headers: at % 2 ? json : binary,
          payload: at % 2 ? text(one(at)) : protobuf(one(at)),
        }),
      ),
    );
    expect(responses.map((response) => response.statusCode)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(recorded.spans.map((span) => `${span.name} ${span.spanId}`)).size).toBe(1000);
  });

  it('answers over a real socket when the body is far over the limit', async () => {
    const { app } = otlpApp({ maxBodyBytes: 10_000 });
    try {
      const url = await app.listen({ host: '127.0.0.1', port: 0 });
      const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers: binary, body: Buffer.alloc(35_000) });
      expect(response.status).toBe(413);
    } finally {
      await app.close();
    }
  });
});
