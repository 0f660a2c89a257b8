import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../../test/harness/random-cases.ts';
import { crossings, type Link, layeredLayout, linkKey } from './layered-layout.ts';

const links = (...pairs: readonly string[]): readonly Link[] => pairs.map((pair) => ({ from: pair[0] as string, to: pair[1] as string }));
const layers = (ids: string, ...pairs: readonly string[]) =>
  Object.fromEntries(layeredLayout([...ids], links(...pairs)).nodes.map(({ id, layer }) => [id, layer]));

describe('the layered layout', () => {
  it.each([
    ['nothing', '', [], {}],
    ['one node', 'a', [], { a: 0 }],
    ['a chain with a shortcut', 'abc', ['ab', 'bc', 'ac'], { a: 0, b: 1, c: 2 }],
    ['a circle', 'abc', ['ab', 'bc', 'ca'], { a: 0, b: 1, c: 2 }],
    ['a circle behind an entry', 'xab', ['xb', 'ba', 'ab'], { x: 0, b: 1, a: 2 }],
    ['a call of itself', 'ab', ['aa', 'ab'], { a: 0, b: 1 }],
    ['links to nobody', 'ab', ['az', 'ab', 'ab'], { a: 0, b: 1 }],
  ] as const)('of %s', (_, ids, pairs, expected) => {
    expect(layers(ids, ...pairs)).toEqual(expected);
  });

  it('has no crossing where there need be none', () => {
    const pairs = links('ax', 'by', 'cz', 'xr', 'yq', 'zp');
    expect(crossings(layeredLayout([...'abcxyzpqr'], pairs).nodes, pairs)).toBe(0);
  });

  it('leads a link over several layers through places of its own', () => {
    const { bends, rows } = layeredLayout([...'abcd'], links('ab', 'bc', 'cd', 'ad'));
    expect(bends.get(linkKey({ from: 'a', to: 'd' }))?.map(({ layer }) => layer)).toEqual([1, 2]);
    expect(rows).toEqual([1, 2, 2, 1]);
  });

  it('puts each node into one place, callers to the left, whatever is asked for, and in a moment', () => {
    const node = fc.integer({ min: 0, max: 199 }).map(String);
    const pairs = fc.array(fc.record({ from: node, to: node }), { maxLength: 600 });
    fc.assert(
      fc.property(fc.uniqueArray(node, { maxLength: 200 }), pairs, (ids, all) => {
        const layout = layeredLayout(ids, all);
        const placed = layout.nodes;
        expect(placed.map(({ id }) => id).sort()).toEqual([...ids].sort());
        const places = [...placed, ...[...layout.bends.values()].flat()].map(({ layer, row }) => `${layer} ${row}`);
        expect(new Set(places).size).toBe(places.length);
        expect(layout.rows.reduce((sum, count) => sum + count, 0)).toBe(places.length);
        expect(layeredLayout(ids.toReversed(), all.toReversed())).toEqual(layout);
      }),
      randomCases(60),
    );
    const chain = Array.from({ length: 200 }, (_, at) => String(at));
    const { nodes: placed } = layeredLayout(
      chain,
      chain.flatMap((id, at) => (at === 0 ? [] : [{ from: String(at - 1), to: id }])),
    );
    expect(placed.every(({ id, layer }) => Number(id) === layer)).toBe(true);
  });

  it('puts callers to the left of all that they call where nothing goes round', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 })), { maxLength: 80 });
    fc.assert(
      fc.property(pairs, (steps) => {
        const all = steps.map(([from, step]) => ({ from: String(from), to: String(from + step) }));
        const ids = [...new Set(all.flatMap(({ from, to }) => [from, to]))];
        const at = new Map(layeredLayout(ids, all).nodes.map(({ id, layer }) => [id, layer]));
        for (const { from, to } of all) expect(at.get(from) as number).toBeLessThan(at.get(to) as number);
      }),
    );
  });
});
