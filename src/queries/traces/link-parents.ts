import type { Span } from '../../model/trace.ts';

/** A span whose caller is not known yet. */
export type Unlinked = Omit<Span, 'parentIndex' | 'orphan'> & { -readonly [Key in 'parentIndex' | 'orphan']: Span[Key] };

/** The spans with one span id, as positions, ascending. */
type Group = { members: number[]; called: number[] };

const isCallee = ({ kind }: Unlinked) => kind === 'server' || kind === 'consumer';
const isCaller = ({ kind }: Unlinked) => kind === 'client' || kind === 'producer';

/** Whether `inner` ran within `outer`, or `outer` has not ended. */
const encloses = (outer: Unlinked, inner: Unlinked): boolean =>
  outer.startNanos <= inner.startNanos &&
  (outer.endNanos === undefined || (inner.endNanos !== undefined && inner.endNanos <= outer.endNanos));

/** How many operations with one span id are looked at for one child: enough for one request, and no quadratic time for a hostile trace. */
const maxLookedAt = 64;

/**
 * The operation of `members` (positions in `spans` of those with one span id, ascending) under which a child that names this id belongs: the side
 * that was called, and of several the one that began last and was running when the child began.
 */
function parentAmong({ called, members }: Group, child: Unlinked, spans: readonly Unlinked[]): number | undefined {
  const candidates = called.length > 0 ? called : members;
  let [low, high] = [0, candidates.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[candidates[middle] as number] as Unlinked).startNanos <= child.startNanos) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= Math.max(0, low - maxLookedAt); at--) {
    const { endNanos } = spans[candidates[at] as number] as Unlinked;
    if (endNanos === undefined || endNanos >= child.startNanos) return candidates[at];
  }
  return candidates[0];
}

/** Parents within one span id: the server's is the client; what ran inside another operation of the same side is its child. */
function linkWithin({ members }: Group, spans: readonly Unlinked[], parents: (number | undefined)[]): void {
  const client = members.find((at) => isCaller(spans[at] as Unlinked));
  const stacks = new Map<boolean, number[]>();
  for (const at of members) {
    const span = spans[at] as Unlinked;
    if (client !== undefined && isCallee(span)) {
      parents[at] = client;
      continue;
    }
    const stack = stacks.get(isCallee(span)) ?? [];
    stacks.set(isCallee(span), stack);
    while (stack.length > 0 && !encloses(spans[stack.at(-1) as number] as Unlinked, span)) stack.pop();
    if (stack.length > 0) parents[at] = stack.at(-1);
    stack.push(at);
  }
}

/** Cuts each cycle at its earliest span. */
function cutCycles(parents: (number | undefined)[]): void {
  const seenFrom = new Int32Array(parents.length).fill(-1);
  for (let from = 0; from < parents.length; from++) {
    let at: number | undefined = from;
    while (at !== undefined && seenFrom[at] === -1) {
      seenFrom[at] = from;
      at = parents[at];
    }
    if (at === undefined || seenFrom[at] !== from) continue;
    // The walk met itself, so `at` is part of a cycle.
    let earliest = at;
    for (let next = parents[at]; next !== undefined && next !== at; next = parents[next]) earliest = Math.min(earliest, next);
    parents[earliest] = undefined;
  }
}

/**
 * Tells every span its caller. `spans` MUST be sorted as in a `Trace`. Takes time in proportion to the spans, however deep or wrong the tree is.
 */
export function linkParents(spans: readonly Unlinked[]): readonly Span[] {
  // Nearly every span id has one span, so only for others there is a group.
  const groups = new Map<string, number | Group>();
  for (let at = 0; at < spans.length; at++) {
    const { spanId } = spans[at] as Unlinked;
    if (spanId === '') continue;
    const group = groups.get(spanId);
    if (group === undefined) groups.set(spanId, at);
    else if (typeof group === 'number') groups.set(spanId, groupOf([group, at], spans));
    else addTo(group, at, spans);
  }
  const parents: (number | undefined)[] = new Array(spans.length).fill(undefined);
  for (const group of groups.values()) if (typeof group !== 'number') linkWithin(group, spans, parents);
  for (let at = 0; at < spans.length; at++) {
    const span = spans[at] as Unlinked;
    if (parents[at] !== undefined || span.parentId === '' || span.parentId === span.spanId) continue;
    const group = groups.get(span.parentId);
    parents[at] = typeof group === 'object' ? parentAmong(group, span, spans) : group;
  }
  cutCycles(parents);
  for (let at = 0; at < spans.length; at++) {
    const span = spans[at] as Unlinked;
    span.parentIndex = parents[at];
    span.orphan = span.parentIndex === undefined && span.parentId !== '';
  }
  return spans;
}

function groupOf(members: readonly number[], spans: readonly Unlinked[]): Group {
  const group: Group = { members: [], called: [] };
  for (const at of members) addTo(group, at, spans);
  return group;
}

function addTo(group: Group, at: number, spans: readonly Unlinked[]): void {
  group.members.push(at);
  if (isCallee(spans[at] as Unlinked)) group.called.push(at);
}
