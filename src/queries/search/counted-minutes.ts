import { minuteCounts, minuteMillis } from '../../store/logs/minute-counts.ts';
import type { CountedMinutes } from '../aggregations/context.ts';
import { toCondition } from '../filter/condition.ts';
import { timeCondition } from '../filter/operators/time-bounds.ts';
import type { Query } from '../filter/query.ts';
import { splitRecordTime } from '../filter/split-record-time.ts';
import { or } from '../filter/sql-condition.ts';
import type { SearchScope } from './search-scope.ts';

const minuteNanos = BigInt(minuteMillis) * 1_000_000n;

const timeReading = { sql: 'timestamp', type: 'time', array: false, missing: 'never' } as const;

/**
 * The documents of a query as those of whole minutes, which the store has counted, and those of the minutes in which its
 * range of time begins and ends. Undefined where the query asks for what the store has not counted by.
 */
export function countedMinutes(query: Query, scope: SearchScope, others: readonly string[]): CountedMinutes | undefined {
  const { fields, now } = scope;
  const { time, rest } = splitRecordTime(query, fields, { now });
  const { from, to } = time;
  // Parts of a millisecond round the other way before 1970.
  if ((from !== undefined && from < 0n) || (to !== undefined && to < 0n)) return undefined;
  const matching = [...others, toCondition(rest, fields, { now })].filter((condition) => condition !== '1');
  if (!matching.every(minuteCounts.covers)) return undefined;
  const start = from === undefined ? undefined : (from + minuteNanos - 1n) / minuteNanos;
  const end = to === undefined ? undefined : (to + 1n) / minuteNanos;
  if (start !== undefined && end !== undefined && start >= end) return undefined;
  const first = from === undefined || start === undefined ? [] : [{ from, to: start * minuteNanos - 1n }];
  const last = to === undefined || end === undefined ? [] : [{ from: end * minuteNanos, to }];
  const edges = or([...first, ...last].map((bounds) => timeCondition(timeReading, bounds)));
  const whole = minuteCounts.between(start, end);
  const where = (conditions: readonly string[]) => conditions.filter((condition) => condition !== '').join(' AND ') || '1';
  return {
    whole: `logs WHERE ${where([...matching, whole])}`,
    edges: edges === '0' ? undefined : `logs WHERE ${where([...matching, edges])}`,
    since: from === undefined ? Number.NEGATIVE_INFINITY : Number(from / 1_000_000n),
    covers: minuteCounts.covers,
    instant: minuteCounts.rowMillis,
    minuteStart: minuteCounts.minuteStart,
  };
}
