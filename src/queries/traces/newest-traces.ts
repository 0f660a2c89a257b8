import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import type { TraceAddress } from './read-trace.ts';
import { instant, rowConditions, type TraceCriteria } from './trace-criteria.ts';

export type NewestTraces = Readonly<{
  /** The newest first. */
  addresses: readonly TraceAddress[];
  /** There are no others. */
  isAll: boolean;
}>;

const nanosPerMilli = 1_000_000n;
const firstMillis = 1000;
const growth = 8;
/** Beyond this time before now it is not worth while to look at windows: what is left is asked for at once. */
const longestMillis = 400 * 86_400_000;
/** How many times the rows that are asked for a window should have: so many that it is not empty the next time. */
const reserve = 2;

/** Lengths of windows that had enough rows the last time, by the number of rows. Only guesses: any window is right. */
const guesses = new WeakMap<Engine, Map<number, number>>();

/**
 * The traces of the `rows` rows of `traces` that ended last and may belong to traces that match. Any other row ended earlier, and the last end of a trace
 * is that of one of its rows, so these are the newest traces, complete and in order.
 *
 * Sorting all rows by their end takes ten times as long as reading those behind an instant, so it looks at ever longer windows before now.
 */
export async function newestTraces(
  engine: Engine,
  criteria: TraceCriteria,
  rows: number,
  nowMillis: number,
  queryLimits: QueryLimits,
): Promise<NewestTraces> {
  const conditions = rowConditions(criteria);
  const now = BigInt(Math.trunc(nowMillis)) * nanosPerMilli;
  const { endNanos: until = now, startNanos: from } = criteria;
  const last = until < now ? until : now;
  const known = guesses.get(engine) ?? new Map<number, number>();
  guesses.set(engine, known);
  for (let millis = known.get(rows) ?? firstMillis; millis <= longestMillis; millis *= growth) {
    const begin = last - BigInt(Math.trunc(millis)) * nanosPerMilli;
    if (from !== undefined && begin <= from) break;
    const found = await select(engine, [...conditions, `end >= ${instant(begin)}`], rows * reserve, queryLimits);
    if (found.hashes.length < rows) continue;
    const earliest = BigInt(found.ends.at(-1) as string);
    // With conditions of time the windows of others are not the same, so only free searches leave a guess.
    if (conditions.length === 0) keep(known, rows, Math.max(1, Number((last - earliest) / nanosPerMilli)));
    return { addresses: addressesOf(found.hashes.slice(0, rows)), isAll: false };
  }
  const { hashes } = await select(engine, conditions, rows, queryLimits);
  return { addresses: addressesOf(hashes), isAll: hashes.length < rows };
}

const maxGuesses = 100;

function keep(known: Map<number, number>, rows: number, millis: number): void {
  if (known.size >= maxGuesses) known.clear();
  known.set(rows, millis);
}

const addressesOf = (hashes: readonly string[]): readonly TraceAddress[] => [...new Set(hashes)].map((hash) => ({ hash }));

/** Of each row the hash of its trace, and its end in nanoseconds since the epoch; both decimal. */
type NewestRows = Readonly<{ hashes: readonly string[]; ends: readonly string[] }>;

async function select(engine: Engine, conditions: readonly string[], limit: number, queryLimits: QueryLimits): Promise<NewestRows> {
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { trace_hash: hashes, ended } = await engine.selectColumns(
    `SELECT trace_hash, toUnixTimestamp64Nano(end) AS ended FROM traces ${where} ORDER BY end DESC, trace_hash LIMIT ${limit}`,
    queryLimits,
  );
  return { hashes: hashes as readonly string[], ends: ended as readonly string[] };
}
