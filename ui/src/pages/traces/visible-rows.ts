import { childRange, type SpanTable } from './span-table.ts';

/** What someone opened and closed; by keys, so that it holds while the trace grows. */
export type Folding = Readonly<{
  /** Span ids whose callees are hidden. */
  closed: ReadonlySet<string>;
  /** Keys of groups that are shown one by one. */
  opened: ReadonlySet<string>;
  /** Every group is shown one by one, except those in `opened`. */
  isUngrouped: boolean;
}>;

export const nothingFolded: Folding = { closed: new Set(), opened: new Set(), isUngrouped: false };

export type VisibleRows = Readonly<{
  count: number;
  /** Position of a span, or `-1 - group`. */
  rows: Int32Array;
  depth: Int32Array;
  /** Of each span the row that shows it: its own, or that of what it is folded into. */
  rowOf: Int32Array;
}>;

export const isGroupOpen = ({ opened, isUngrouped }: Folding, key: string): boolean => opened.has(key) !== isUngrouped;

/** The rows of a waterfall, top to bottom. Not recursive. */
export function visibleRows(table: SpanTable, folding: Folding): VisibleRows {
  const { size, children, groups, groupOf, subtreeEnd, outline } = table;
  const ids = outline.spans.id;
  const rows = new Int32Array(size + groups.length);
  const depth = new Int32Array(size + groups.length);
  const rowOf = new Int32Array(size);
  let count = 0;
  const waiting: number[] = [];
  const waitingDepth: number[] = [];
  const push = (row: number, at: number) => {
    waiting.push(row);
    waitingDepth.push(at);
  };
  const pushCallees = (caller: number, at: number) => {
    const [from, to] = childRange(table, caller);
    for (let place = to - 1; place >= from; place -= 1) {
      const child = children[place] as number;
      const group = groupOf[child] as number;
      if (group < 0) push(child, at);
      else if (groups[group]?.members[0] === child) push(-1 - group, at);
    }
  };
  pushCallees(-1, 0);
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    const level = waitingDepth.pop() as number;
    rows[count] = row;
    depth[count] = level;
    const own = count;
    count += 1;
    if (row < 0) {
      const group = groups[-1 - row] as (typeof groups)[number];
      if (isGroupOpen(folding, group.key))
        for (let at = group.members.length - 1; at >= 0; at -= 1) push(group.members[at] as number, level + 1);
      else for (const member of group.members) rowOf.fill(own, member, subtreeEnd[member]);
      continue;
    }
    rowOf[row] = own;
    if (folding.closed.has(ids[row] as string)) rowOf.fill(own, row, subtreeEnd[row]);
    else pushCallees(row, level + 1);
  }
  return { count, rows: rows.subarray(0, count), depth: depth.subarray(0, count), rowOf };
}

/** The folding in which a span has a row of its own. */
export function revealed(table: SpanTable, folding: Folding, at: number): Folding {
  const closed = new Set(folding.closed);
  const opened = new Set(folding.opened);
  for (let span = at; span >= 0; span = table.parent[span] as number) {
    if (span !== at) closed.delete(table.outline.spans.id[span] as string);
    const group = table.groups[table.groupOf[span] as number];
    if (group === undefined || isGroupOpen({ ...folding, opened }, group.key)) continue;
    if (folding.isUngrouped) opened.delete(group.key);
    else opened.add(group.key);
  }
  return { ...folding, closed, opened };
}

const toggled = (set: ReadonlySet<string>, key: string): ReadonlySet<string> => {
  const after = new Set(set);
  if (!after.delete(key)) after.add(key);
  return after;
};

/** The folding after a row was opened or closed. */
export function withToggled(table: SpanTable, folding: Folding, row: number): Folding {
  if (row < 0) return { ...folding, opened: toggled(folding.opened, (table.groups[-1 - row] as { key: string }).key) };
  return { ...folding, closed: toggled(folding.closed, table.outline.spans.id[row] as string) };
}

/** `undefined`: nothing is below it. */
export function isRowOpen(table: SpanTable, folding: Folding, row: number): boolean | undefined {
  if (row < 0) return isGroupOpen(folding, (table.groups[-1 - row] as { key: string }).key);
  return table.subtreeEnd[row] === row + 1 ? undefined : !folding.closed.has(table.outline.spans.id[row] as string);
}

/** Spans whose agent, operation, id or error has the text in it, in the order of the tree. */
export function findSpans({ outline, operation, operationAt, messages, size }: SpanTable, text: string): readonly number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const has = (candidate: string | undefined) => candidate?.toLowerCase().includes(wanted) === true;
  const matching = operation.map(({ service, name }) => has(`${service} ${name}`));
  const found: number[] = [];
  for (let at = 0; at < size; at += 1)
    if (matching[operationAt[at] as number] || outline.spans.id[at] === wanted || has(messages.get(at))) found.push(at);
  return found;
}
