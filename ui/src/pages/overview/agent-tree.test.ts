import { describe, expect, it } from 'vitest';
import type { ActivitySeries } from '../../api/tools.ts';
import { certainErrorShare, errorShares, treeOf } from './agent-tree.ts';

const series = (calls: readonly number[], errors: readonly number[]): ActivitySeries => ({
  calls,
  errors,
  p50_ms: [],
  p95_ms: [],
  total: { calls: 0, errors: 0, p50_ms: 0, p95_ms: 0 },
});

const total = (calls: number, errors: number, p95_ms: number): ActivitySeries => ({
  ...series([], []),
  total: { calls, errors, p50_ms: 0, p95_ms },
});

describe('the tree of agents and tools', () => {
  it('puts what surely fails most first, then what is slow, also where tools were left out', () => {
    const tree = treeOf({
      servers: [
        { server: 'slow', series: total(50, 0, 900) },
        { server: 'once', series: total(1, 1, 1) },
        { server: 'often', series: total(500, 150, 1) },
        { server: 'fine', series: total(50, 0, 3) },
      ],
      tools: [
        { server: 'often', tool: 'fine', series: total(300, 0, 1) },
        { server: 'slow', tool: 'z', series: total(50, 0, 900) },
        { server: 'often', tool: 'bad', series: total(200, 150, 1) },
      ],
    });
    expect(tree.map(({ server, tools }) => [server, tools.map(({ tool }) => tool)])).toEqual([
      ['often', ['bad', 'fine']],
      ['once', []],
      ['slow', ['z']],
      ['fine', []],
    ]);
  });

  it('is as sure as the number of calls allows', () => {
    expect(certainErrorShare({ calls: 0, errors: 0 })).toBe(0);
    expect(certainErrorShare({ calls: 1, errors: 1 })).toBeCloseTo(0.207, 3);
    expect(certainErrorShare({ calls: 10_000, errors: 1000 })).toBeCloseTo(0.094, 3);
  });

  it('has no share of errors where nothing was called', () => {
    expect(errorShares(series([4, 0, 2], [1, 0, 2]))).toEqual([0.25, null, 1]);
  });
});
