import { timingBits } from '../../store/spans/load-spans-statement.ts';
import type { SpanRow } from './span-rows.ts';

/** The rows that tell about one operation. At least one row is there. */
export type Operation = Readonly<{
  /** The whole record that counts: the one that ended last. */
  whole: SpanRow | undefined;
  start: SpanRow | undefined;
  end: SpanRow | undefined;
  error: SpanRow | undefined;
  /** Further rows that said the same again. */
  duplicates: number;
}>;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareNanos = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * An order that depends on what rows say, never on when they arrived, unless they say the same: so late and repeated records cannot
 * change what is made of them.
 */
export function compareRows(a: SpanRow, b: SpanRow): number {
  return (
    compareNanos(a.endNanos, b.endNanos) ||
    compareNanos(a.startNanos, b.startNanos) ||
    compareText(a.status, b.status) ||
    compareNanos(a.durationNanos, b.durationNanos) ||
    compareText(a.statusMessage, b.statusMessage) ||
    compareText(a.service, b.service) ||
    compareText(a.instance, b.instance) ||
    compareText(a.parentId, b.parentId) ||
    a.segment - b.segment ||
    a.row - b.row
  );
}

/** Rows of one operation, with what is asked of them for each event without a name, so that this takes no quadratic time. */
type Draft = {
  readonly name: string;
  readonly rows: SpanRow[];
  readonly records: Set<SpanRow['record']>;
  lastStart: bigint;
  firstEnd: bigint;
};

function add(draft: Draft, row: SpanRow): void {
  if (draft.rows.length === 0 || row.startNanos > draft.lastStart) draft.lastStart = row.startNanos;
  if (draft.rows.length === 0 || row.endNanos < draft.firstEnd) draft.firstEnd = row.endNanos;
  draft.rows.push(row);
  draft.records.add(row.record);
}

/** Of how many operations with one span id the owner of an event is sought: enough for one request. */
const maxLookedAt = 64;

/**
 * An event without a name belongs to the operation that lacks it: a start to the one that ended first after it, an end or an error to the one that
 * started last before it.
 */
function owner(row: SpanRow, drafts: readonly Draft[]): Draft | undefined {
  if (drafts.length <= 1) return drafts[0];
  if (row.record === 'span' || drafts.length > maxLookedAt) return undefined;
  const isStart = row.record === 'start';
  const lacking = isStart
    ? drafts.filter(({ records, firstEnd }) => !records.has('start') && !records.has('span') && firstEnd >= row.startNanos)
    : drafts.filter(
        ({ records, lastStart }) => records.has('start') && !records.has('end') && !records.has('span') && lastStart <= row.endNanos,
      );
  const byTime = (a: Draft, b: Draft) => (isStart ? compareNanos(a.firstEnd, b.firstEnd) : compareNanos(b.lastStart, a.lastStart));
  return lacking.sort((a, b) => byTime(a, b) || compareText(a.name, b.name))[0];
}

const alone = (row: SpanRow): Operation => ({
  whole: row.record === 'span' ? row : undefined,
  start: row.record === 'start' ? row : undefined,
  end: row.record === 'end' ? row : undefined,
  error: row.record === 'error' ? row : undefined,
  duplicates: 0,
});

/** `rows` MUST be sorted by `compareRows`. */
function operationOf(rows: readonly SpanRow[]): Operation {
  if (rows.length === 1) return alone(rows[0] as SpanRow);
  const last = (record: SpanRow['record']) => rows.findLast((row) => row.record === record);
  const whole = last('span');
  const starts = rows.filter(({ record }) => record === 'start');
  const start = starts.reduce<SpanRow | undefined>(
    (first, row) => (first === undefined || row.startNanos < first.startNanos ? row : first),
    undefined,
  );
  const [end, error] = [last('end'), last('error')];
  return { whole, start, end, error, duplicates: rows.length - [whole, start, end, error].filter((row) => row !== undefined).length };
}

/** Sorts the rows of one span id into operations. `rows` MUST be sorted by `compareRows`. */
function operationsOfSpanId(rows: readonly SpanRow[]): readonly Operation[] {
  const drafts = new Map<string, Draft>();
  const byName = new Map<string, Draft>();
  const draftOf = ({ name, kind }: SpanRow): Draft => {
    const found = drafts.get(`${kind} ${name}`);
    if (found) return found;
    const made: Draft = { name, rows: [], records: new Set(), lastStart: 0n, firstEnd: 0n };
    drafts.set(`${kind} ${name}`, made);
    if (!byName.has(name)) byName.set(name, made);
    return made;
  };
  const whole = rows.filter(({ record, name }) => record === 'span' && name !== '');
  for (const row of whole) add(draftOf(row), row);
  for (const row of rows) {
    if (row.record === 'span' || row.name === '') continue;
    // Events of MCP Mesh have no kind, so they go to what has their name, whatever its kind.
    add((row.kind === '' ? byName.get(row.name) : undefined) ?? draftOf(row), row);
  }
  const nameless = rows.filter(({ name }) => name === '');
  const named = [...drafts.values()];
  for (const row of [...nameless.filter(({ record }) => record === 'start'), ...nameless.filter(({ record }) => record !== 'start')]) {
    add(owner(row, named) ?? draftOf(row), row);
  }
  return [...drafts.values()].map((draft) => operationOf(draft.rows.sort(compareRows)));
}

/** Puts together what belongs to one operation. Rows without a span id stand for themselves. */
export function pairRecords(rows: readonly SpanRow[]): readonly Operation[] {
  // Nearly every span id has one row, so only for others there is a list.
  const bySpanId = new Map<string, SpanRow | SpanRow[]>();
  const withoutId: SpanRow[] = [];
  for (const row of rows) {
    const group = row.spanId === '' ? withoutId : bySpanId.get(row.spanId);
    if (group === undefined) bySpanId.set(row.spanId, row);
    else if (Array.isArray(group)) group.push(row);
    else bySpanId.set(row.spanId, [group, row]);
  }
  const operations = withoutId.sort(compareRows).map(alone);
  for (const group of bySpanId.values()) {
    if (!Array.isArray(group)) operations.push(alone(group));
    else for (const operation of operationsOfSpanId(group.sort(compareRows))) operations.push(operation);
  }
  return operations;
}

type Times = Readonly<{ startNanos: bigint; endNanos: bigint | undefined; durationNanos: bigint | undefined }>;

const notNegative = (nanos: bigint) => (nanos < 0n ? 0n : nanos);

/** A duration of zero is not believed when the times differ: upstream cuts parts of a millisecond off, and text that is no number is stored as 0. */
const duration = (row: SpanRow, startNanos: bigint, endNanos: bigint): bigint =>
  (row.timing & timingBits.duration) !== 0 && row.durationNanos > 0n ? row.durationNanos : notNegative(endNanos - startNanos);

/** The times of a row that stands alone. What was not sent is never before the start or behind the end. */
function timesOfRow(row: SpanRow): Times {
  const { timing } = row;
  const startNanos = (timing & timingBits.start) === 0 && row.startNanos > row.endNanos ? row.endNanos : row.startNanos;
  const endNanos = (timing & timingBits.end) === 0 && row.endNanos < startNanos ? startNanos : row.endNanos;
  return { startNanos, endNanos, durationNanos: duration(row, startNanos, endNanos) };
}

/** `hasEnded`: whether an `error` without an end counts as one. */
export function timesOf({ whole, start, end, error }: Operation, hasEnded: boolean): Times {
  if (whole !== undefined) return timesOfRow(whole);
  const last = end ?? error;
  if (last === undefined || (end === undefined && !hasEnded)) {
    return { startNanos: (start ?? (last as SpanRow)).startNanos, endNanos: undefined, durationNanos: undefined };
  }
  if (start === undefined) return timesOfRow(last);
  const { startNanos } = start;
  const sentEnd = (last.timing & (timingBits.start | timingBits.end)) !== 0 || last.durationNanos <= 0n;
  const endNanos = sentEnd ? last.endNanos : startNanos + last.durationNanos;
  return { startNanos, endNanos, durationNanos: duration(last, startNanos, endNanos) };
}
