import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Span, Trace, TraceLimits } from '../../model/trace.ts';
import { traceKey } from '../../model/trace-id.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { assembleTrace } from './assemble-spans.ts';
import { parseSpanRows, type SpanDetail, type SpanRow, spanRowColumns } from './span-rows.ts';

/** The trace as it is now, by its id in any spelling; `undefined` when no record of it is stored. */
export async function readTrace(
  engine: Engine,
  id: string,
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
  detail: SpanDetail = 'full',
): Promise<Trace | undefined> {
  const key = traceKey(id);
  const rows = await readRows(engine, spansCondition(hashOf(key), undefined), detail, queryLimits);
  return assembleTrace(rowsOf(rows, key), limits, nowMillis);
}

/** The operations of a trace that have a span id, with everything known of them but how they stand to others; empty when there is none. */
export async function readSpans(
  engine: Engine,
  id: string,
  spanId: string,
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
): Promise<readonly Span[]> {
  const key = traceKey(id);
  const condition = `${spansCondition(hashOf(key), undefined)} AND span_id = ${sqlString(spanId)}`;
  const rows = await readRows(engine, condition, 'full', queryLimits);
  return assembleTrace(rowsOf(rows, key), limits, nowMillis)?.spans ?? [];
}

/** Of rows with one hash, those of the trace. */
function rowsOf(rows: readonly SpanRow[], key: string): readonly SpanRow[] {
  const keyOf = traceKeys();
  return rows.filter(({ traceId }) => keyOf(traceId) === key);
}

/** `traceKey` for many rows, which have few ids. */
function traceKeys(): (id: string) => string {
  const known = new Map<string, string>();
  return (id) => {
    const key = known.get(id) ?? traceKey(id);
    known.set(id, key);
    return key;
  };
}

/** `trace_hash` in SQL, of a key of `traceKey`. */
const hashOf = (key: string): string => `cityHash64(${sqlString(key)})`;

/** `maxSpanRecords`: more of several traces together are not put together; of one trace any number is. */
export type ReadLimits = QueryLimits & Readonly<{ maxSpanRecords?: number }>;

/** `trace_hash` in decimal. `slots`: those in which its records came in, in seconds since the epoch, when they are known. */
export type TraceAddress = Readonly<{ hash: string; slots?: readonly number[] }>;

/**
 * Several traces at once, in the order of `addresses`. Those that share a hash (which none has done yet) are all given. Rejects with `query_too_expensive` when
 * they have more records than the limit.
 */
export async function readTraces(
  engine: Engine,
  addresses: readonly TraceAddress[],
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: ReadLimits = {},
  detail: SpanDetail = 'full',
): Promise<readonly Trace[]> {
  const byHash = await readTracesByHash(engine, addresses, limits, nowMillis, queryLimits, detail);
  return addresses.flatMap(({ hash }) => byHash.get(hash) ?? []);
}

export async function readTracesByHash(
  engine: Engine,
  addresses: readonly TraceAddress[],
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: ReadLimits,
  detail: SpanDetail,
): Promise<ReadonlyMap<string, readonly Trace[]>> {
  if (addresses.length === 0) return new Map();
  const hashes = addresses.map(({ hash }) => BigInt(hash)).join(', ');
  const isKnown = addresses.every(({ slots }) => slots !== undefined);
  const slots = isKnown ? addresses.flatMap((address) => address.slots ?? []) : undefined;
  const byHash = new Map<string, Map<string, SpanRow[]>>();
  const keyOf = traceKeys();
  const { maxSpanRecords: most } = queryLimits;
  const bound = most === undefined ? '' : ` LIMIT ${most + 1}`;
  const rows = await readRows(engine, spansCondition(hashes, slots) + bound, detail, queryLimits);
  if (most !== undefined && rows.length > most) throw tooManyRecords(most);
  for (const row of rows) {
    const byKey = byHash.get(row.hash) ?? new Map<string, SpanRow[]>();
    byHash.set(row.hash, byKey);
    const key = keyOf(row.traceId);
    const group = byKey.get(key);
    if (group) group.push(row);
    else byKey.set(key, [row]);
  }
  const traces = (groups: ReadonlyMap<string, SpanRow[]>) =>
    [...groups.values()].flatMap((rows) => assembleTrace(rows, limits, nowMillis) ?? []);
  return new Map([...byHash].map(([hash, groups]) => [hash, traces(groups)]));
}

export const tooManyRecords = (most: number): AppError =>
  new AppError(
    'query_too_expensive',
    `These traces have more than ${most} records of spans. Ask for fewer at a time, or for each by its id.`,
  );

/** The primary key begins with the slot, so the slots of the traces are looked up in the much smaller table `traces` when they are not known. */
export function spansCondition(hashes: string, slots: readonly number[] | undefined): string {
  const known = slots && [...new Set(slots)].map((slot) => `toDateTime(${Math.trunc(slot)}, 'UTC')`).join(', ');
  return `slot IN (${known ?? `SELECT slot FROM traces WHERE trace_hash IN (${hashes})`}) AND trace_hash IN (${hashes})`;
}

async function readRows(engine: Engine, condition: string, detail: SpanDetail, queryLimits: QueryLimits): Promise<readonly SpanRow[]> {
  return parseSpanRows(await engine.selectColumns(`SELECT ${spanRowColumns(detail)} FROM spans WHERE ${condition}`, queryLimits));
}
