import type { Span, Trace } from '../../model/trace.ts';
import { earlier, later } from '../traceql/time-range.ts';
import { clockSkew } from '../traces/clock-skew.ts';
import { type TraceTree, traceTree } from '../traces/trace-tree.ts';

/**
 * A stretch of the path. `at`: the span (a position in `trace.spans`) that worked then, or undefined between two roots. `isWaiting`: the span
 * had ended already, and what it had started had not begun yet. Times with the shifts of `clockSkew`.
 */
export type PathSegment = Readonly<{ at: number | undefined; startNanos: bigint; endNanos: bigint; isWaiting: boolean }>;

export type CriticalPath = Readonly<{
  /** One after another without gaps, from the start of the trace to its end. */
  segments: readonly PathSegment[];
  durationNanos: bigint;
  /** Spans by what they add to the duration, the largest first. */
  spans: readonly Readonly<{ at: number; nanos: bigint }>[];
}>;

type Times = Readonly<{ start: bigint; end: bigint }>;

/** A span that has not ended lasts until the end of what is known. */
function timesOf(span: Span, shift: bigint, traceEnd: bigint): Times {
  const known = span.endNanos ?? traceEnd;
  const [start, end] = shift === 0n ? [span.startNanos, known] : [span.startNanos + shift, known + shift];
  return { start, end: later(start, end) };
}

/** Open while the walk is inside a span; `at` undefined stands for the whole trace. */
type Visit = { at: number | undefined; children: readonly number[]; next: number; time: bigint };

/** The path with the share that each span has in it. */
export function criticalPath(trace: Trace): CriticalPath {
  const tree = traceTree(trace);
  const segments = pathSegments(trace, tree, clockSkew(trace, tree));
  const [first, last] = [segments[0], segments.at(-1)];
  return { segments, durationNanos: first && last ? last.endNanos - first.startNanos : 0n, spans: shares(segments) };
}

/**
 * Walks back from the end of the trace: of what a span called, that which ended last held it up, and before that began, what had
 * ended by then. Calls that ran beside the path and beyond the start of its next part did not hold it up. A span's end counts as that of all it
 * caused, so work that went on after the caller's end is on the path when the trace ends with it.
 *
 * `tree` and `shifts` are those of the trace. Gives one segment after another without gaps, from the start of the trace to its end.
 */
export function pathSegments(trace: Trace, tree: TraceTree, shifts: readonly bigint[]): readonly PathSegment[] {
  const { spans } = trace;
  const { roots, children } = tree;
  const times = spans.map((span, at) => timesOf(span, shifts[at] ?? 0n, trace.endNanos));
  const ends = endsOfTrees(spans, times, roots, children);
  const byEnd = (list: readonly number[]) =>
    list.length < 2 ? list : [...list].sort((a, b) => compare(ends[b] as bigint, ends[a] as bigint) || a - b);
  const traceStart = times.reduce((first, { start }) => earlier(start, first), times[0]?.start ?? 0n);
  const traceEnd = roots.reduce((last, at) => later(ends[at] as bigint, last), traceStart);
  const backwards: PathSegment[] = [];
  const visits: Visit[] = [{ at: undefined, children: byEnd(roots), next: 0, time: traceEnd }];
  for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
    const { at, time } = visit;
    const own = at === undefined ? { start: traceStart, end: traceStart } : (times[at] as Times);
    let child = visit.children[visit.next];
    while (child !== undefined && (ends[child] as bigint) > time) child = visit.children[++visit.next];
    if (child !== undefined && time > own.start) {
      visit.next++;
      addSegments(backwards, at, own, ends[child] as bigint, time);
      visit.time = ends[child] as bigint;
      visits.push({ at: child, children: byEnd(children[child] as readonly number[]), next: 0, time: visit.time });
      continue;
    }
    addSegments(backwards, at, own, own.start, time);
    visits.pop();
    const caller = visits.at(-1);
    const began = earlier(time, own.start);
    if (caller !== undefined && began < caller.time) caller.time = began;
  }
  return backwards.reverse();
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Of each span, when the last of all that it caused ended. */
function endsOfTrees(
  spans: readonly Span[],
  times: readonly Times[],
  roots: readonly number[],
  children: TraceTree['children'],
): readonly bigint[] {
  const ends = times.map(({ end }) => end);
  const order = [...roots];
  // The list grows while it is walked.
  for (const at of order) for (const child of children[at] as readonly number[]) order.push(child);
  for (const at of order.reverse()) {
    const caller = spans[at]?.parentIndex;
    if (caller !== undefined) ends[caller] = later(ends[at] as bigint, ends[caller] as bigint);
  }
  return ends;
}

/** From `end` back to `start`: first what lies behind the span's own end. */
function addSegments(backwards: PathSegment[], at: number | undefined, own: Times, start: bigint, end: bigint): void {
  const border = earlier(later(own.end, start), end);
  if (end > border) backwards.push({ at, startNanos: border, endNanos: end, isWaiting: true });
  if (border > start) backwards.push({ at, startNanos: start, endNanos: border, isWaiting: false });
}

function shares(segments: readonly PathSegment[]): CriticalPath['spans'] {
  const sums = new Map<number, bigint>();
  for (const { at, startNanos, endNanos, isWaiting } of segments) {
    if (at !== undefined && !isWaiting) sums.set(at, (sums.get(at) ?? 0n) + endNanos - startNanos);
  }
  return [...sums].map(([at, nanos]) => ({ at, nanos })).sort((a, b) => compare(b.nanos, a.nanos) || a.at - b.at);
}
