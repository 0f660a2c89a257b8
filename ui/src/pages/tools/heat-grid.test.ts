import { describe, expect, it } from 'vitest';
import { heatBars, heatGrid, strength } from './heat-grid.ts';

const cell = (step: number, bucket: number, calls: number) => ({
  step,
  from_ms: 2 ** (bucket / 2) / 1e6,
  to_ms: 2 ** ((bucket + 1) / 2) / 1e6,
  calls,
});

describe('the grid of the heatmap', () => {
  it('has a row for each bucket from the shortest to the longest', () => {
    const grid = heatGrid([cell(0, 40, 3), cell(2, 43, 1), cell(1, 40, 5)], 3);
    expect(grid.calls).toEqual([
      [3, 5, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(heatBars(grid).map(({ calls }) => calls)).toEqual([8, 1]);
    expect(grid.most).toBe(5);
    expect(grid.limitsMillis[0]).toBeCloseTo(1.048576, 6);
    expect(grid.limitsMillis).toHaveLength(5);
  });

  it('has an even number of rows', () => {
    const grid = heatGrid([cell(0, 40, 3)], 1);
    expect(grid.calls).toEqual([[3], [0]]);
    expect(heatBars(grid)).toMatchObject([{ calls: 3 }]);
    expect((heatBars(grid)[0]?.toMillis ?? 0) / (heatBars(grid)[0]?.fromMillis ?? 1)).toBeCloseTo(2, 9);
  });

  it('is empty without calls', () => {
    expect(heatGrid([], 4)).toEqual({ limitsMillis: [], columns: 4, calls: [], most: 0 });
  });

  it('shows a single call beside thousands, and nothing where there is none', () => {
    expect(strength(0, 5000)).toBe(0);
    expect(strength(1, 5000)).toBeGreaterThan(0.2);
    expect(strength(5000, 5000)).toBe(1);
  });
});
