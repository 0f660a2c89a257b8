import type { Span, Trace } from '../../model/trace.ts';
import { traceTree, walkTree } from '../traces/trace-tree.ts';

/** Positions in the traces. */
export type MatchedSpan = Readonly<{
  left: number;
  right: number;
  statusChanged: boolean /** Right minus left; undefined while one is open. */;
  durationChangeNanos: bigint | undefined;
}>;

export type TraceComparison = Readonly<{
  matched: readonly MatchedSpan[];
  /** Only in the right trace, callers before what they called. */
  added: readonly number[];
  /** Only in the left trace. */
  removed: readonly number[];
}>;

/**
 * Matches spans by their path of services and names from the root. Of several with one path the first is matched with the first, and so on, as
 * far as their callers are matched with each other.
 */
export function compareTraces(left: Trace, right: Trace): TraceComparison {
  const matched: MatchedSpan[] = [];
  const removed: number[] = [];
  const partners = new Map<string, number[]>();
  const rightTree = traceTree(right);
  for (const { at } of walkTree(rightTree)) {
    const { service, name, parentIndex } = right.spans[at] as Span;
    const key = spanKey(parentIndex ?? 'root', service, name);
    const list = partners.get(key);
    if (list) list.push(at);
    else partners.set(key, [at]);
  }
  for (const list of partners.values()) list.reverse();
  const rightOf = new Map<number, number>();
  const keyOf = (at: number) => {
    const { service, name, parentIndex } = left.spans[at] as Span;
    if (parentIndex === undefined) return spanKey('root', service, name);
    const caller = rightOf.get(parentIndex);
    return caller === undefined ? undefined : spanKey(caller, service, name);
  };
  for (const { at } of walkTree(traceTree(left))) {
    const key = keyOf(at);
    const partner = key === undefined ? undefined : partners.get(key)?.pop();
    if (partner === undefined) {
      removed.push(at);
      continue;
    }
    rightOf.set(at, partner);
    matched.push(describe(left.spans[at] as Span, right.spans[partner] as Span, at, partner));
  }
  const taken = new Set(rightOf.values());
  const added = [...walkTree(rightTree)].map(({ at }) => at).filter((at) => !taken.has(at));
  return { matched, added, removed };
}

const spanKey = (caller: number | 'root', service: string, name: string) => `${caller} ${JSON.stringify([service, name])}`;

function describe(left: Span, right: Span, leftAt: number, rightAt: number): MatchedSpan {
  const bothEnded = left.durationNanos !== undefined && right.durationNanos !== undefined;
  return {
    left: leftAt,
    right: rightAt,
    statusChanged: left.status !== right.status,
    durationChangeNanos: bothEnded ? (right.durationNanos as bigint) - (left.durationNanos as bigint) : undefined,
  };
}
