import { describe, expect, it } from 'vitest';
import { rangeEdges } from './numeric-ranges.ts';

describe('rangeEdges', () => {
  it.each([
    [{ least: 0.5, most: 900 }, [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]],
    [{ least: 0, most: 1000 }, [0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]],
    [{ least: 20, most: 90 }, [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95]],
    [{ least: 50, most: 50 }, [50, 51]],
    [{ least: 0, most: 0 }, [0, 1]],
    [{ least: Number.NaN, most: 1 }, []],
  ])('of %j', (bounds, edges) => {
    expect(rangeEdges(bounds)).toEqual(edges);
  });

  it('always covers all values, in order, with few ranges', () => {
    for (const least of [-5e9, -3, 0, 1e-7, 0.3, 7, 12_345]) {
      for (const width of [0, 1e-6, 0.7, 13, 99_999, 1e15]) {
        const edges = rangeEdges({ least, most: least + width });
        expect(edges[0]).toBeLessThanOrEqual(least);
        expect(edges.at(-1)).toBeGreaterThan(least + width);
        expect(edges.length).toBeLessThanOrEqual(18);
        expect(edges.toSorted((a, b) => a - b)).toEqual(edges);
      }
    }
  });
});
