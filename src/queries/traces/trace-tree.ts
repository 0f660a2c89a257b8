import type { Trace } from '../../model/trace.ts';

/** Positions in `Trace.spans`. */
export type TraceTree = Readonly<{
  /** Spans without a caller, by start. */
  roots: readonly number[];
  /** Of each span, the spans it called, by start. */
  children: readonly (readonly number[])[];
}>;

export function traceTree({ spans }: Pick<Trace, 'spans'>): TraceTree {
  const roots: number[] = [];
  const children: number[][] = spans.map(() => []);
  for (const [at, { parentIndex }] of spans.entries()) (parentIndex === undefined ? roots : (children[parentIndex] as number[])).push(at);
  return { roots, children };
}

/** Every span with its depth (0 for roots), callers before what they called, in the order in which a tree is printed. Not recursive. */
export function* walkTree({ roots, children }: TraceTree): Generator<Readonly<{ at: number; depth: number }>> {
  const stack = roots.toReversed().map((at) => ({ at, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (const at of (children[next.at] as readonly number[]).toReversed()) stack.push({ at, depth: next.depth + 1 });
  }
}
