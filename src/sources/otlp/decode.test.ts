import { describe, expect, it } from 'vitest';
import { WireWriter } from '../../lib/protobuf/wire-writer.ts';
import { createIngestLogs } from '../../pipeline/log-intake.ts';
import { decodeLogs } from './decode-logs.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { decodeTraces } from './decode-traces.ts';
import { Room } from './room.ts';
import { fromJson, full } from './testing/full-requests.ts';

const room = () => new Room(1e9);
/** A request with one span, whose bytes are written by hand and independently of the JSON encoding. */
function spanBytes(write: (span: WireWriter) => void): Buffer {
  const writer = new WireWriter();
  writer.message(1, (resource) =>
    resource.message(2, (scope) =>
      scope.message(2, (span) => {
        span.bytes(1, Buffer.from([0xab]));
        span.bytes(2, Buffer.from([0xcd]));
        write(span);
      }),
    ),
  );
  return Buffer.from(writer.finish());
}
const attribute = (write: (value: WireWriter) => void) => (span: WireWriter) =>
  span.message(9, (pair) => {
    pair.text(1, 'k');
    pair.message(2, write);
  });
const firstSpan = (bytes: Buffer) => decodeTraces(bytes, room()).records[0];

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]);

/** An `AnyValue` of lists (field 5) or of objects (field 6) in each other. */
function deep(levels: number, field: 5 | 6): Buffer {
  const heads: number[][] = [];
  let size = 0;
  for (let level = 0; level < levels; level++) {
    const pair = field === 6 ? [0x0a, 1, 0x6b, 0x12, ...varint(size)] : [];
    const member = [0x0a, ...varint(pair.length + size), ...pair];
    const head = [(field << 3) | 2, ...varint(member.length + size), ...member];
    heads.push(head);
    size += head.length;
  }
  return Buffer.from(heads.reverse().flat());
}

describe('values of attributes', () => {
  it.each<[string, (value: WireWriter) => void, string]>([
    ['the largest integer', (value) => value.alwaysInt64(3, 2n ** 63n - 1n), '9223372036854775807'],
    ['the smallest integer', (value) => value.alwaysInt64(3, -(2n ** 63n)), '-9223372036854775808'],
    ['-1', (value) => value.alwaysInt64(3, -1n), '-1'],
    ['2^53 + 1', (value) => value.alwaysInt64(3, 2n ** 53n + 1n), '9007199254740993'],
    ['a double without a fraction', (value) => value.alwaysDouble(4, 3), '3.0'],
    ['a large double', (value) => value.alwaysDouble(4, 1e300), '1e+300'],
    ['-0', (value) => value.alwaysDouble(4, -0), '-0.0'],
    ['NaN', (value) => value.alwaysDouble(4, Number.NaN), '"NaN"'],
    ['infinity', (value) => value.alwaysDouble(4, Number.NEGATIVE_INFINITY), '"-Infinity"'],
    ['true', (value) => value.alwaysBool(2, true), 'true'],
    ['false', (value) => value.alwaysBool(2, false), 'false'],
    ['empty text', (value) => value.alwaysText(1, ''), '""'],
    ['text', (value) => value.alwaysText(1, 'ü\u0001"\\\n\u{1F600}'), '"ü\\u0001\\"\\\\\\n\u{1F600}"'],
    ['bytes', (value) => value.bytes(7, Buffer.from([0, 255])), '{"base64":"AP8="}'],
    ['nothing', () => undefined, 'null'],
    ['text that is no UTF-8', (value) => value.bytes(1, Buffer.from([0x61, 0xff, 0x22])), '"a\ufffd\\""'],
    [
      'the last of two',
      (value) => {
        value.alwaysText(1, 'first');
        value.alwaysBool(2, true);
      },
      'true',
    ],
    [
      'a list',
      (value) =>
        value.message(5, (list) => {
          for (const n of [1n, 2n]) list.message(1, (item) => item.alwaysInt64(3, n));
        }),
      '[1,2]',
    ],
  ])('%s', (_, write, json) => {
    expect(firstSpan(spanBytes(attribute(write)))?.attributes).toBe(`{"k":${json}}`);
  });

  it.each([5, 6] as const)('keeps what is nested 10,000 levels deep, field %d, without growing the stack', (kind) => {
    const bytes = spanBytes((span) =>
      span.message(9, (pair) => {
        pair.text(1, 'k');
        pair.bytes(2, deep(10_000, kind));
      }),
    );
    const json = firstSpan(bytes)?.attributes ?? '';
    expect(json).toContain('{"protobuf":"');
    expect(() => JSON.parse(json)).not.toThrow();
  });

  it('refuses JSON that is nested 10,000 levels deep', () => {
    const nested = `${'{"arrayValue":{"values":['.repeat(10_000)}{}${']}}'.repeat(10_000)}`;
    const text = `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${nested}}]}}]}`;
    expect(() => fromJson('traces', text)).toThrow(/nesting depth/);
  });

  it('refuses a value that takes far more as JSON than as sent, and goes on', () => {
    const bytes = spanBytes(attribute((one) => one.bytes(1, Buffer.alloc(30_000_000, 1))));
    expect(() => firstSpan(bytes)).toThrow(/send smaller values/);
    expect(firstSpan(spanBytes(attribute((one) => one.alwaysText(1, 'x'))))?.attributes).toBe('{"k":"x"}');
  });

  it('takes 10 MB in one attribute', () => {
    const value = 'x"'.repeat(5_000_000);
    expect(JSON.parse(firstSpan(spanBytes(attribute((one) => one.alwaysText(1, value))))?.attributes ?? '')).toEqual({ k: value });
  });
});

describe('records', () => {
  it('has everything of a span', () => {
    const span = firstSpan(fromJson('traces', full.traces));
    expect(span).toMatchObject({
      parentId: '',
      kind: 'producer',
      traceState: 'a=b',
      flags: '769',
      status: 'error',
      statusMessage: 'm',
      service: 'a',
      startNanos: '1790000000123456789',
    });
    expect(span?.attributes).toBe(
      '{"i":9223372036854775807,"d":"NaN","b":{"base64":"AAEC"},"m":{"__proto__":[null,-1]},"otel.dropped_attributes_count":3,"otel.dropped_events_count":4,"otel.dropped_links_count":5}',
    );
    expect(span?.resource).toBe(
      '{"service.name":"a","otel.dropped_attributes_count":2,"otel.entity_refs":[{"schemaUrl":"","type":"host","idKeys":["host.id"],"descriptionKeys":[]}],"otel.schema_url":"https://schema/1"}',
    );
    expect(span?.scope).toBe(
      '{"name":"lib","version":"1","attributes":{"x":true},"droppedAttributesCount":1,"schemaUrl":"https://schema/2"}',
    );
    expect(span?.events).toBe('[{"timeUnixNano":"1790000000123456790","name":"e","attributes":{"k":"v"},"droppedAttributesCount":1}]');
    expect(span?.links).toBe(
      '[{"traceId":"ab","spanId":"cd","traceState":"s","attributes":{"k":1.0},"flags":1,"droppedAttributesCount":1}]',
    );
  });

  it('has everything of a log', () => {
    const [document] = decodeLogs(fromJson('logs', full.logs), room(), 0).records;
    expect(JSON.parse(Buffer.from(document ?? []).toString())).toEqual({
      '@timestamp': '2026-09-21T14:13:20.123456789Z',
      observed_timestamp: '2026-09-21T14:13:20.223456789Z',
      level: 'FATAL',
      severity_number: 21,
      body: 'gone "wrong"\n',
      trace_id: '5af7183fb1d4cf5f5af7183fb1d4cf5f',
      span_id: '6b221d5bc9e6496c',
      flags: 1,
      event_name: 'crash',
      exception: { type: 'TypeError', traceback: 'at a\nat b' },
      source: { line: 17 },
      attributes: { 'exception.type': 'TypeError', 'exception.stacktrace': 'at a\nat b', 'code.line.number': 17, 'exception.message': 3 },
      dropped_attributes_count: 1,
      service: { name: 'a' },
      kubernetes: { node_name: 'n1' },
      resource: { 'service.name': 'a', 'k8s.node.name': 'n1' },
      scope: { name: 'lib' },
    });
  });

  it('has everything of each kind of metric', () => {
    const { records, rejections } = decodeMetrics(fromJson('metrics', full.metrics), room());
    const one = (name: string) => records.find((point) => point.name === name);
    expect(records.map((point) => [point.name, point.type, point.value, point.isInteger, point.count, point.sum])).toEqual([
      ['g', 'gauge', '0', true, '', ''],
      ['g', 'gauge', '-inf', false, '', ''],
      ['s', 'sum', '-9223372036854775808', true, '', ''],
      ['h', 'histogram', '', false, '18446744073709551615', '0'],
      ['x', 'exponential_histogram', '', false, '3', ''],
      ['y', 'summary', '', false, '0', '0'],
    ]);
    expect(one('s')).toMatchObject({ temporality: 'delta', monotonic: true, service: 'a' });
    expect(one('g')?.details).toBe('{"metadata":{"k":1}}');
    expect(one('s')?.details).toBe(
      '{"exemplars":[{"timeUnixNano":"7","value":1,"traceId":"ab","spanId":"cd","filteredAttributes":{"k":1}}]}',
    );
    expect(one('h')?.details).toBe('{"bucketCounts":[0,1,0],"explicitBounds":[0.0,1.5]}');
    expect(one('x')?.details).toBe(
      '{"scale":-2,"zeroCount":1,"zeroThreshold":0.5,"positive":{"offset":-1,"bucketCounts":[0,2]},"negative":{"offset":0,"bucketCounts":[]}}',
    );
    expect(one('x')).toMatchObject({ min: '-1', max: '2' });
    expect(one('y')?.details).toBe('{"quantileValues":[{"quantile":0.5,"value":3.0},{"quantile":1.0,"value":"NaN"}]}');
    expect([rejections.count, rejections.message]).toEqual([0, 'Metric "future" has no data of a kind that is known here.']);
  });

  it('reads fields in any order, and skips those that it does not know', () => {
    const writer = new WireWriter();
    writer.message(1, (resource) => {
      resource.message(2, (scope) => {
        scope.message(2, (span) => {
          span.fixed32(200, 1);
          span.alwaysText(201, 'unknown');
          span.alwaysDouble(202, 1);
          span.uint32(203, 1);
          span.text(5, 'n');
          span.bytes(2, Buffer.from([2]));
          span.bytes(1, Buffer.from([1]));
        });
        scope.message(1, (value) => value.text(1, 'late'));
      });
      resource.message(1, (value) =>
        value.message(1, (pair) => {
          pair.message(2, (text) => text.alwaysText(1, 'svc'));
          pair.text(1, 'service.name');
        }),
      );
    });
    expect(firstSpan(writer.finish())).toMatchObject({ name: 'n', spanId: '02', traceId: '01', service: 'svc', scope: '{"name":"late"}' });
  });

  it.each([
    ['meshscope.recorder', 'start', 'start'],
    ['@meshscope/sdk', 'end', 'end'],
    ['meshscope.recorder', 'other', 'span'],
    ['meshscope.recorder', undefined, 'span'],
    ['another', 'start', 'span'],
  ])('of %s with %s is a %s', (name, told, record) => {
    const attributes = told === undefined ? [] : [{ key: 'meshscope.record', value: { stringValue: told } }];
    const quoted = { key: 'q', value: { stringValue: '"meshscope.record":"start"' } };
    const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), startTimeUnixNano: '5', attributes: [...attributes, quoted] };
    const body = fromJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name }, spans: [span] }] }] }));
    expect(firstSpan(body)).toMatchObject({ record, startNanos: '5', endNanos: '' });
  });

  it('prefers the model that answered, wherever it stands', () => {
    const both = (first: string, second: string) => {
      const bytes = spanBytes((span) => {
        for (const name of [first, second])
          span.message(9, (pair) => {
            pair.text(1, `gen_ai.${name}.model`);
            pair.message(2, (value) => value.alwaysText(1, name));
          });
      });
      return firstSpan(bytes)?.model;
    };
    expect([both('request', 'response'), both('response', 'request')]).toEqual(['response', 'response']);
  });

  it('makes documents that the pipeline takes', async () => {
    let frame = '';
    const ingest = createIngestLogs({
      append: async (build) => {
        frame = build(1, 0).payload.toString();
      },
      indexFor: async (name) => name,
      count: () => undefined,
    });
    const { records } = decodeLogs(fromJson('logs', full.logs), room(), 0);
    expect(await ingest({ source: 'otlp', index: 'i', documents: records })).toEqual({ accepted: 1, deadLettered: 0 });
    expect(frame).toContain('"resource":{"service.name":"a"');
  });
});
