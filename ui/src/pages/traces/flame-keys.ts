import type { FlameNode } from './flame.ts';

/** The part of the width that is shown, in the unit of the nodes. */
export type FlamePart = Readonly<{ from: number; length: number }>;

type Nodes = readonly FlameNode[];

const isIn = ({ offset, total }: FlameNode, { from, length }: FlamePart) => offset < from + length && offset + Math.max(1, total) > from;

/** Places in `nodes` of the boxes beside `at`, from left to right, as far as they are shown. */
function flameLevel(nodes: Nodes, at: number, part: FlamePart): readonly number[] {
  const depth = nodes[at]?.depth;
  return nodes
    .map((_, place) => place)
    .filter((place) => nodes[place]?.depth === depth && isIn(nodes[place] as FlameNode, part))
    .sort((one, other) => (nodes[one] as FlameNode).offset - (nodes[other] as FlameNode).offset);
}

/** Where an arrow, Home or End leads from `at`: up to the caller, down to the largest callee, aside in the same row. Undefined for other keys. */
export function moveInFlame(nodes: Nodes, at: number, key: string, part: FlamePart): number | undefined {
  const node = nodes[at];
  if (node === undefined) return undefined;
  if (key === 'ArrowUp') return node.parent < 0 ? at : node.parent;
  if (key === 'ArrowDown') {
    const callees = nodes.map((_, place) => place).filter((place) => nodes[place]?.parent === at && isIn(nodes[place] as FlameNode, part));
    return callees.reduce(
      (left, place) => ((nodes[place] as FlameNode).offset < (nodes[left] as FlameNode).offset ? place : left),
      callees[0] ?? at,
    );
  }
  const level = flameLevel(nodes, at, part);
  const place = level.indexOf(at);
  const target = { ArrowLeft: Math.max(0, place - 1), ArrowRight: Math.min(level.length - 1, place + 1), Home: 0, End: level.length - 1 }[
    key
  ];
  return target === undefined ? undefined : (level[target] ?? at);
}

/** What to show instead of `at` alone: its nearest caller that is wider, or everything. */
export function zoomedOut(nodes: Nodes, at: number, whole: number): number | undefined {
  const width = nodes[at]?.total ?? whole;
  let caller = nodes[at]?.parent ?? -1;
  while (caller >= 0 && (nodes[caller] as FlameNode).total <= width) caller = (nodes[caller] as FlameNode).parent;
  return caller < 0 || (nodes[caller] as FlameNode).total >= whole ? undefined : caller;
}
