import { childRange, operationOf, type SpanTable } from './span-table.ts';
import type { Operation } from './trace-api.ts';

/** Everything that was called in one way, as one box. */
export type FlameNode = Readonly<{
  operation: Operation;
  /** -1 for those at the bottom. */
  parent: number;
  depth: number;
  spans: number;
  failed: number;
  /** Nanoseconds that the spans worked themselves. */
  self: number;
  /** And with all that they called: the width. Calls side by side add up. */
  total: number;
  /** Where it begins, in the same unit. */
  offset: number;
  /** Of one of them. */
  example: number;
}>;

/** Nanoseconds of each span in which nothing that it called ran. */
export function selfTimes(table: SpanTable): Float64Array {
  const { size, start, end, children } = table;
  const self = new Float64Array(size);
  for (let at = 0; at < size; at += 1) {
    const [from, to] = childRange(table, at);
    const until = end[at] as number;
    // Callees are sorted by their start.
    let covered = start[at] as number;
    let free = 0;
    for (let place = from; place < to; place += 1) {
      const child = children[place] as number;
      const began = Math.min(until, start[child] as number);
      if (began > covered) free += began - covered;
      covered = Math.max(covered, Math.min(until, end[child] as number));
    }
    self[at] = free + Math.max(0, until - covered);
  }
  return self;
}

/** Boxes by the way of calls that leads to them, callers first, each caller's largest callee first. */
export function flameNodes(table: SpanTable): readonly FlameNode[] {
  type Made = { -readonly [Key in keyof FlameNode]: FlameNode[Key] };
  const self = selfTimes(table);
  const nodes: Made[] = [];
  const known = new Map<string, number>();
  const nodeOf = new Int32Array(table.size);
  for (let at = 0; at < table.size; at += 1) {
    const caller = table.parent[at] as number;
    const parent = caller < 0 ? -1 : (nodeOf[caller] as number);
    const key = `${parent} ${table.operationAt[at]}`;
    let place = known.get(key);
    if (place === undefined) {
      place = nodes.length;
      known.set(key, place);
      const depth = parent < 0 ? 0 : (nodes[parent] as Made).depth + 1;
      nodes.push({ operation: operationOf(table, at), parent, depth, spans: 0, failed: 0, self: 0, total: 0, offset: 0, example: at });
    }
    nodeOf[at] = place;
    const node = nodes[place] as Made;
    node.spans += 1;
    node.self += self[at] as number;
    if (table.messages.has(at)) node.failed += 1;
  }
  for (const node of nodes.toReversed()) {
    node.total += node.self;
    const caller = nodes[node.parent];
    if (caller !== undefined) caller.total += node.total;
  }
  const callees = new Map<number, Made[]>();
  for (const node of nodes) {
    const list = callees.get(node.parent);
    if (list === undefined) callees.set(node.parent, [node]);
    else list.push(node);
  }
  // Callers stand before their callees, so their offsets are known first.
  for (const [parent, list] of [...callees].sort(([one], [other]) => one - other)) {
    let offset = nodes[parent]?.offset ?? 0;
    for (const node of list.sort((one, other) => other.total - one.total)) {
      node.offset = offset;
      offset += node.total;
    }
  }
  return nodes;
}

/** What a table says of one operation of a trace; nanoseconds. */
export type OperationRow = Readonly<{
  operation: Operation;
  spans: number;
  failed: number;
  self: number;
  total: number;
  longest: number;
  /** On the critical path. */
  path: number;
  example: number;
}>;

export function operationRows(table: SpanTable): readonly OperationRow[] {
  type Made = { -readonly [Key in keyof OperationRow]: OperationRow[Key] };
  const self = selfTimes(table);
  const rows = new Map<number, Made>();
  for (let at = 0; at < table.size; at += 1) {
    const key = table.operationAt[at] as number;
    const length = (table.end[at] as number) - (table.start[at] as number);
    const row = rows.get(key) ?? {
      operation: operationOf(table, at),
      spans: 0,
      failed: 0,
      self: 0,
      total: 0,
      longest: -1,
      path: 0,
      example: at,
    };
    rows.set(key, row);
    row.spans += 1;
    row.self += self[at] as number;
    row.total += length;
    if (table.messages.has(at)) row.failed += 1;
    if (length > row.longest) {
      row.longest = length;
      row.example = at;
    }
  }
  const { critical_path: path } = table.outline;
  const waiting = new Set(path.waiting);
  for (const [place, at] of path.at.entries()) {
    const row = at < 0 || waiting.has(place) ? undefined : rows.get(table.operationAt[at] as number);
    if (row !== undefined) row.path += (path.end[place] as number) - (path.start[place] as number);
  }
  return [...rows.values()].sort((one, other) => other.self - one.self);
}
