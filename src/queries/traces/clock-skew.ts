import type { Span, Trace } from '../../model/trace.ts';
import { type TraceTree, traceTree, treeOrder } from './trace-tree.ts';

/** Clocks differ only between machines. Where these are not known, agents stand for them. */
const isOneHost = (one: Span, other: Span): boolean =>
  one.address === other.address && (one.address !== '' || (one.service === other.service && one.instance === other.instance));

/** What `callee` must be moved by to lie in its caller, which is moved by `moved` itself. */
function shiftInto(caller: Span, moved: bigint, callee: Span): bigint {
  const callerStart = caller.startNanos + moved;
  if (caller.endNanos === undefined || callee.endNanos === undefined) {
    return callee.startNanos < callerStart ? callerStart - callee.startNanos : 0n;
  }
  const callerTook = caller.endNanos - caller.startNanos;
  const calleeTook = callee.endNanos - callee.startNanos;
  if (calleeTook > callerTook) return callee.startNanos < callerStart ? callerStart - callee.startNanos : 0n;
  if (callee.startNanos >= callerStart && callee.endNanos <= caller.endNanos + moved) return 0n;
  return callerStart + (callerTook - calleeTook) / 2n - callee.startNanos;
}

/**
 * Of each span of `trace.spans`, the nanoseconds that a view may add to its times so that a call lies within its caller although clocks differ
 * (Jaeger's rule): a callee on another machine that lies outside its caller is put into the caller's middle, or, when it took longer, to its start. What it called on
 * the same machine moves along. Consumers of messages stay, because they rightly run later.
 */
export function clockSkew(trace: Pick<Trace, 'spans'>, tree: TraceTree = traceTree(trace)): readonly bigint[] {
  const shifts: bigint[] = new Array(trace.spans.length).fill(0n);
  for (const at of treeOrder(tree).order) {
    const span = trace.spans[at] as Span;
    if (span.parentIndex === undefined) continue;
    const caller = trace.spans[span.parentIndex] as Span;
    const moved = shifts[span.parentIndex] as bigint;
    if (isOneHost(caller, span)) shifts[at] = moved;
    else if (span.kind !== 'consumer') shifts[at] = shiftInto(caller, moved, span);
  }
  return shifts;
}
