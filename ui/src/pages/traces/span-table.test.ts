import { describe, expect, it } from 'vitest';
import { childRange, groupFrom } from './span-table.ts';
import { tableOf } from './testing/outline-of.ts';

describe('spanTable', () => {
  it('knows callees, depths, subtrees and failures below', () => {
    const table = tableOf(['a 0-10 -', 'b 1-5 a', 'c 2-3 b', 'd 6-9 a', 'e 20-21 -'], { failed: [{ at: 2, message: 'no' }] });
    expect([...table.depth]).toEqual([0, 1, 2, 1, 0]);
    expect([...table.subtreeEnd]).toEqual([4, 3, 3, 4, 5]);
    expect([...table.failedBelow]).toEqual([1, 1, 1, 0, 0]);
    const callees = (at: number) => [...table.children.slice(...childRange(table, at))];
    expect([-1, 0, 1, 2].map(callees)).toEqual([[0, 4], [1, 3], [2], []]);
    expect([table.first, table.last]).toEqual([0, 21_000]);
  });

  it('lets what is open last until now while the trace runs, else until the end of what is known', () => {
    const lines = ['a 0- -', 'b 1-5 a'];
    expect(tableOf(lines, { state: 'running' }).end[0]).toBe(1e9);
    expect(tableOf(lines, { state: 'abandoned' }).end[0]).toBe(5000);
    expect(tableOf(lines).open[0]).toBe(1);
  });

  it('groups repeated siblings, and only siblings', () => {
    const many = Array.from({ length: groupFrom }, (_, at) => `q#${at} ${at}-${at + 2} a`);
    const table = tableOf(['a 0-99 -', ...many, 'b 50-60 a', 'q#x 51-52 b'], { failed: [{ at: 3, message: 'no' }] });
    expect(table.groups).toHaveLength(1);
    expect(table.groups[0]).toMatchObject({ parent: 0, failed: 1, total: groupFrom * 2000, first: 0, last: (groupFrom + 1) * 1000 });
    expect([...table.groupOf]).toEqual([-1, ...many.map(() => 0), -1, -1]);
  });

  it('is empty for nothing, and does not overflow on a chain', () => {
    expect(tableOf([], { duration_nanos: '0' })).toMatchObject({ size: 0, first: 0, last: 1 });
    const chain = Array.from({ length: 20_000 }, (_, at) => at);
    const table = tableOf(['a 0-1 -'], {
      spans: { id: chain.map(String), parent: chain.map((at) => at - 1), operation: chain.map(() => 0), start: chain, duration: chain },
    });
    expect(table.deepest).toBe(19_999);
    expect(table.subtreeEnd[0]).toBe(20_000);
  });
});
