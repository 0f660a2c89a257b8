import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { jaegerTrace } from './jaeger-json.ts';
import { otlpJson } from './otlp-json.ts';
import { otlpProtobuf } from './otlp-protobuf.ts';
import { hexSpanId, hexTraceId } from './span-ids.ts';
import { exampleSpan, exampleTrace } from './testing/example-trace.ts';
import { zipkinTrace } from './zipkin-v2.ts';

const published = protobuf.parse(readFileSync(join(import.meta.dirname, 'testing/otlp-traces.proto'), 'utf8')).root;
const request = published.lookupType('otlp.ExportTraceServiceRequest');

/** The published schema reads the bytes, in its own JSON form: ids as base64, enums as names. */
const decode = (bytes: Uint8Array) => request.toObject(request.decode(bytes), { longs: String, enums: String, bytes: String });
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

const hostile = JSON.parse(
  '{"__proto__":"p","constructor":1,"text":"a \\u0000 <script> 😀","n":-7,"f":1.5,"no":null,"yes":false,"empty":"","list":["a",1,[true]],"map":{"__proto__":{"x":1}}}',
) as Record<string, unknown>;

const root = exampleSpan({
  name: 'tools/call weather',
  kind: 'server',
  instance: 'agent-1',
  address: '10.0.0.7',
  runtime: 'python',
  traceState: 'a=b',
  model: 'anthropic/x',
  inputTokens: 12,
  resource: { 'service.name': 'real name', 'k8s.pod.name': 'p' },
  scope: { name: 'lib', version: '1.2', attributes: { a: 1 }, schemaUrl: 'https://x/1' },
  attributes: { ...hostile, big: 2n ** 62n, bigger: 2n ** 80n },
  events: [{ timeUnixNano: '1763700000130000001', name: 'exception', attributes: { 'exception.type': 'E' }, droppedAttributesCount: 3 }],
  links: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceState: 's=t', attributes: { l: true }, flags: 1 }],
});
const failed = exampleSpan({
  spanId: 'c'.repeat(16),
  parentId: root.spanId,
  kind: 'client',
  status: 'error',
  statusMessage: 'no such city',
  target: 'other',
  startNanos: root.startNanos + 1_000_600n,
  endNanos: root.startNanos + 2_000_000n,
});
const open = exampleSpan({
  spanId: 'd'.repeat(16),
  parentId: root.spanId,
  state: 'abandoned',
  endNanos: undefined,
  durationNanos: undefined,
  duplicates: 2,
});
const trace = exampleTrace([root, failed, open]);

describe('ids', () => {
  it.each([
    ['0AF7651916CD43DD8448EB211C80319C', '0af7651916cd43dd8448eb211c80319c'],
    ['c1b2c3d4-E5F6-7890-abcd-ef1234567890', 'c1b2c3d4e5f67890abcdef1234567890'],
    ['b7ad6b7169203331', '0000000000000000b7ad6b7169203331'],
  ])('of a trace %s are %s', (id, expected) => expect(hexTraceId(id)).toBe(expected));

  it('that are no hexadecimal digits get a stable one, told apart', () => {
    const odd = ['', 'abc', 'ABC', '0'.repeat(32), 'x'.repeat(1e6), '\ud800', 'a'.repeat(31), `${'a'.repeat(32)}\n`];
    const ids = odd.map(hexTraceId);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id) && !/^0+$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(odd.length);
    expect(odd.map(hexTraceId)).toEqual(ids);
    expect(hexTraceId('abc')).toBe('024ef48899fcec74186c1b82774fb505');
    const spans = odd.map(hexSpanId);
    expect(spans.every((id) => /^[0-9a-f]{16}$/.test(id) && !/^0+$/.test(id))).toBe(true);
  });

  it('keep their text as an attribute, and hold the tree together', () => {
    const spans = [exampleSpan({ traceId: 't/1', spanId: 'one' }), exampleSpan({ traceId: 't/1', spanId: 'two', parentId: 'one' })];
    const [first, second] = otlpJson([exampleTrace(spans)]).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    expect(second?.parentSpanId).toBe(first?.spanId);
    expect(first?.attributes).toEqual([
      { key: 'meshscope.trace_id', value: { stringValue: 't/1' } },
      { key: 'meshscope.span_id', value: { stringValue: 'one' } },
    ]);
    expect(second?.attributes).toContainEqual({ key: 'meshscope.parent_id', value: { stringValue: 'one' } });
  });

  it('that several spans share are made different; parents in a cycle are left out', () => {
    const same = [exampleSpan({ name: 'a' }), exampleSpan({ name: 'b' }), exampleSpan({ name: 'b' })];
    const ids = zipkinTrace(exampleTrace(same)).map(({ id }) => id);
    expect(ids[0]).toBe(same[0]?.spanId);
    expect(new Set(ids).size).toBe(3);
    const cycle = [exampleSpan({ spanId: 'x', parentId: 'y', orphan: true }), exampleSpan({ spanId: 'y', parentId: 'x' })];
    expect(zipkinTrace(exampleTrace(cycle)).map(({ parentId }) => parentId)).toEqual([undefined, hexSpanId('x')]);
    const lost = exampleSpan({ parentId: 'gone', orphan: true });
    expect(zipkinTrace(exampleTrace([lost]))[0]?.parentId).toBe(hexSpanId('gone'));
  });
});

describe('OTLP', () => {
  it('groups by resource and scope', () => {
    const { resourceSpans } = otlpJson([trace, exampleTrace([exampleSpan({ traceId: 'f'.repeat(32) })])]);
    expect(resourceSpans.map(({ scopeSpans }) => scopeSpans.map(({ spans }) => spans.length))).toEqual([[1], [3]]);
    expect(resourceSpans[0]?.resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'real name' } },
      { key: 'k8s.pod.name', value: { stringValue: 'p' } },
      { key: 'service.instance.id', value: { stringValue: 'agent-1' } },
      { key: 'host.ip', value: { arrayValue: { values: [{ stringValue: '10.0.0.7' }] } } },
      { key: 'process.runtime.name', value: { stringValue: 'python' } },
    ]);
    expect(resourceSpans[0]?.scopeSpans[0]).toMatchObject({
      scope: { name: 'lib', version: '1.2', attributes: [{ key: 'a', value: { intValue: '1' } }] },
      schemaUrl: 'https://x/1',
    });
  });

  it('keeps times to the nanosecond, errors, events, links and the types of attributes', () => {
    const [one] = otlpJson([trace]).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    expect(one).toMatchObject({
      kind: 2,
      startTimeUnixNano: '1763700000123456789',
      endTimeUnixNano: '1763700000138456789',
      traceState: 'a=b',
    });
    expect(one).not.toHaveProperty('parentSpanId');
    expect(Object.fromEntries((one?.attributes ?? []).map(({ key, value }) => [`=${key}`, value]))).toMatchObject({
      '=__proto__': { stringValue: 'p' },
      '=n': { intValue: '-7' },
      '=f': { doubleValue: 1.5 },
      '=no': {},
      '=yes': { boolValue: false },
      '=big': { intValue: String(2n ** 62n) },
      '=bigger': { stringValue: String(2n ** 80n) },
      '=gen_ai.usage.input_tokens': { intValue: '12' },
      '=gen_ai.request.model': { stringValue: 'anthropic/x' },
    });
    const [, second, third] = otlpJson([trace]).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
    expect(second?.status).toEqual({ code: 2, message: 'no such city' });
    expect(third).toMatchObject({ startTimeUnixNano: '1763700000123456789', endTimeUnixNano: '1763700000123456789' });
    expect(third?.attributes).toEqual([{ key: 'meshscope.state', value: { stringValue: 'abandoned' } }]);
  });

  it('in protobuf is read by the published schema as the same request', () => {
    const json = otlpJson([trace]);
    const expected = JSON.parse(JSON.stringify(json), (key, value: unknown) => {
      if (/^(trace|span|parentSpan)Id$/.test(key)) return base64(String(value));
      if (key === 'kind') return ['SPAN_KIND_UNSPECIFIED', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT'][Number(value)];
      if (key === 'code') return 'STATUS_CODE_ERROR';
      return value;
    }) as object;
    // proto3 leaves out what holds its default.
    expect(dropDefaults(decode(otlpProtobuf([trace])))).toEqual(dropDefaults(expected));
  });

  it('in protobuf takes what is large, deep, empty or before 1970', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 5000; depth++) deep = [deep];
    const odd = exampleSpan({
      name: '',
      startNanos: -5n,
      endNanos: -9n,
      durationNanos: undefined,
      attributes: { deep, long: 'ü'.repeat(200_000), '': '' },
    });
    const decoded = decode(otlpProtobuf([exampleTrace([odd]), exampleTrace([])]));
    const [one] = decoded.resourceSpans[0].scopeSpans[0].spans;
    expect([one.startTimeUnixNano, one.endTimeUnixNano]).toEqual([undefined, undefined]);
    expect(one.attributes[1].value.stringValue).toHaveLength(200_000);
    expect(otlpProtobuf([])).toHaveLength(0);
  });
});

function dropDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [`=${key}`, dropDefaults(item)] as const);
  return Object.fromEntries(
    entries.filter(
      ([key, item]) =>
        key.endsWith('Value') ||
        !(item === 0 || item === '' || item === 'SPAN_KIND_UNSPECIFIED' || (Array.isArray(item) && item.length === 0)),
    ),
  );
}

describe('Zipkin', () => {
  const spans = zipkinTrace(trace);

  it('follows the published schema', () => {
    for (const span of spans) {
      expect(span.traceId).toMatch(/^[a-f0-9]{16,32}$/);
      expect(span.id).toMatch(/^[a-f0-9]{16}$/);
      if (span.parentId !== undefined) expect(span.parentId).toMatch(/^[a-f0-9]{16}$/);
      expect(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER', undefined]).toContain(span.kind);
      expect(Number.isSafeInteger(span.timestamp)).toBe(true);
      expect(span.duration === undefined || (Number.isSafeInteger(span.duration) && span.duration >= 1)).toBe(true);
      expect(Object.values(span.tags).every((value) => typeof value === 'string')).toBe(true);
    }
  });

  it('has microseconds, errors, annotations, and no duration of what has not ended', () => {
    expect(spans[0]).toMatchObject({
      timestamp: 1_763_700_000_123_456,
      duration: 15_000,
      kind: 'SERVER',
      localEndpoint: { serviceName: 'agent', ipv4: '10.0.0.7' },
      annotations: [{ timestamp: 1_763_700_000_130_000, value: '"exception": {"exception.type":"E"}' }],
    });
    expect(Object.entries(spans[0]?.tags ?? {})).toContainEqual(['__proto__', 'p']);
    expect(spans[0]?.tags).not.toHaveProperty('error');
    expect(spans[1]).toMatchObject({ duration: 999, remoteEndpoint: { serviceName: 'other' }, tags: { error: 'no such city' } });
    expect(spans[2]).not.toHaveProperty('duration');
    expect(spans[2]?.tags['meshscope.state']).toBe('abandoned');
  });

  it('gives the two sides of a call one id when they came with one', () => {
    const client = exampleSpan({ spanId: 'e'.repeat(16), parentId: root.spanId, kind: 'client' });
    const server = exampleSpan({ ...client, kind: 'server', parentIndex: 1 });
    const below = exampleSpan({ spanId: 'f'.repeat(16), parentId: client.spanId, parentIndex: 2 });
    const [, first, second, third] = zipkinTrace(exampleTrace([root, client, server, below]));
    expect(second).toMatchObject({ id: client.spanId, parentId: root.spanId, kind: 'SERVER', shared: true });
    expect(first).not.toHaveProperty('shared');
    expect(third?.parentId).toBe(client.spanId);
  });

  it('says of a failed span without a message that it failed', () => {
    expect(zipkinTrace(exampleTrace([exampleSpan({ status: 'error' })]))[0]?.tags.error).toBe('true');
    expect(zipkinTrace(exampleTrace([exampleSpan({ endNanos: root.startNanos })]))[0]?.duration).toBe(1);
  });
});

describe('Jaeger', () => {
  const jaeger = jaegerTrace(trace);

  it('names a process for each resource', () => {
    expect(jaeger.spans.map(({ processID }) => processID)).toEqual(['p1', 'p2', 'p2']);
    expect(jaeger.processes.p1).toMatchObject({ serviceName: 'real name' });
    expect(jaeger.processes.p1?.tags).toContainEqual({ key: 'service.instance.id', type: 'string', value: 'agent-1' });
    expect(jaeger.processes.p2).toEqual({ serviceName: 'agent', tags: [] });
  });

  it('has references, typed tags, logs and warnings', () => {
    const [first, second, third] = jaeger.spans;
    expect(first).toMatchObject({
      startTime: 1_763_700_000_123_456,
      duration: 15_000,
      references: [{ refType: 'FOLLOWS_FROM', traceID: '1'.repeat(32), spanID: '2'.repeat(16) }],
      logs: [
        {
          timestamp: 1_763_700_000_130_000,
          fields: [
            { key: 'event', type: 'string', value: 'exception' },
            { key: 'exception.type', type: 'string', value: 'E' },
          ],
        },
      ],
      warnings: null,
    });
    expect(first?.tags).toEqual(
      expect.arrayContaining([
        { key: 'n', type: 'int64', value: -7 },
        { key: 'f', type: 'float64', value: 1.5 },
        { key: 'yes', type: 'bool', value: false },
        { key: 'list', type: 'string', value: '["a",1,[true]]' },
        { key: 'big', type: 'string', value: String(2n ** 62n) },
        { key: 'span.kind', type: 'string', value: 'server' },
      ]),
    );
    expect(second?.references).toEqual([{ refType: 'CHILD_OF', traceID: root.traceId, spanID: root.spanId }]);
    expect(second?.tags).toContainEqual({ key: 'error', type: 'bool', value: true });
    expect(third?.warnings).toEqual(['has not ended, and nothing more came', 'was reported 3 times']);
    expect(JSON.parse(JSON.stringify(jaeger))).toMatchObject({ traceID: root.traceId });
  });
});
