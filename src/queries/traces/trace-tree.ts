import type { Span, Trace } from '../../model/trace.ts';

/** Positions in `Trace.spans`. */
export type TraceTree = Readonly<{
  /** Spans without a caller, by start. */
  roots: readonly number[];
  /** Of each span, the spans it called, by start. */
  children: readonly (readonly number[])[];
}>;

const none: readonly number[] = Object.freeze([]);

export function traceTree({ spans }: Pick<Trace, 'spans'>): TraceTree {
  const roots: number[] = [];
  const children: (readonly number[])[] = new Array(spans.length).fill(none);
  for (let at = 0; at < spans.length; at++) {
    const { parentIndex } = spans[at] as Span;
    if (parentIndex === undefined) roots.push(at);
    else if (children[parentIndex] === none) children[parentIndex] = [at];
    else (children[parentIndex] as number[]).push(at);
  }
  return { roots, children };
}

/** Every span with its depth (0 for roots), callers before what they called, in the order in which a tree is printed. Not recursive. */
export function* walkTree(tree: TraceTree): Generator<Readonly<{ at: number; depth: number }>> {
  const { order, depths } = treeOrder(tree);
  for (let position = 0; position < order.length; position++) {
    yield { at: order[position] as number, depth: depths[position] as number };
  }
}

/** The same in columns. */
export function treeOrder({ roots, children }: TraceTree): Readonly<{ order: Int32Array; depths: Int32Array }> {
  const [order, depths] = [new Int32Array(children.length), new Int32Array(children.length)];
  // What is still to be visited, the next one last, with its depth behind it.
  const stack: number[] = [];
  const push = (list: readonly number[], depth: number) => {
    for (let at = list.length - 1; at >= 0; at--) stack.push(depth, list[at] as number);
  };
  push(roots, 0);
  for (let position = 0; stack.length > 0; position++) {
    const at = stack.pop() as number;
    const depth = stack.pop() as number;
    order[position] = at;
    depths[position] = depth;
    push(children[at] as readonly number[], depth + 1);
  }
  return { order, depths };
}
