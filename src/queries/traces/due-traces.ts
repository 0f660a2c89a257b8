import type { TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';

/**
 * Which traces have come to rest. It follows from the stored records alone: a trace is due when nothing came for the quiet period after its
 * last record (`quiet`), and, when records of kind `start` are among its records, again when nothing came for the timeout (`timeout`), by
 * which time an operation that is still open is abandoned. A late record makes it due anew.
 */
export type DueReason = 'quiet' | 'timeout';

/** The last record of the last trace that was due; traces with one time are in the order of their hashes. */
export type DueCursor = Readonly<{ lastSeenMillis: number; hash: string }>;

export type DueTrace = Readonly<{
  /** `trace_hash`, decimal. */
  hash: string;
  /** Those in which its records came in, in seconds since the epoch. */
  slots: readonly number[];
  lastSeenMillis: number;
  records: number;
  /** It was due before, with fewer records. */
  updated: boolean;
}>;

export type DueRequest = Readonly<{
  reason: DueReason;
  after: DueCursor;
  /** Traces whose last record came at this time or before; every record that came before it MUST be stored. */
  untilMillis: number;
  limits: TraceLimits;
  /** Most traces to give. */
  max: number;
}>;

/** `cursor`: where to go on. `isFull`: there are more. */
export type DuePage = Readonly<{ due: readonly DueTrace[]; cursor: DueCursor; isFull: boolean }>;

const maxHash = String(2n ** 64n - 1n);

/** The position behind every trace whose last record came at `millis` or before. */
export const cursorAfter = (millis: number): DueCursor => ({ lastSeenMillis: millis, hash: maxHash });

const instant = (millis: number) => `fromUnixTimestamp64Milli(${Math.trunc(millis)}, 'UTC')`;

/** Traces that came to rest behind `after`, by their last record. */
export async function dueTraces(engine: Engine, request: DueRequest, queryLimits: QueryLimits = {}): Promise<DuePage> {
  const { reason, after, untilMillis, limits, max } = request;
  const end = cursorAfter(untilMillis);
  if (untilMillis < after.lastSeenMillis) return { due: [], cursor: after, isFull: false };
  const rows = await engine.select(dueStatement(reason, after, untilMillis, max), queryLimits);
  const isFull = rows.length > max;
  const found = rows.slice(0, max);
  const last = found.at(-1);
  const cursor = isFull && last !== undefined ? { lastSeenMillis: Number(last.last_seen), hash: String(last.trace_hash) } : end;
  const updated = await findUpdated(engine, found, limits, queryLimits);
  return { due: found.map((row) => dueTrace(row, updated)), cursor, isFull };
}

const slotsOf = (row: Row): number[] => (row.slots as readonly unknown[]).map(Number);

const dueTrace = (row: Row, updated: ReadonlySet<string>): DueTrace => ({
  hash: String(row.trace_hash),
  slots: slotsOf(row),
  lastSeenMillis: Number(row.last_seen),
  records: Number(row.all_records),
  updated: updated.has(String(row.trace_hash)),
});

/**
 * The rows since `after` tell which traces came to rest: any later record of such a trace has its row among them. They are few, and
 * the index on `last_ingested` finds them; the other rows of these traces are then read by their hashes.
 */
function dueStatement(reason: DueReason, after: DueCursor, untilMillis: number, max: number): string {
  const atRest = `max(last_ingested) <= ${instant(untilMillis)}
    AND (max(last_ingested), trace_hash) > (${instant(after.lastSeenMillis)}, toUInt64('${BigInt(after.hash)}'))`;
  // What has no start cannot stay open, so most traces are not due a second time; they are many, and must not use up the limit.
  const innerLimit = reason === 'quiet' ? `ORDER BY max(last_ingested), trace_hash LIMIT ${max + 1}` : '';
  return `SELECT trace_hash, toUnixTimestamp64Milli(max(last_ingested)) AS last_seen, sum(records) AS all_records,
    arraySort(groupUniqArray(toUnixTimestamp(slot))) AS slots
  FROM traces
  WHERE trace_hash IN (
    SELECT trace_hash FROM traces WHERE last_ingested >= ${instant(after.lastSeenMillis)} GROUP BY trace_hash HAVING ${atRest} ${innerLimit}
  )
  GROUP BY trace_hash
  HAVING ${atRest}${reason === 'timeout' ? ' AND sum(started) > 0' : ''}
  ORDER BY max(last_ingested), trace_hash LIMIT ${max + 1}`;
}

/** Those that came to rest once before their last record: a gap of the quiet period with nothing open, or one of the timeout. */
async function findUpdated(
  engine: Engine,
  rows: readonly Row[],
  limits: TraceLimits,
  queryLimits: QueryLimits,
): Promise<ReadonlySet<string>> {
  const several = rows.filter(({ all_records }) => Number(all_records) > 1);
  if (several.length === 0) return new Set();
  const hashes = several.map(({ trace_hash }) => BigInt(trace_hash as string));
  const slots = new Set(several.flatMap(slotsOf));
  const arrivals = await engine.select(
    `SELECT trace_hash, groupArray((at, opened)) AS arrivals FROM (
      SELECT trace_hash, toUnixTimestamp64Milli(_ingested) AS at, toInt64(countIf(record = 'start')) - toInt64(countIf(record = 'end')) AS opened
      FROM spans WHERE slot IN (${[...slots].map((slot) => `toDateTime(${slot}, 'UTC')`).join(', ')}) AND trace_hash IN (${hashes.join(', ')})
      GROUP BY trace_hash, _ingested ORDER BY trace_hash, _ingested
    ) GROUP BY trace_hash HAVING count() > 1`,
    queryLimits,
  );
  return new Set(
    arrivals
      .filter((row) => cameToRest(row.arrivals as readonly (readonly [string, string])[], limits))
      .map((row) => String(row.trace_hash)),
  );
}

function cameToRest(arrivals: readonly (readonly [string, string])[], { quietMillis, timeoutMillis }: TraceLimits): boolean {
  const sorted = arrivals.map(([at, opened]) => ({ at: Number(at), opened: Number(opened) })).sort((a, b) => a.at - b.at);
  let open = 0;
  return sorted.some(({ at, opened }, index) => {
    open += opened;
    const next = sorted[index + 1];
    const gap = next === undefined ? 0 : next.at - at;
    return next !== undefined && gap > (open > 0 ? Math.max(quietMillis, timeoutMillis) : quietMillis);
  });
}
