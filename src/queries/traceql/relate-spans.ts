import type { Span } from '../../model/trace.ts';
import type { Relation } from './query.ts';
import type { TraceView } from './trace-view.ts';

const inverse: Readonly<Record<Relation, Relation>> = {
  descendant: 'ancestor',
  ancestor: 'descendant',
  child: 'parent',
  parent: 'child',
  sibling: 'sibling',
};

/** Spans with the same caller have the same key, also when it has not arrived; roots have none. */
function callerKey({ parentIndex, orphan, parentId }: Span): string | number | undefined {
  return parentIndex ?? (orphan ? parentId : undefined);
}

type Marker = (view: TraceView, of: readonly number[]) => Uint8Array;

const caller = ({ trace }: TraceView, at: number): number | undefined => trace.spans[at]?.parentIndex;

const blank = ({ trace }: TraceView): Uint8Array => new Uint8Array(trace.spans.length);

function flags(view: TraceView, of: readonly number[]): Uint8Array {
  const result = blank(view);
  for (const at of of) result[at] = 1;
  return result;
}

const children: Marker = (view, of) => {
  const [given, marked] = [flags(view, of), blank(view)];
  for (const at of marked.keys()) marked[at] = given[caller(view, at) ?? -1] ?? 0;
  return marked;
};

const parents: Marker = (view, of) =>
  flags(
    view,
    of.flatMap((at) => caller(view, at) ?? []),
  );

const descendants: Marker = (view, of) => {
  const [given, marked] = [flags(view, of), blank(view)];
  for (const at of view.callersFirst) {
    const parent = caller(view, at) ?? -1;
    if (given[parent] === 1 || marked[parent] === 1) marked[at] = 1;
  }
  return marked;
};

const ancestors: Marker = (view, of) => {
  const [given, marked] = [flags(view, of), blank(view)];
  for (const at of view.callersFirst.toReversed()) {
    const parent = caller(view, at);
    if (parent !== undefined && (given[at] === 1 || marked[at] === 1)) marked[parent] = 1;
  }
  return marked;
};

const siblings: Marker = (view, of) => {
  const { spans } = view.trace;
  const [given, marked] = [flags(view, of), blank(view)];
  const counts = new Map<string | number, number>();
  for (const at of of) {
    const key = callerKey(spans[at] as Span);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [at, span] of spans.entries()) {
    const key = callerKey(span);
    if (key !== undefined && (counts.get(key) ?? 0) > (given[at] ?? 0)) marked[at] = 1;
  }
  return marked;
};

/** Each marks the spans that stand in the relation to one of those given: their descendants, and so on. Linear in the spans of the trace. */
const markers: Readonly<Record<Relation, Marker>> = {
  descendant: descendants,
  ancestor: ancestors,
  child: children,
  parent: parents,
  sibling: siblings,
};

/** The spans of `right` that stand in the relation to one of `left`. Positions are ascending. */
export function related(view: TraceView, left: readonly number[], right: readonly number[], relation: Relation): readonly number[] {
  const marked = markers[relation](view, left);
  return right.filter((at) => marked[at] === 1);
}

export function notRelated(view: TraceView, left: readonly number[], right: readonly number[], relation: Relation): readonly number[] {
  const marked = markers[relation](view, left);
  return right.filter((at) => marked[at] !== 1);
}

/** Both sides of each relation that holds. */
export function relatedPairs(view: TraceView, left: readonly number[], right: readonly number[], relation: Relation): readonly number[] {
  return union([related(view, left, right, relation), related(view, right, left, inverse[relation])]);
}

export function union(sets: readonly (readonly number[])[]): readonly number[] {
  if (sets.length === 1) return sets[0] as readonly number[];
  return [...new Set(sets.flat())].sort((left, right) => left - right);
}
