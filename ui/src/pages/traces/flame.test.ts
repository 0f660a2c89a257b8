import { describe, expect, it } from 'vitest';
import { flameNodes, operationRows, selfTimes } from './flame.ts';
import { tableOf } from './testing/outline-of.ts';

describe('selfTimes', () => {
  it.each([
    ['callees one after another', ['a 0-10 -', 'b 1-3 a', 'c 5-6 a'], [7, 2, 1]],
    ['callees side by side', ['a 0-10 -', 'b 1-6 a', 'c 2-4 a'], [5, 5, 2]],
    ['a callee that goes on', ['a 0-10 -', 'b 8-20 a'], [8, 12]],
    ['a callee that begins later', ['a 0-10 -', 'b 12-20 a'], [10, 8]],
    ['a callee that began before', ['a 5-10 -', 'b 0-7 a'], [3, 7]],
  ])('leave out %s', (_, lines, expected) => {
    expect([...selfTimes(tableOf(lines))].map((nanos) => nanos / 1000)).toEqual(expected);
  });
});

describe('flameNodes', () => {
  it('join what was called in one way, and stand within their callers', () => {
    const table = tableOf(['a 0-100 -', 'b#1 0-10 a', 'c 2-4 b#1', 'b#2 10-40 a', 'd 40-45 a'], { failed: [{ at: 3, message: 'no' }] });
    const nodes = flameNodes(table).map(({ operation, parent, depth, spans, failed, self, total, offset }) => [
      operation.name,
      parent,
      depth,
      spans,
      failed,
      self / 1000,
      total / 1000,
      offset / 1000,
    ]);
    expect(nodes).toEqual([
      ['a', -1, 0, 1, 0, 55, 100, 0],
      ['b', 0, 1, 2, 1, 38, 40, 0],
      ['c', 1, 2, 1, 0, 2, 2, 0],
      ['d', 0, 1, 1, 0, 5, 5, 40],
    ]);
  });
});

describe('operationRows', () => {
  it('sums each operation, with its longest call', () => {
    const table = tableOf(['a 0-100 -', 'b#1 0-10 a', 'b#2 10-40 a'], {
      critical_path: { at: [1, 2, 0, 0], start: [0, 10e3, 40e3, 100e3], end: [10e3, 40e3, 100e3, 105e3], waiting: [3] },
    });
    expect(operationRows(table)).toMatchObject([
      { operation: { name: 'a' }, spans: 1, self: 60e3, path: 60e3 },
      { operation: { name: 'b' }, spans: 2, total: 40e3, longest: 30e3, path: 40e3, example: 2 },
    ]);
  });
});
