import { describe, expect, it } from 'vitest';
import type { ActivitySeries } from '../../api/tools.ts';
import { errorShares, treeOf } from './agent-tree.ts';

const series = (calls: readonly number[], errors: readonly number[]): ActivitySeries => ({
  calls,
  errors,
  p50_ms: [],
  p95_ms: [],
  total: { calls: 0, errors: 0, p50_ms: 0, p95_ms: 0 },
});

describe('the tree of agents and tools', () => {
  it('keeps the order of the answer, and servers whose tools were left out', () => {
    const none = series([], []);
    const tree = treeOf({
      servers: [
        { server: 'b', series: none },
        { server: 'a', series: none },
        { server: 'c', series: none },
      ],
      tools: [
        { server: 'a', tool: 'y', series: none },
        { server: 'b', tool: 'z', series: none },
        { server: 'a', tool: 'x', series: none },
      ],
    });
    expect(tree.map(({ server, tools }) => [server, tools.map(({ tool }) => tool)])).toEqual([
      ['b', ['z']],
      ['a', ['y', 'x']],
      ['c', []],
    ]);
  });

  it('has no share of errors where nothing was called', () => {
    expect(errorShares(series([4, 0, 2], [1, 0, 2]))).toEqual([0.25, null, 1]);
  });
});
