import { minuteCounts, minuteMillis } from '../../store/logs/minute-counts.ts';
import { readUncounted, type UncountedDay } from '../../store/logs/uncounted-days.ts';
import type { AggregationContext, CountedMinutes, CountSources } from '../aggregations/context.ts';
import { toCondition } from '../filter/condition.ts';
import { timeCondition } from '../filter/operators/time-bounds.ts';
import type { Query } from '../filter/query.ts';
import { splitRecordTime } from '../filter/split-record-time.ts';
import { or } from '../filter/sql-condition.ts';
import type { SearchScope } from './search-scope.ts';

const minuteNanos = BigInt(minuteMillis) * 1_000_000n;

const timeReading = { sql: 'timestamp', type: 'time', array: false, missing: 'never' } as const;

const where = (...conditions: readonly string[]) => conditions.filter((condition) => condition !== '').join(' AND ') || '1';

/**
 * The documents of a query as those of whole minutes, which the store has counted, and the rest: those of the minutes in
 * which the range of time begins and ends, and of days that are not counted. Undefined where the query asks for what the store
 * has not counted by.
 */
export function countedMinutes(query: Query, scope: SearchScope, others: readonly string[]): CountedMinutes | undefined {
  const { fields, now } = scope;
  const { time, rest } = splitRecordTime(query, fields, { now });
  const { from, to } = time;
  // Parts of a millisecond round the other way before 1970.
  if ((from !== undefined && from <= 0n) || (to !== undefined && to < minuteNanos)) return undefined;
  const matching = [...others, toCondition(rest, fields, { now })].filter((condition) => condition !== '1');
  if (!matching.every(minuteCounts.covers)) return undefined;
  const start = from === undefined ? undefined : (from + minuteNanos - 1n) / minuteNanos;
  const end = to === undefined ? undefined : (to + 1n) / minuteNanos;
  if (start !== undefined && end !== undefined && start >= end) return undefined;
  const first = from === undefined || start === undefined ? [] : [{ from, to: start * minuteNanos - 1n }];
  const last = to === undefined || end === undefined ? [] : [{ from: end * minuteNanos, to }];
  const edges = or([...first, ...last].map((bounds) => timeCondition(timeReading, bounds)));
  const whole = { from: start && start * minuteNanos, to: end && end * minuteNanos - 1n };
  const minutes = minuteCounts.between(start, end);

  async function sources(select: AggregationContext['select']): Promise<CountSources | undefined> {
    const found = await select(readUncounted(scope.indices));
    const days: readonly UncountedDay[] = found.map(({ index, day }) => ({ index: String(index), day: String(day) }));
    const counted = `minute_counts WHERE ${where(...matching, minutes, minuteCounts.counted(days))}`;
    const rows = edges === '0' ? [] : [`logs WHERE ${where(...matching, edges)}`];
    if (days.length === 0) return { counted, rows };
    // Where nothing is counted, one scan of everything is better than two.
    if ((await select(`SELECT 1 AS one FROM ${counted} LIMIT 1`)).length === 0) return undefined;
    const uncounted = where(
      ...matching,
      whole.from === undefined && whole.to === undefined ? '' : timeCondition(timeReading, whole),
      minuteCounts.uncounted(days),
    );
    return { counted, rows: [...rows, `logs WHERE ${uncounted}`] };
  }

  let known: Promise<CountSources | undefined> | undefined;
  return {
    sources: (select) => (known ??= sources(select)),
    total: minuteCounts.total,
    since: from === undefined ? Number.NEGATIVE_INFINITY : Number(from / 1_000_000n),
    covers: minuteCounts.covers,
    instant: minuteCounts.rowMillis,
    minuteStart: minuteCounts.minuteStart,
  };
}

/** How many documents there are: by what the store has counted, where it has; otherwise by a statement that returns `n`. */
export async function countAll(counted: CountedMinutes | undefined, sql: string, select: AggregationContext['select']): Promise<number> {
  const sources = await counted?.sources(select);
  const sums = sources && [
    `SELECT ${minuteCounts.total} AS n FROM ${sources.counted}`,
    ...sources.rows.map((from) => `SELECT count() AS n FROM ${from}`),
  ];
  const [row] = await select(sums ? `SELECT sum(n) AS n FROM (${sums.join(' UNION ALL ')})` : sql);
  return Number(row?.n);
}
