import { gridColumns, type Panel, type Place } from './panel.ts';
import { readPlace } from './read-dashboard.ts';

const overlaps = (one: Place, other: Place): boolean =>
  one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

const topDown = (panels: readonly Panel[]): readonly Panel[] =>
  panels.toSorted(({ place: one }, { place: other }) => one.y - other.y || one.x - other.x);

/** Panels without overlaps and without empty rows above them. The panel `first` stays where it is, as far as it may; others make room. */
export function arranged(panels: readonly Panel[], first?: string): readonly Panel[] {
  const settled: Panel[] = panels.filter(({ id }) => id === first);
  for (const panel of topDown(panels)) {
    if (panel.id === first) continue;
    let { place } = panel;
    for (let blocker = settled.find((one) => overlaps(one.place, place)); blocker !== undefined; ) {
      place = { ...place, y: blocker.place.y + blocker.place.h };
      blocker = settled.find((one) => overlaps(one.place, place));
    }
    settled.push({ ...panel, place });
  }
  const risen: Panel[] = [];
  for (const panel of topDown(settled)) {
    const { x, w } = panel.place;
    const above = risen.filter(({ place }) => x < place.x + place.w && place.x < x + w);
    risen.push({ ...panel, place: { ...panel.place, y: Math.max(0, ...above.map(({ place }) => place.y + place.h)) } });
  }
  const places = new Map(risen.map(({ id, place }) => [id, place]));
  return panels.map((panel) => ({ ...panel, place: places.get(panel.id) ?? panel.place }));
}

/** A panel at another place, inside the grid; the others make room. */
export const placePanel = (panels: readonly Panel[], id: string, place: Place): readonly Panel[] =>
  arranged(
    panels.map((panel) => (panel.id === id ? { ...panel, place: readPlace(place) } : panel)),
    id,
  );

/** An id that no panel has yet. */
export function freeId(panels: readonly Panel[]): string {
  const taken = new Set(panels.map(({ id }) => id));
  let number = panels.length + 1;
  while (taken.has(String(number))) number += 1;
  return String(number);
}

/** Below all others. */
export const addPanel = (panels: readonly Panel[], panel: Omit<Panel, 'id' | 'place'>, size: Pick<Place, 'w' | 'h'>): readonly Panel[] => [
  ...panels,
  { ...panel, id: freeId(panels), place: { x: 0, y: Math.max(0, ...panels.map(({ place }) => place.y + place.h)), ...size } },
];

/** Beside the original where there is room, else below. */
export function duplicatePanel(panels: readonly Panel[], id: string): readonly Panel[] {
  const panel = panels.find((one) => one.id === id);
  if (panel === undefined) return panels;
  const { x, y, w, h } = panel.place;
  const copy = { ...panel, id: freeId(panels), title: panel.title === '' ? '' : `${panel.title} (copy)` };
  const beside = { x: x + w, y, w, h };
  const isFree = x + 2 * w <= gridColumns && panels.every(({ place }) => !overlaps(place, beside));
  return arranged([...panels, { ...copy, place: isFree ? beside : { x, y: y + h, w, h } }], copy.id);
}

export const removePanel = (panels: readonly Panel[], id: string): readonly Panel[] => arranged(panels.filter((panel) => panel.id !== id));
