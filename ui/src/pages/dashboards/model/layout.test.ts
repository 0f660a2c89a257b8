import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addPanel, arranged, duplicatePanel, placePanel, removePanel } from './layout.ts';
import { everything, type Panel, type Place } from './panel.ts';

const panel = (id: string, x: number, y: number, w: number, h: number): Panel => ({
  id,
  title: `Panel ${id}`,
  place: { x, y, w, h },
  index: '*',
  timeField: 'timestamp',
  query: everything,
  filters: [],
  content: { kind: 'markdown', text: '' },
});
const placesOf = (panels: readonly Panel[]) => Object.fromEntries(panels.map(({ id, place: { x, y, w, h } }) => [id, [x, y, w, h]]));

const board = [panel('a', 0, 0, 24, 10), panel('b', 24, 0, 24, 10), panel('c', 0, 10, 48, 8)];

describe('the grid', () => {
  it.each([
    [
      'moves a panel onto another, which makes room',
      placePanel(board, 'b', { x: 0, y: 0, w: 24, h: 10 }),
      { b: [0, 0, 24, 10], a: [0, 10, 24, 10], c: [0, 20, 48, 8] },
    ],
    [
      'makes a panel wider',
      placePanel(board, 'a', { x: 0, y: 0, w: 30, h: 10 }),
      { a: [0, 0, 30, 10], b: [24, 10, 24, 10], c: [0, 20, 48, 8] },
    ],
    [
      'keeps panels inside',
      placePanel(board, 'b', { x: 40, y: -3, w: 24, h: 1 }),
      { a: [0, 0, 24, 10], b: [24, 0, 24, 3], c: [0, 10, 48, 8] },
    ],
    ['closes the gap of a panel that is removed', removePanel(board, 'a').concat(), { b: [24, 0, 24, 10], c: [0, 10, 48, 8] }],
    ['lets panels rise', removePanel([board[0] as Panel, board[2] as Panel], 'a'), { c: [0, 0, 48, 8] }],
    [
      'adds below',
      addPanel(board, board[0] as Panel, { w: 24, h: 12 }),
      { a: [0, 0, 24, 10], b: [24, 0, 24, 10], c: [0, 10, 48, 8], 4: [0, 18, 24, 12] },
    ],
    ['puts a copy beside where there is room', duplicatePanel([board[0] as Panel], 'a'), { a: [0, 0, 24, 10], 2: [24, 0, 24, 10] }],
    [
      'puts a copy below where there is none',
      duplicatePanel(board, 'c'),
      { a: [0, 0, 24, 10], b: [24, 0, 24, 10], c: [0, 10, 48, 8], 4: [0, 18, 48, 8] },
    ],
  ])('%s', (_name, panels, wanted) => {
    expect(placesOf(panels)).toEqual(wanted);
  });

  it('never lets panels overlap or lose one, wherever one is put', () => {
    const place: fc.Arbitrary<Place> = fc.record({
      x: fc.integer({ min: -5, max: 60 }),
      y: fc.integer({ min: -5, max: 60 }),
      w: fc.integer({ min: 1, max: 60 }),
      h: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 12 }), place, (places, moved) => {
        let panels: readonly Panel[] = [];
        for (const [at, { x, y, w, h }] of places.entries()) {
          panels = placePanel([...panels, panel(String(at), x, y, w, h)], String(at), { x, y, w, h });
        }
        const after = placePanel(panels, '0', moved);
        expect(after.map(({ id }) => id)).toEqual(panels.map(({ id }) => id));
        for (const [at, { place: one }] of after.entries()) {
          expect(one.x >= 0 && one.x + one.w <= 48 && one.y >= 0).toBe(true);
          for (const { place: other } of after.slice(at + 1)) {
            expect(one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h).toBe(
              false,
            );
          }
        }
        expect(arranged(after)).toEqual(after);
      }),
    );
  });
});
