import { describe, expect, it } from 'vitest';
import { pathRows, stepsInView } from './path-rows.ts';

const path = { at: [0, 2, -1, 1, 2, 0], start: [0, 10, 20, 30, 40, 50], end: [10, 20, 30, 40, 50, 60] };
// Span 1 stands in row 5, span 2 in row 3.
const rowOf = Int32Array.from([0, 5, 3]);

describe('the steps of a critical path', () => {
  const rows = pathRows(path, rowOf, 6);

  it('leave out spans that are not known', () => {
    expect([...rows.row]).toEqual([0, 3, 5, 3, 0]);
    expect([...rows.start]).toEqual([0, 10, 30, 40, 50]);
    expect([...rows.end]).toEqual([10, 20, 40, 50, 60]);
  });

  it.each([
    ['one row', 3, 4, [1, 2, 3, 4]],
    ['the first row', 0, 1, [0, 1, 4]],
    ['the last row', 5, 6, [2, 3]],
    ['rows without a step', 1, 3, []],
    ['all rows', 0, 6, [0, 1, 2, 3, 4]],
    ['more than there is', 4, 100, [2, 3]],
  ])('are found for %s, with those behind them', (_, from, to, steps) => {
    expect([...stepsInView(rows, from, to)]).toEqual(steps);
  });

  it('are none of an empty path', () => {
    expect([...stepsInView(pathRows({ at: [], start: [], end: [] }, rowOf, 6), 0, 6)]).toEqual([]);
  });
});
