import type { Operation, Outline } from './trace-api.ts';

/** Siblings of one operation that stand in one row, "× 4,812 query, 12 ms avg". */
export type SpanGroup = Readonly<{
  /** Tells it again when the trace has grown. */
  key: string;
  operation: Operation;
  parent: number;
  members: Int32Array;
  failed: number;
  /** Nanoseconds; spans that have not ended count until now. */
  total: number;
  first: number;
  last: number;
}>;

/** An outline, made ready to be drawn. Positions are those of the outline, callers before what they called. Times in nanoseconds since the trace began. */
export type SpanTable = Readonly<{
  outline: Outline;
  size: number;
  parent: Int32Array;
  depth: Int32Array;
  deepest: number;
  start: Float64Array;
  end: Float64Array;
  /** 1: it has not ended. */
  open: Uint8Array;
  operation: readonly Operation[];
  operationAt: Int32Array;
  /** Callees of `at` stand in `children` from `childrenFrom[at + 1]` up to `childrenFrom[at + 2]`; those of nobody from `childrenFrom[0]`. */
  children: Int32Array;
  childrenFrom: Int32Array;
  /** First position behind all that a span caused. */
  subtreeEnd: Int32Array;
  /** How many of its subtree failed, itself included. */
  failedBelow: Int32Array;
  messages: ReadonlyMap<number, string>;
  groups: readonly SpanGroup[];
  /** -1: it stands for itself. */
  groupOf: Int32Array;
  first: number;
  last: number;
}>;

/** So many siblings of one operation become a group. */
export const groupFrom = 8;

export function spanTable(outline: Outline): SpanTable {
  const { spans, operations } = outline;
  const size = spans.id.length;
  const parent = Int32Array.from(spans.parent);
  const operationAt = Int32Array.from(spans.operation);
  const start = Float64Array.from(spans.start);
  const end = new Float64Array(size);
  const open = new Uint8Array(size);
  const depth = new Int32Array(size);
  const subtreeEnd = new Int32Array(size);
  const failedBelow = new Int32Array(size);
  const messages = new Map(outline.failed.map(({ at, message }) => [at, message]));
  const known = endOfKnown(outline);
  let first = size === 0 ? 0 : Number.POSITIVE_INFINITY;
  let last = 0;
  let deepest = 0;
  for (let at = 0; at < size; at += 1) {
    const took = spans.duration[at] as number;
    const began = start[at] as number;
    open[at] = took < 0 ? 1 : 0;
    end[at] = took < 0 ? Math.max(began, known) : began + took;
    const caller = parent[at] as number;
    depth[at] = caller < 0 ? 0 : (depth[caller] as number) + 1;
    subtreeEnd[at] = at + 1;
    if (messages.has(at)) failedBelow[at] = 1;
    first = Math.min(first, began);
    last = Math.max(last, end[at] as number);
    deepest = Math.max(deepest, depth[at] as number);
  }
  for (let at = size - 1; at >= 0; at -= 1) {
    const caller = parent[at] as number;
    if (caller < 0) continue;
    subtreeEnd[caller] = Math.max(subtreeEnd[caller] as number, subtreeEnd[at] as number);
    failedBelow[caller] = (failedBelow[caller] as number) + (failedBelow[at] as number);
  }
  const lists = childLists(parent);
  const table = { outline, size, parent, depth, deepest, start, end, open, operation: operations, operationAt, ...lists };
  return { ...table, subtreeEnd, failedBelow, messages, ...groupsOf(table, failedBelow), first, last: Math.max(last, first + 1) };
}

/** What is open lasts until now while the trace runs, else until the end of what is known. */
function endOfKnown({ state, now, start_nanos, duration_nanos }: Outline): number {
  const known = Number(duration_nanos);
  return state === 'running' ? Math.max(known, Number(BigInt(Date.parse(now)) * 1_000_000n - BigInt(start_nanos))) : known;
}

function childLists(parent: Int32Array): Pick<SpanTable, 'children' | 'childrenFrom'> {
  const childrenFrom = new Int32Array(parent.length + 2);
  for (const caller of parent) childrenFrom[caller + 2] = (childrenFrom[caller + 2] as number) + 1;
  for (let at = 1; at < childrenFrom.length; at += 1) childrenFrom[at] = (childrenFrom[at] as number) + (childrenFrom[at - 1] as number);
  const next = childrenFrom.slice();
  const children = new Int32Array(parent.length);
  for (const [at, caller] of parent.entries()) {
    const place = next[caller + 1] as number;
    children[place] = at;
    next[caller + 1] = place + 1;
  }
  return { children, childrenFrom };
}

/** Where the list of what a span called begins and ends; -1 for roots. */
export const childRange = ({ childrenFrom }: Pick<SpanTable, 'childrenFrom'>, at: number): readonly [number, number] => [
  childrenFrom[at + 1] as number,
  childrenFrom[at + 2] as number,
];

type Ungrouped = Pick<SpanTable, 'outline' | 'size' | 'parent' | 'operation' | 'operationAt' | 'start' | 'end'>;

function groupsOf(table: Ungrouped, failedBelow: Int32Array): Pick<SpanTable, 'groups' | 'groupOf'> {
  const { outline, size, parent, operation, operationAt, start, end } = table;
  const members = new Map<number, number[]>();
  for (let at = 0; at < size; at += 1) {
    const key = ((parent[at] as number) + 1) * operation.length + (operationAt[at] as number);
    const list = members.get(key);
    if (list === undefined) members.set(key, [at]);
    else list.push(at);
  }
  const groupOf = new Int32Array(size).fill(-1);
  const groups: SpanGroup[] = [];
  for (const list of members.values()) {
    if (list.length < groupFrom) continue;
    const [at] = list as unknown as readonly [number];
    const caller = parent[at] as number;
    const made = operation[operationAt[at] as number] as Operation;
    let total = 0;
    let failed = 0;
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const member of list) {
      groupOf[member] = groups.length;
      total += (end[member] as number) - (start[member] as number);
      if ((failedBelow[member] as number) > 0) failed += 1;
      first = Math.min(first, start[member] as number);
      last = Math.max(last, end[member] as number);
    }
    const key = JSON.stringify([outline.spans.id[caller] ?? '', made.service, made.name, made.kind, made.work]);
    groups.push({ key, operation: made, parent: caller, members: Int32Array.from(list), failed, total, first, last });
  }
  return { groups, groupOf };
}

/** Nanoseconds of a span until its end, or until now. */
export const lengthOf = ({ start, end }: Pick<SpanTable, 'start' | 'end'>, at: number): number =>
  (end[at] as number) - (start[at] as number);

/** The operation of a span. */
export const operationOf = ({ operation, operationAt }: Pick<SpanTable, 'operation' | 'operationAt'>, at: number): Operation =>
  operation[operationAt[at] as number] as Operation;
