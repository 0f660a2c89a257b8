import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLiteral } from './attribute-values.ts';
import { readTrace, readTraces } from './read-trace.ts';
import { openTraceTable, span, type TraceTable } from './testing/trace-table.ts';

const limits = { quietMillis: 3000, timeoutMillis: 300_000 };
const hostile = 'tab\t line\n back\\slash nul\0 quote\' "double" ünï 😀 --; DROP TABLE spans';
let table: TraceTable;
const later = () => table.lastIngestedMillis + 10_000;

beforeAll(async () => {
  table = await openTraceTable();
  await table.load([
    span({
      traceId: 'C1B2C3D4-E5F6-7890-ABCD-EF1234567890',
      spanId: 'a',
      name: 'root',
      service: 'one',
      startNanos: '1000',
      endNanos: '9000',
    }),
    span({
      traceId: 'c1b2c3d4e5f67890abcdef1234567890',
      spanId: 'b',
      parentId: 'a',
      name: 'child',
      service: 'two',
      startNanos: '2000',
      endNanos: '3000',
    }),
    span({
      traceId: hostile,
      spanId: hostile,
      name: hostile,
      attributes: JSON.stringify({ [hostile]: hostile }),
      startNanos: '5',
      endNanos: '6',
    }),
    span({
      traceId: 'typed',
      startNanos: '-1500000000000000001',
      endNanos: '-1500000000000000000',
      attributes: '{"big":12345678901234567890,"__proto__":1,"constructor":{"x":9007199254740993},"f":1.5,"s":"1","n":null}',
      events: '[{"timeUnixNano":"1","name":"e","attributes":{"n":9007199254740993}}]',
      scope: '{"name":"s"}',
      inputTokens: '12',
    }),
  ]);
});
afterAll(() => table.close());

describe('readTrace', () => {
  it.each(['C1B2C3D4-E5F6-7890-ABCD-EF1234567890', 'c1b2c3d4-e5f6-7890-abcd-ef1234567890', 'c1b2c3d4e5f67890abcdef1234567890'])(
    'finds a trace by the spelling %s',
    async (id) => {
      const trace = await readTrace(table.engine, id, limits, later());
      expect(trace).toMatchObject({ state: 'complete', services: ['one', 'two'], startNanos: 1000n, endNanos: 9000n, success: true });
      expect(trace?.spans.map(({ name, parentIndex }) => [name, parentIndex])).toEqual([
        ['root', undefined],
        ['child', 0],
      ]);
    },
  );

  it('finds hostile ids and gives everything back', async () => {
    const trace = await readTrace(table.engine, hostile, limits, later());
    expect(trace?.spans).toMatchObject([{ spanId: hostile, name: hostile, attributes: { [hostile]: hostile } }]);
  });

  it.each(['', ' ', 'nope', '../..', "' OR 1", 'x'.repeat(10_000), '\0', '\ud800'])('knows nothing of %j', async (id) => {
    expect(await readTrace(table.engine, id, limits, later())).toBeUndefined();
  });

  it('keeps types, names and digits', async () => {
    const trace = await readTrace(table.engine, 'typed', limits, later());
    const [only] = trace?.spans ?? [];
    expect(only?.attributes.big).toBe(12345678901234567890n);
    expect(Object.keys(only?.attributes ?? {}).sort()).toEqual(['__proto__', 'big', 'constructor', 'f', 'n', 's']);
    expect(only?.attributes).toMatchObject({ f: 1.5, s: '1', n: null, constructor: { x: 9007199254740993n } });
    expect(only).toMatchObject({
      startNanos: -1500000000000000001n,
      durationNanos: 1n,
      scope: { name: 's' },
      events: [{ name: 'e', attributes: { n: 9007199254740993n } }],
      inputTokens: 12,
      outputTokens: undefined,
    });
  });
});

describe('readTraces', () => {
  it('gives traces in the order asked for, and leaves out what is not there', async () => {
    const addresses = await table.addresses(['typed', hostile]);
    const traces = await readTraces(table.engine, [...addresses, { hash: '1' }], limits, later());
    expect(traces.map(({ traceId }) => traceId)).toEqual(['typed', hostile]);
    expect(await readTraces(table.engine, [], limits, 0)).toEqual([]);
  });
});

describe('parseLiteral', () => {
  it.each<[string, unknown]>([
    ['"a\\u0041"', 'aA'],
    ['12', 12],
    ['-3', -3],
    ['1e3', 1000],
    ['9007199254740993', 9007199254740993n],
    ['[1,{"a":null}]', [1, { a: null }]],
    ['broken', 'broken'],
    ['"broken', '"broken'],
    ['', ''],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ])('reads %j', (text, value) => expect(parseLiteral(text)).toEqual(value));
});
