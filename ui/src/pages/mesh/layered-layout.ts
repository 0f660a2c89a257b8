/** `from` calls `to`. */
export type Link = Readonly<{ from: string; to: string }>;

/** `row` counts from the top of the layer. */
export type Place = Readonly<{ layer: number; row: number }>;
export type PlacedNode = Readonly<{ id: string }> & Place;
export type Layout = Readonly<{
  nodes: readonly PlacedNode[];
  /** Where a link goes through the layers between its nodes, by `linkKey`: free places, so that it does not run behind other nodes. */
  bends: ReadonlyMap<string, readonly Place[]>;
  /** How many places each layer has. */
  rows: readonly number[];
}>;

export const linkKey = ({ from, to }: Link): string => JSON.stringify([from, to]);

/** With more, links run straight. */
const maxBends = 400;

/** How often the rows are put in order, from left to right and back; more makes no difference that can be seen. */
const sweeps = 8;

/**
 * A layered layout: callers to the left of what they call. The layer of a node is the length of the longest chain of calls that leads to it; where calls
 * go round, the link that closes the circle (the one that depth-first search meets last) does not count. Rows are put in the order of the mean row of
 * their neighbours, which leaves few crossings; a link over several layers takes a place in each of them. The same input, in any order, has the same layout.
 */
export function layeredLayout(ids: readonly string[], links: readonly Link[]): Layout {
  const nodes = [...new Set(ids)].sort();
  const known = new Set(nodes);
  const real = links
    .filter(({ from, to }) => from !== to && known.has(from) && known.has(to))
    .toSorted((a, b) => compare(a.from, b.from) || compare(a.to, b.to));
  const forward = withoutCircles(nodes, real);
  const layers = layersOf(nodes, forward);
  const count = Math.max(0, ...layers.values()) + 1;
  const columns: string[][] = Array.from({ length: nodes.length === 0 ? 0 : count }, () => []);
  for (const node of nodes) columns[layers.get(node) as number]?.push(node);
  const { segments, bendsOf } = splitLong(columns, real, layers);
  orderRows(columns, segments);
  const places = new Map(columns.flatMap((column, layer) => column.map((id, row) => [id, { layer, row }] as const)));
  return {
    nodes: columns.flatMap((column, layer) => column.flatMap((id, row) => (known.has(id) ? [{ id, layer, row }] : []))),
    bends: new Map([...bendsOf].map(([key, ids]) => [key, ids.map((id) => places.get(id) as Place)])),
    rows: columns.map(({ length }) => length),
  };
}

/** Puts a place into each layer that a link leaps over, and gives the links in pieces from layer to layer. */
function splitLong(columns: string[][], links: readonly Link[], layers: ReadonlyMap<string, number>) {
  const leap = ({ from, to }: Link) => (layers.get(to) as number) - (layers.get(from) as number);
  const long = new Map(links.filter((link) => leap(link) > 1).map((link) => [linkKey(link), link]));
  const count = [...long.values()].reduce((sum, link) => sum + leap(link) - 1, 0);
  const bendsOf = new Map<string, readonly string[]>();
  if (count === 0 || count > maxBends) return { segments: links, bendsOf };
  const segments = links.filter((link) => leap(link) <= 1);
  for (const [key, link] of long) {
    const first = (layers.get(link.from) as number) + 1;
    const ids = Array.from({ length: leap(link) - 1 }, (_, at) => `\0${key} ${first + at}`);
    for (const [at, id] of ids.entries()) columns[first + at]?.push(id);
    const chain = [link.from, ...ids, link.to];
    segments.push(...chain.slice(1).map((to, at) => ({ from: chain[at] as string, to })));
    bendsOf.set(key, ids);
  }
  return { segments, bendsOf };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function grouped(links: readonly Link[], key: 'from' | 'to', value: 'from' | 'to'): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const link of links) groups.set(link[key], [...(groups.get(link[key]) ?? []), link[value]]);
  return groups;
}

/** The links without those that lead back to a node on the way to them. Begins where nobody calls; without recursion, for long chains. */
function withoutCircles(nodes: readonly string[], links: readonly Link[]): readonly Link[] {
  const below = grouped(links, 'from', 'to');
  const called = new Set(links.map(({ to }) => to));
  const roots = [...nodes.filter((node) => !called.has(node)), ...nodes.filter((node) => called.has(node))];
  const state = new Map<string, 'open' | 'done'>();
  const kept: Link[] = [];
  for (const root of roots) {
    if (state.has(root)) continue;
    state.set(root, 'open');
    const path: { node: string; next: number }[] = [{ node: root, next: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = below.get(top.node)?.[top.next++];
      if (to === undefined) {
        state.set(top.node, 'done');
        path.pop();
        continue;
      }
      if (state.get(to) === 'open') continue;
      kept.push({ from: top.node, to });
      if (state.has(to)) continue;
      state.set(to, 'open');
      path.push({ node: to, next: 0 });
    }
  }
  return kept;
}

/** Lengths of the longest paths, in the order of Kahn. `links` MUST have no circle. */
function layersOf(nodes: readonly string[], links: readonly Link[]): ReadonlyMap<string, number> {
  const below = grouped(links, 'from', 'to');
  const waiting = new Map(nodes.map((node) => [node, 0]));
  for (const { to } of links) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const layers = new Map(nodes.map((node) => [node, 0]));
  const ready = nodes.filter((node) => waiting.get(node) === 0);
  for (let node = ready.shift(); node !== undefined; node = ready.shift()) {
    for (const to of below.get(node) ?? []) {
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(node) ?? 0) + 1));
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layers;
}

/** Sorts each column by the mean place (barycentre) of the neighbours to one side, then to the other. */
function orderRows(columns: string[][], links: readonly Link[]): void {
  const [below, above] = [grouped(links, 'from', 'to'), grouped(links, 'to', 'from')];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isForward = sweep % 2 === 0;
    const neighbours = isForward ? above : below;
    const places = new Map<string, number>();
    const order = isForward ? columns : columns.toReversed();
    for (const column of order) {
      const mean = (node: string, at: number): number => {
        const known = (neighbours.get(node) ?? []).flatMap((one) => places.get(one) ?? []);
        return known.length === 0 ? at / Math.max(1, column.length - 1) : known.reduce((sum, place) => sum + place, 0) / known.length;
      };
      const means = new Map(column.map((node, at) => [node, mean(node, at)]));
      column.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0) || compare(a, b));
      // Relative places, so that long and short columns compare.
      for (const [at, node] of column.entries()) places.set(node, column.length === 1 ? 0.5 : at / (column.length - 1));
    }
  }
}

/** Pairs of links between neighbouring layers that cross. */
export function crossings(placed: readonly PlacedNode[], links: readonly Link[]): number {
  const at = new Map(placed.map((node) => [node.id, node]));
  const lines = links.flatMap(({ from, to }) => {
    const [one, other] = [at.get(from), at.get(to)];
    return one !== undefined && other !== undefined && other.layer === one.layer + 1 ? [[one, other] as const] : [];
  });
  let count = 0;
  for (const [index, [a, b]] of lines.entries()) {
    for (const [c, d] of lines.slice(index + 1)) if (a.layer === c.layer && (a.row - c.row) * (b.row - d.row) < 0) count++;
  }
  return count;
}
