import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import type { Span, Trace } from '../../model/trace.ts';
import { assembleTrace } from './assemble-spans.ts';
import { clockSkew } from './clock-skew.ts';
import type { SpanRow } from './span-rows.ts';
import { spanRow } from './testing/span-row.ts';
import { traceTree, walkTree } from './trace-tree.ts';

const limits = { quietMillis: 3000, timeoutMillis: 300_000 };
const later = 10_000;

function assemble(rows: readonly SpanRow[], nowMillis = later): Trace {
  const trace = assembleTrace(rows, limits, nowMillis);
  if (trace === undefined) throw new Error('no rows');
  return trace;
}

type Row = Parameters<typeof spanRow>[0];
const told = ({ spanId, name, state, status, startNanos, endNanos, durationNanos, duplicates, parentIndex, orphan }: Span) => ({
  spanId,
  name,
  state,
  status,
  times: [startNanos, endNanos, durationNanos].map((nanos) => (nanos === undefined ? undefined : Number(nanos))),
  duplicates,
  parentIndex,
  orphan,
});

const ended = { spanId: 's', name: 'op', state: 'ended', status: '', duplicates: 0, parentIndex: undefined, orphan: false };

describe('pairing', () => {
  it.each<[string, Row[], object[]]>([
    ['a whole span', [{ start: 10, end: 30, status: 'ok' }], [{ ...ended, status: 'ok', times: [10, 30, 20] }]],
    ['a measured duration wins over times', [{ start: 10, end: 30, took: 19 }], [{ ...ended, times: [10, 30, 19] }]],
    ['a negative duration does not', [{ start: 10, end: 30, took: -5 }], [{ ...ended, times: [10, 30, 20] }]],
    ['nor does zero, or what is no number', [{ start: 10, end: 30, took: 0 }], [{ ...ended, times: [10, 30, 20] }]],
    ['an end before its start', [{ start: 30, end: 10 }], [{ ...ended, times: [30, 10, 0] }]],
    ['an end computed from a negative duration', [{ start: 30, took: -10 }], [{ ...ended, times: [30, 30, 0] }]],
    ['a start computed from a negative duration', [{ end: 30, took: -10 }], [{ ...ended, times: [30, 30, 0] }]],
    [
      'start and end',
      [
        { record: 'start', start: 10 },
        { record: 'end', end: 30, status: 'ok' },
      ],
      [{ ...ended, status: 'ok', times: [10, 30, 20] }],
    ],
    [
      'an end with a duration alone ends that long after the start',
      [
        { record: 'start', start: 10 },
        { record: 'end', took: 7 },
      ],
      [{ ...ended, times: [10, 17, 7] }],
    ],
    [
      'an event without a name',
      [
        { record: 'start', start: 10, name: 'one' },
        { record: 'end', end: 30, name: '' },
      ],
      [{ ...ended, name: 'one', times: [10, 30, 20] }],
    ],
    ['an end without a start', [{ record: 'end', end: 30, took: 20 }], [{ ...ended, times: [10, 30, 20] }]],
    ['an open span', [{ record: 'start', start: 10 }], [{ ...ended, state: 'open', times: [10, undefined, undefined] }]],
    [
      'start and error, after the quiet period',
      [
        { record: 'start', start: 10 },
        { record: 'error', end: 25, status: 'error' },
      ],
      [{ ...ended, status: 'error', times: [10, 25, 15] }],
    ],
    ['an error alone', [{ record: 'error', end: 25, status: 'error' }], [{ ...ended, status: 'error', times: [25, 25, 0] }]],
    [
      'an end after an error says how it ended',
      [
        { record: 'start', start: 10 },
        { record: 'error', end: 25, status: 'error' },
        { record: 'end', end: 30, status: 'ok' },
      ],
      [{ ...ended, status: 'ok', times: [10, 30, 20] }],
    ],
    [
      'an end that does not say leaves the error',
      [
        { record: 'start', start: 10 },
        { record: 'error', end: 25, status: 'error' },
        { record: 'end', end: 30 },
      ],
      [{ ...ended, status: 'error', times: [10, 30, 20] }],
    ],
    [
      'a record that came twice',
      [
        { start: 10, end: 30 },
        { start: 10, end: 30, segment: 2 },
      ],
      [{ ...ended, times: [10, 30, 20], duplicates: 1 }],
    ],
    [
      'attempts of which the last succeeded',
      [
        { start: 10, end: 20, status: 'error' },
        { start: 20, end: 30, status: 'error' },
        { start: 30, end: 40, status: 'ok' },
      ],
      [{ ...ended, status: 'ok', times: [30, 40, 10], duplicates: 2 }],
    ],
    [
      'attempts of which the last failed',
      [
        { start: 10, end: 20, status: 'ok' },
        { start: 30, end: 40, status: 'error' },
      ],
      [{ ...ended, status: 'error', times: [30, 40, 10], duplicates: 1 }],
    ],
    [
      'one span id for an operation and what it calls (v0.4.0)',
      [
        { start: 10, end: 50, name: 'tool', parentId: 'p' },
        { start: 20, end: 30, name: 'inner', parentId: 'p' },
        { start: 60, end: 70, name: 'next', parentId: 'p' },
        { spanId: 'p', start: 0, end: 90, name: 'root' },
      ],
      [
        { ...ended, spanId: 'p', name: 'root', times: [0, 90, 90] },
        { ...ended, name: 'tool', times: [10, 50, 40], parentIndex: 0 },
        { ...ended, name: 'inner', times: [20, 30, 10], parentIndex: 1 },
        { ...ended, name: 'next', times: [60, 70, 10], parentIndex: 0 },
      ],
    ],
    [
      'the two sides of a call (Zipkin)',
      [
        { kind: 'client', start: 10, end: 50, parentId: 'p', service: 'a' },
        { kind: 'server', start: 15, end: 45, parentId: 'p', service: 'b' },
        { spanId: 'c', parentId: 's', start: 20, end: 30, service: 'b' },
        { spanId: 'p', start: 0, end: 90, service: 'a' },
      ],
      [
        { ...ended, spanId: 'p', times: [0, 90, 90] },
        { ...ended, times: [10, 50, 40], parentIndex: 0 },
        { ...ended, times: [15, 45, 30], parentIndex: 1 },
        { ...ended, spanId: 'c', times: [20, 30, 10], parentIndex: 2 },
      ],
    ],
    ['a parent that never came', [{ parentId: 'gone', start: 1, end: 2 }], [{ ...ended, times: [1, 2, 1], orphan: true }]],
    ['a span that names itself', [{ parentId: 's', start: 1, end: 2 }], [{ ...ended, times: [1, 2, 1], orphan: true }]],
    [
      'a cycle, which is cut at its earliest span',
      [
        { spanId: 'a', parentId: 'b', start: 1, end: 9 },
        { spanId: 'b', parentId: 'c', start: 2, end: 8 },
        { spanId: 'c', parentId: 'a', start: 3, end: 7 },
        { spanId: 'd', parentId: 'c', start: 4, end: 5 },
      ],
      [
        { ...ended, spanId: 'a', times: [1, 9, 8], orphan: true },
        { ...ended, spanId: 'b', times: [2, 8, 6], parentIndex: 2 },
        { ...ended, spanId: 'c', times: [3, 7, 4], parentIndex: 0 },
        { ...ended, spanId: 'd', times: [4, 5, 1], parentIndex: 2 },
      ],
    ],
    [
      'spans without an id, which stand for themselves',
      [
        { spanId: '', start: 1, end: 2, parentId: '' },
        { spanId: '', start: 1, end: 2, row: 1 },
      ],
      [
        { ...ended, spanId: '', times: [1, 2, 1] },
        { ...ended, spanId: '', times: [1, 2, 1] },
      ],
    ],
    [
      'prototype names as ids',
      [{ spanId: '__proto__', parentId: 'constructor', start: 1, end: 2 }],
      [{ ...ended, spanId: '__proto__', times: [1, 2, 1], orphan: true }],
    ],
  ])('%s', (_, rows, spans) => {
    expect(assemble(rows.map(spanRow)).spans.map(told)).toEqual(spans);
  });

  it('keeps what any event told, the last word first', () => {
    const [span] = assemble([
      spanRow({ record: 'start', start: 1, capability: 'c', target: 't', attributes: { a: 1, b: 1 }, parentId: 'p' }),
      spanRow({ record: 'end', end: 5, attributes: { b: 2 }, outputTokens: 3, statusMessage: 'm', status: 'error' }),
    ]).spans;
    expect(span).toMatchObject({
      capability: 'c',
      target: 't',
      attributes: { a: 1, b: 2 },
      outputTokens: 3,
      statusMessage: 'm',
      parentId: 'p',
    });
  });

  it('leaves out what a failed attempt said when the last succeeded', () => {
    const [span] = assemble([
      spanRow({ start: 1, end: 2, status: 'error', statusMessage: 'boom', attributes: { error_type: 'X' } }),
      spanRow({ start: 3, end: 4, status: 'ok' }),
    ]).spans;
    expect(span).toMatchObject({ status: 'ok', statusMessage: '', attributes: {} });
  });
});

describe('a trace', () => {
  it('covers every attempt, and knows services and success', () => {
    expect(
      assemble([
        spanRow({ start: 10, end: 20, status: 'error', service: 'b' }),
        spanRow({ start: 30, end: 40, status: 'ok', service: 'b' }),
        spanRow({ spanId: 'x', start: 12, end: 35, service: 'a' }),
        spanRow({ spanId: 'y', start: 12, end: 35, service: '' }),
      ]),
    ).toMatchObject({ startNanos: 10n, endNanos: 40n, durationNanos: 30n, success: true, services: ['a', 'b'] });
  });

  it.each<[string, Row[], number, string, string]>([
    ['ended a moment ago', [{ start: 1, end: 2 }], 2999, 'running', 'ended'],
    ['ended, and quiet', [{ start: 1, end: 2 }], 3000, 'complete', 'ended'],
    ['open for long', [{ record: 'start', start: 1 }], 299_999, 'running', 'open'],
    ['open beyond the timeout', [{ record: 'start', start: 1 }], 300_000, 'abandoned', 'abandoned'],
    ['failed a moment ago', [{ record: 'error', end: 1, status: 'error' }], 2999, 'running', 'open'],
    ['failed, and quiet', [{ record: 'error', end: 1, status: 'error' }], 3000, 'complete', 'ended'],
    ['from the future', [{ start: 1, end: 2 }], -5000, 'running', 'ended'],
  ])('that %s', (_, rows, now, state, spanState) => {
    const trace = assemble(rows.map(spanRow), now);
    expect([trace.state, trace.spans[0]?.state]).toEqual([state, spanState]);
  });

  it('has none of no rows', () => expect(assembleTrace([], limits, 0)).toBeUndefined());
});

const arbitraryRow = fc
  .record({
    record: fc.constantFrom('span', 'span', 'start', 'end', 'error'),
    spanId: fc.constantFrom('a', 'b', 'c', 'd', ''),
    parentId: fc.constantFrom('', 'a', 'b', 'c', 'd', 'gone'),
    name: fc.constantFrom('x', 'y', ''),
    kind: fc.constantFrom('', 'client', 'server'),
    status: fc.constantFrom('', 'ok', 'error'),
    service: fc.constantFrom('', 'one', 'two'),
    start: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
    end: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
    took: fc.option(fc.integer({ min: -3, max: 10 }), { nil: undefined }),
  })
  .map(({ start, end, took, ...members }) => {
    const times = {
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
      ...(took === undefined ? {} : { took }),
    };
    // What a record says apart from the rules' members follows from them, so that records which tie say the same.
    return { ...members, ...times, traceId: 't' } as Row;
  });

const arbitraryRows = fc.array(arbitraryRow, { minLength: 1, maxLength: 14 });

describe('any rows', () => {
  it('give the same trace in any order of arrival', () => {
    fc.assert(
      fc.property(
        arbitraryRows.chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
        ([rows, shuffled]) => {
          const numbered = (list: readonly Row[]) => list.map((row, at) => spanRow({ ...row, segment: 1 + (at % 3), row: at }));
          expect(assemble(numbered(shuffled))).toEqual(assemble(numbered(rows)));
        },
      ),
      randomCases(200),
    );
  });

  it('give a forest with every span in it once, and no negative duration', () => {
    fc.assert(
      fc.property(arbitraryRows, (rows) => {
        const trace = assemble(rows.map((row, at) => spanRow({ ...row, row: at })));
        const seen = [...walkTree(traceTree(trace))].map(({ at }) => at).sort((a, b) => a - b);
        expect(seen).toEqual(trace.spans.map((_, at) => at));
        for (const { durationNanos } of trace.spans) expect(durationNanos === undefined || durationNanos >= 0n).toBe(true);
        expect(trace.spans.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBeLessThan(rows.length);
        expect(clockSkew(trace)).toHaveLength(trace.spans.length);
      }),
      randomCases(150),
    );
  });

  it('do not change when some come twice, but for the count of duplicates', () => {
    const without = (trace: Trace) => ({ ...trace, spans: trace.spans.map(({ duplicates: _, ...span }) => span) });
    fc.assert(
      fc.property(arbitraryRows, (all) => {
        const rows = all
          .filter(({ spanId }) => spanId !== '')
          .map((row, at) => spanRow({ ...row, row: at, name: row.name === '' ? 'x' : (row.name as string) }));
        fc.pre(rows.length > 0);
        expect(without(assemble([...rows, ...rows]))).toEqual(without(assemble(rows)));
      }),
      randomCases(150),
    );
  });
});

describe('a hundred thousand spans', () => {
  const count = 100_000;
  /** An eighth of the spans takes an eighth of the time, or a sixty-fourth when time grows with the square; in between is room for noise. */
  const [part, mostTimes] = [8, 40];

  const look = (rows: readonly SpanRow[]) => {
    const trace = assemble(rows);
    let walked = 0;
    for (const _each of walkTree(traceTree(trace))) walked++;
    expect(walked).toBe(trace.spans.length);
    expect(clockSkew(trace)).toHaveLength(walked);
  };
  const processorMicros = (rows: readonly SpanRow[]) => {
    const before = process.cpuUsage();
    look(rows);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };

  it.each<[string, (at: number) => Row]>([
    ['in one chain', (at) => ({ spanId: `${at}`, parentId: at === 0 ? '' : `${at - 1}`, start: at, end: 2 * count - at })],
    ['in one ring', (at) => ({ spanId: `${at}`, parentId: `${(at + 1) % count}`, start: at, end: at + 1 })],
    ['below one root', (at) => ({ spanId: `${at}`, parentId: at === 0 ? '' : '0', start: at, end: at + 1 })],
    ['with one id and one name', (at) => ({ start: at, end: at + 1 })],
    ['with one id and many names', (at) => ({ name: `${at}`, start: at, end: 3 * count - at, parentId: 's' })],
    [
      'with one id, half of them without a name',
      (at) => ({ record: at % 2 ? 'start' : 'end', name: at % 2 ? `${at}` : '', start: at, end: at }),
    ],
    [
      'with a parent that has many names',
      (at) => ({ spanId: at % 2 ? 's' : `${at}`, parentId: 's', name: `${at}`, start: at, end: at + 1 }),
    ],
  ])('%s take time in proportion', (_, row) => {
    const rows = (length: number) => Array.from({ length }, (_, at) => spanRow({ ...row(at), row: at }));
    const least = (length: number) => {
      const some = rows(length);
      return Math.min(...Array.from({ length: 3 }, () => processorMicros(some)));
    };
    expect(least(count) / least(count / part)).toBeLessThan(mostTimes);
  });
});

describe('clockSkew', () => {
  const shifts = (...rows: Row[]) => clockSkew(assemble(rows.map(spanRow))).map(Number);
  const caller = { spanId: 'a', start: 100, end: 200, service: 'one' };
  it.each<[string, Row[], number[]]>([
    ['leaves a callee within its caller', [caller, { spanId: 'b', parentId: 'a', start: 120, end: 150, service: 'two' }], [0, 0]],
    [
      'puts one that began too early into the middle',
      [{ spanId: 'b', parentId: 'a', start: 10, end: 30, service: 'two' }, caller],
      [130, 0],
    ],
    [
      'puts one that ended too late into the middle',
      [caller, { spanId: 'b', parentId: 'a', start: 190, end: 210, service: 'two' }],
      [0, -50],
    ],
    ['puts one that took longer to the start', [{ spanId: 'b', parentId: 'a', start: 50, end: 300, service: 'two' }, caller], [50, 0]],
    ['leaves one that took longer and began later', [caller, { spanId: 'b', parentId: 'a', start: 150, end: 300, service: 'two' }], [0, 0]],
    ['leaves one of the same agent', [{ spanId: 'b', parentId: 'a', start: 10, end: 30, service: 'one' }, caller], [0, 0]],
    ['leaves a consumer', [caller, { spanId: 'b', parentId: 'a', start: 300, end: 310, service: 'two', kind: 'consumer' }], [0, 0]],
    [
      'moves along what the callee called',
      [
        { spanId: 'b', parentId: 'a', start: 10, end: 30, service: 'two' },
        { spanId: 'c', parentId: 'b', start: 15, end: 20, service: 'two' },
        { spanId: 'd', parentId: 'c', start: 146, end: 147, service: 'three' },
        caller,
      ],
      [130, 130, 0, 0],
    ],
    [
      'moves a callee whose caller is still open',
      [
        { spanId: 'b', parentId: 'a', start: 10, end: 30, service: 'two' },
        { spanId: 'a', record: 'start', start: 100, service: 'one' },
      ],
      [90, 0],
    ],
  ])('%s', (_, rows, expected) => expect(shifts(...rows)).toEqual(expected));
});
