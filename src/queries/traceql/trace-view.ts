import type { Span, Trace } from '../../model/trace.ts';
import { type TraceTree, traceTree, treeOrder, walkTree } from '../traces/trace-tree.ts';

/** As in Tempo: numbers of a walk through the tree, from 1; a span lies within those that called it. */
export type NestedSet = Readonly<{ left: Int32Array; right: Int32Array }>;

/** A trace with what conditions on its structure need. Spans are named by their position in `trace.spans`. */
export type TraceView = Readonly<{
  trace: Trace;
  tree: TraceTree;
  /** Every span behind the one that called it. */
  callersFirst: Int32Array;
  /** The first span that names no caller. */
  root: Span | undefined;
  nestedSet: () => NestedSet;
}>;

export function viewTrace(trace: Trace): TraceView {
  const tree = traceTree(trace);
  let numbers: NestedSet | undefined;
  return {
    trace,
    tree,
    callersFirst: treeOrder(tree).order,
    root: trace.spans.find(isRoot),
    nestedSet: () => {
      numbers ??= numberTree(tree, trace.spans.length);
      return numbers;
    },
  };
}

export const isRoot = ({ parentIndex, orphan }: Span): boolean => parentIndex === undefined && !orphan;

function numberTree(tree: TraceTree, spans: number): NestedSet {
  const [left, right] = [new Int32Array(spans), new Int32Array(spans)];
  const open: number[] = [];
  let next = 1;
  for (const { at, depth } of walkTree(tree)) {
    while (open.length > depth) right[open.pop() as number] = next++;
    left[at] = next++;
    open.push(at);
  }
  while (open.length > 0) right[open.pop() as number] = next++;
  return { left, right };
}
