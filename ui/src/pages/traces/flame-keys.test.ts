import { describe, expect, it } from 'vitest';
import { flameNodes } from './flame.ts';
import { moveInFlame, zoomedOut } from './flame-keys.ts';
import { tableOf } from './testing/outline-of.ts';

// a 100 over b 60 and c 30; b over d 40 and e 20, c over f, which is as wide as it.
const nodes = flameNodes(tableOf(['a 0-100 -', 'c 0-30 a', 'f 0-30 c', 'b 40-100 a', 'e 40-60 b', 'd 60-100 b']));
const at = (name: string) => nodes.findIndex(({ operation }) => operation.name === name);
const nameOf = (place: number | undefined) => (place === undefined ? undefined : nodes[place]?.operation.name);
const all = { from: 0, length: 100_000 };
const partOf = (name: string) => ({ from: nodes[at(name)]?.offset ?? 0, length: nodes[at(name)]?.total ?? 0 });

describe('keys in the flame graph', () => {
  it.each([
    ['a', 'ArrowDown', 'b'],
    ['b', 'ArrowDown', 'd'],
    ['d', 'ArrowDown', 'd'],
    ['e', 'ArrowUp', 'b'],
    ['a', 'ArrowUp', 'a'],
    ['b', 'ArrowRight', 'c'],
    ['c', 'ArrowRight', 'c'],
    ['e', 'ArrowRight', 'f'],
    ['f', 'ArrowLeft', 'e'],
    ['d', 'ArrowLeft', 'd'],
    ['f', 'Home', 'd'],
    ['d', 'End', 'f'],
    ['d', 'x', undefined],
  ])('lead from %s by %s to %s', (from, key, to) => {
    expect(nameOf(moveInFlame(nodes, at(from), key, all))).toBe(to);
  });

  it.each([
    ['e', 'ArrowRight', 'b', 'e'],
    ['e', 'End', 'b', 'e'],
    ['f', 'Home', 'c', 'f'],
    ['a', 'ArrowDown', 'c', 'c'],
  ])('lead from %s by %s not out of %s, which is shown alone', (from, key, shown, to) => {
    expect(nameOf(moveInFlame(nodes, at(from), key, partOf(shown)))).toBe(to);
  });

  it('lead nowhere where there is nothing', () => {
    expect(moveInFlame([], 0, 'ArrowDown', all)).toBeUndefined();
  });

  it.each([
    ['d', 'b'],
    ['b', undefined],
    ['f', undefined],
    ['a', undefined],
  ])('zoom out of %s to %s', (from, to) => {
    expect(nameOf(zoomedOut(nodes, at(from), 100_000))).toBe(to);
  });
});
