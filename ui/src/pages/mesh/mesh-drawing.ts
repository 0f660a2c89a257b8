import type { MeshEdge, MeshMap } from '../../api/mesh.ts';
import { layeredLayout } from './layered-layout.ts';

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
  /** Where its label stands. */
  x: number;
  y: number;
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
  const placed = layeredLayout(
    [...shown],
    drawn.map(({ caller, callee }) => ({ from: caller, to: callee })),
  );
  const rows = new Map<number, number>();
  for (const { layer } of placed) rows.set(layer, (rows.get(layer) ?? 0) + 1);
  const tallest = Math.max(1, ...rows.values());
  const height = 2 * margin + tallest * nodeHeight + (tallest - 1) * rowGap;
  const numbers = new Map(nodes.map((node) => [node.service, node]));
  const drawnNodes = placed.map(({ id, layer, row }): DrawnNode => {
    const own = rows.get(layer) as number;
    const taken = own * nodeHeight + (own - 1) * rowGap;
    return {
      id,
      x: margin + layer * (nodeWidth + columnGap),
      y: (height - taken) / 2 + row * (nodeHeight + rowGap),
      numbers: numbers.get(id),
    };
  });
  const at = new Map(drawnNodes.map((node) => [node.id, node]));
  const most = Math.max(1, ...drawn.map((edge) => edge.calls));
  return {
    width: 2 * margin + Math.max(1, rows.size) * nodeWidth + Math.max(0, rows.size - 1) * columnGap,
    height,
    nodes: drawnNodes,
    edges: drawn.flatMap((edge) => {
      const [from, to] = [at.get(edge.caller), at.get(edge.callee)];
      return from === undefined || to === undefined ? [] : [drawEdge(edge, from, to, most)];
    }),
    leftOut: ids.length - shown.size,
  };
}

function drawEdge(edge: MeshEdge, from: DrawnNode, to: DrawnNode, most: number): DrawnEdge {
  const [x1, y1, x2, y2] = [from.x + nodeWidth, from.y + nodeHeight / 2, to.x, to.y + nodeHeight / 2];
  // Calls that go back leave and arrive on the other sides, and swing around.
  const reach = x2 > x1 ? (x2 - x1) / 2 : 90;
  const lift = x2 > x1 ? 0 : nodeHeight;
  const path = `M${x1} ${y1}C${x1 + reach} ${y1 + lift} ${x2 - reach} ${y2 + lift} ${x2} ${y2}`;
  return { edge, path, width: edgeWidth(edge.calls, most), x: (x1 + x2) / 2, y: (y1 + y2) / 2 + lift * 0.75 };
}
