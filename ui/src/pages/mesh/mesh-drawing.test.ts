import { describe, expect, it } from 'vitest';
import { drawMesh, edgeWidth, maxNodes, nodeHeight, troubleOf } from './mesh-drawing.ts';

const numbers = (calls: number, errors = 0) => ({ calls, errors, p50_ms: 1, p95_ms: 2, p99_ms: 3 });
const node = (service: string, calls: number) => ({ service, spans: calls, ...numbers(calls) });
const edge = (caller: string, callee: string, calls: number) => ({ caller, callee, inferred: false, ...numbers(calls) });

describe('the drawing of the mesh', () => {
  it('has nodes for callees that send nothing, and no two in one place', () => {
    const drawing = drawMesh({
      nodes: [node('a', 5), node('b', 5)],
      edges: [edge('a', 'b', 5), edge('b', 'silent', 2), edge('b', 'a', 1)],
    });
    expect(drawing.nodes.map(({ id, numbers: own }) => [id, own?.calls])).toEqual([
      ['a', 5],
      ['b', 5],
      ['silent', undefined],
    ]);
    expect(new Set(drawing.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
    expect(drawing.edges).toHaveLength(3);
    for (const { x, y } of drawing.nodes) expect(x >= 0 && y >= 0 && x < drawing.width && y + nodeHeight <= drawing.height).toBe(true);
  });

  it('draws the busiest where there are too many', () => {
    const drawing = drawMesh({ nodes: Array.from({ length: maxNodes + 30 }, (_, at) => node(`n${at}`, at)), edges: [] });
    expect([drawing.nodes.length, drawing.leftOut]).toEqual([maxNodes, 30]);
    expect(drawing.nodes.some(({ id }) => id === 'n0')).toBe(false);
  });

  it('is of some size when there is nothing', () => {
    expect(drawMesh({ nodes: [], edges: [] })).toMatchObject({ nodes: [], edges: [], leftOut: 0 });
  });

  it('shows rate as width and failures as trouble', () => {
    expect(edgeWidth(100, 100)).toBe(9);
    expect(edgeWidth(1, 10_000)).toBeLessThan(edgeWidth(50, 10_000));
    expect([troubleOf(numbers(10, 0)), troubleOf(numbers(100, 10)), troubleOf(numbers(100, 11))]).toEqual(['none', 'some', 'much']);
  });
});
