import { describe, expect, it } from 'vitest';
import { tableOf } from './testing/outline-of.ts';
import { findSpans, isRowOpen, nothingFolded, revealed, visibleRows, withToggled } from './visible-rows.ts';

const queries = Array.from({ length: 9 }, (_, at) => `q#${at} ${at}-${at + 1} a`);
/** Beside the queries, between the first and the others, stands another call. */
const table = tableOf(['a 0-99 -', queries[0] as string, 'c 0-1 q#0', 'b@t 1-5 a', 'd 2-3 b@t', ...queries.slice(1)], {
  failed: [{ at: 4, message: 'Disk is full' }],
});
const shown = (folding = nothingFolded) => {
  const { count, rows, depth } = visibleRows(table, folding);
  return Array.from({ length: count }, (_, at) => {
    const row = rows[at] as number;
    return `${'.'.repeat(depth[at] as number)}${row < 0 ? `× ${table.groups[-1 - row]?.members.length}` : table.outline.spans.id[row]}`;
  });
};

describe('visibleRows', () => {
  it('shows repeated calls as one row, where the first of them stands', () => {
    expect(shown()).toEqual(['a', '.× 9', '.b@t', '..d']);
  });

  it('shows them one by one below it, together, when it is opened', () => {
    const opened = withToggled(table, nothingFolded, -1);
    expect(shown(opened)).toEqual([
      'a',
      '.× 9',
      '..q#0',
      '...c',
      ...queries.slice(1).map((line) => `..${line.split(' ')[0]}`),
      '.b@t',
      '..d',
    ]);
    expect(shown(withToggled(table, opened, -1))).toEqual(shown());
    expect(shown({ ...nothingFolded, isUngrouped: true })).toEqual(shown(opened));
    expect(isRowOpen(table, opened, -1)).toBe(true);
  });

  it('hides what a closed row called', () => {
    expect(shown(withToggled(table, nothingFolded, 3))).toEqual(['a', '.× 9', '.b@t']);
    expect(shown(withToggled(table, nothingFolded, 0))).toEqual(['a']);
    expect(isRowOpen(table, nothingFolded, 4)).toBeUndefined();
  });

  it('tells the row that shows a span, also of what is folded away', () => {
    const { rowOf } = visibleRows(table, nothingFolded);
    expect([...rowOf.slice(0, 6)]).toEqual([0, 1, 1, 2, 3, 1]);
    expect(new Set(visibleRows(table, withToggled(table, nothingFolded, 0)).rowOf)).toEqual(new Set([0]));
  });

  it('opens all that stands in the way of a span', () => {
    const closed = withToggled(table, withToggled(table, nothingFolded, 0), 1);
    expect(shown(closed)).toEqual(['a']);
    const folding = revealed(table, closed, 2);
    expect(shown(folding).slice(0, 4)).toEqual(['a', '.× 9', '..q#0', '...c']);
    expect(revealed(table, { ...nothingFolded, isUngrouped: true, opened: new Set([table.groups[0]?.key ?? '']) }, 2).opened.size).toBe(0);
  });
});

describe('findSpans', () => {
  it.each([
    ['D', [4]],
    ['disk is', [4]],
    ['T B', [3]],
    ['q#3', [8 - 1]],
    [' ', []],
    ['nowhere', []],
  ])('finds %j', (text, expected) => {
    expect(findSpans(table, text)).toEqual(expected);
  });
});
