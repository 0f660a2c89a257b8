import type { MeshEdge, MeshMap } from '../../api/mesh.ts';
import { layeredLayout, linkKey, type Place } from './layered-layout.ts';

export const nodeWidth = 190;
export const nodeHeight = 44;
const columnGap = 130;
const rowGap = 22;
const margin = 16;
/** A picture of more is none. */
export const maxNodes = 200;

export type DrawnNode = Readonly<{ id: string; x: number; y: number; numbers: MeshMap['nodes'][number] | undefined }>;
export type DrawnEdge = Readonly<{
  edge: MeshEdge;
  /** Of an SVG path. */
  path: string;
  width: number;
}>;
export type Drawing = Readonly<{
  width: number;
  height: number;
  nodes: readonly DrawnNode[];
  edges: readonly DrawnEdge[];
  leftOut: number;
}>;

/** From 1.5 to 9 pixels, by the root of the share of the busiest. */
export const edgeWidth = (calls: number, most: number): number => 1.5 + 7.5 * Math.sqrt(calls / Math.max(1, most));

export type Trouble = 'none' | 'some' | 'much';

/** `some`: up to a tenth of the calls failed. */
export const troubleOf = ({ calls, errors }: Readonly<{ calls: number; errors: number }>): Trouble =>
  errors === 0 ? 'none' : errors / Math.max(1, calls) <= 0.1 ? 'some' : 'much';

/** Where everything of a map stands. The busiest nodes are drawn, when there are too many. */
export function drawMesh({ nodes, edges }: MeshMap): Drawing {
  const calls = new Map<string, number>();
  for (const { service, calls: own } of nodes) calls.set(service, own);
  for (const { caller, callee, calls: own } of edges) {
    calls.set(caller, Math.max(calls.get(caller) ?? 0, own));
    calls.set(callee, Math.max(calls.get(callee) ?? 0, own));
  }
  const ids = [...calls].sort(([, a], [, b]) => b - a).map(([id]) => id);
  const shown = new Set(ids.slice(0, maxNodes));
  const drawn = edges.filter(({ caller, callee }) => shown.has(caller) && shown.has(callee));
  const {
    nodes: placed,
    bends,
    rows,
  } = layeredLayout(
    [...shown],
    drawn.map(({ caller, callee }) => ({ from: caller, to: callee })),
  );
  const tallest = Math.max(1, ...rows);
  const height = 2 * margin + tallest * nodeHeight + (tallest - 1) * rowGap;
  const numbers = new Map(nodes.map((node) => [node.service, node]));
  const corner = ({ layer, row }: Place): Point => {
    const own = rows[layer] ?? 1;
    const taken = own * nodeHeight + (own - 1) * rowGap;
    return { x: margin + layer * (nodeWidth + columnGap), y: (height - taken) / 2 + row * (nodeHeight + rowGap) };
  };
  const drawnNodes = placed.map(({ id, ...place }): DrawnNode => ({ id, ...corner(place), numbers: numbers.get(id) }));
  const at = new Map(drawnNodes.map((node) => [node.id, node]));
  const most = Math.max(1, ...drawn.map((edge) => edge.calls));
  return {
    width: 2 * margin + Math.max(1, rows.length) * nodeWidth + Math.max(0, rows.length - 1) * columnGap,
    height,
    nodes: drawnNodes,
    edges: drawn.flatMap((edge) => {
      const [from, to] = [at.get(edge.caller), at.get(edge.callee)];
      return from === undefined || to === undefined
        ? []
        : [drawEdge(edge, from, to, (bends.get(linkKey({ from: edge.caller, to: edge.callee })) ?? []).map(corner), most)];
    }),
    leftOut: ids.length - shown.size,
  };
}

type Point = Readonly<{ x: number; y: number }>;

/** `bends`: corners of the places that it goes through. */
function drawEdge(edge: MeshEdge, from: Point, to: Point, bends: readonly Point[], most: number): DrawnEdge {
  const middle = nodeHeight / 2;
  const start = { x: from.x + nodeWidth, y: from.y + middle };
  const end = { x: to.x, y: to.y + middle };
  const width = edgeWidth(edge.calls, most);
  if (end.x <= start.x) {
    // Calls that go back leave and arrive on the other sides, and swing around below.
    const path = `M${start.x} ${start.y}C${start.x + 90} ${start.y + nodeHeight} ${end.x - 90} ${end.y + nodeHeight} ${end.x} ${end.y}`;
    return { edge, path, width };
  }
  let [path, last] = [`M${start.x} ${start.y}`, start];
  const curveTo = (x: number, y: number) => {
    const half = (x - last.x) / 2;
    path += `C${last.x + half} ${last.y} ${x - half} ${y} ${x} ${y}`;
    last = { x, y };
  };
  for (const { x, y } of bends) {
    curveTo(x, y + middle);
    path += `H${x + nodeWidth}`;
    last = { x: x + nodeWidth, y: y + middle };
  }
  curveTo(end.x, end.y);
  return { edge, path, width };
}
