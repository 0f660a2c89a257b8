import type { Span, Trace } from '../../model/trace.ts';
import { traceTree, walkTree } from './trace-tree.ts';

/** An agent process, as far as it is known: clocks differ only between machines. */
const hostOf = ({ address, service, instance }: Span) => (address === '' ? `${service} ${instance}` : address);

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
export function clockSkew(trace: Pick<Trace, 'spans'>): readonly bigint[] {
  const shifts: bigint[] = trace.spans.map(() => 0n);
  for (const { at } of walkTree(traceTree(trace))) {
    const span = trace.spans[at] as Span;
    if (span.parentIndex === undefined) continue;
    const caller = trace.spans[span.parentIndex] as Span;
    const moved = shifts[span.parentIndex] as bigint;
    if (hostOf(caller) === hostOf(span)) shifts[at] = moved;
    else if (span.kind !== 'consumer') shifts[at] = shiftInto(caller, moved, span);
  }
  return shifts;
}
