import { addUnits, type CalendarUnit, floorToUnit } from '../../../lib/dates/calendar.ts';
import type { TimeZone } from '../../../lib/dates/time-zone.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { sqlString } from '../../../lib/sql-text.ts';

/** How time is cut into buckets. All numbers are milliseconds; `offset` shifts every edge. */
export type DateInterval = Readonly<{
  /** SQL of the bucket's start for SQL of an instant, both Int64 milliseconds. */
  sql: (millis: string) => string;
  start: (millis: number) => number;
  next: (start: number) => number;
  /** From this instant on no bucket starts within a minute; undefined when some may. */
  wholeMinutesSince?: number | undefined;
}>;

/** Older than the oldest DateTime64(9), which is of 1677. */
const earliestMillis = 1e13;

const calendarUnits: Readonly<Record<string, CalendarUnit>> = {
  second: 'second',
  '1s': 'second',
  minute: 'minute',
  '1m': 'minute',
  hour: 'hour',
  '1h': 'hour',
  day: 'day',
  '1d': 'day',
  week: 'week',
  '1w': 'week',
  month: 'month',
  '1M': 'month',
  quarter: 'quarter',
  '1q': 'quarter',
  year: 'year',
  '1y': 'year',
};

const unitMillis = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The last clocks that differed from UTC by parts of a minute were changed in 1972. */
const wholeMinuteZonesSince = Date.UTC(1973, 0, 1);

function wholeMinutesSince(zone: TimeZone, ...durations: readonly number[]): number | undefined {
  if (durations.some((duration) => duration % unitMillis.m !== 0)) return undefined;
  return zone.fixedOffset === undefined ? wholeMinuteZonesSince : Number.NEGATIVE_INFINITY;
}

export function calendarUnit(text: string): CalendarUnit | undefined {
  return Object.hasOwn(calendarUnits, text) ? calendarUnits[text] : undefined;
}

/** `90m`, `1.5h`, `500ms`, `2d`. */
export function parseDuration(text: string, setting: string): number {
  const match = /^([+-]?)(\d+(?:\.\d+)?)\s*(ms|[smhdw])$/.exec(text.trim());
  if (match === null) {
    throw illegalArgument(`failed to parse setting [${setting}] with value [${text}] as a time value: unit is missing or unrecognized`);
  }
  return Math.round((match[1] === '-' ? -1 : 1) * Number(match[2]) * unitMillis[match[3] as keyof typeof unitMillis]);
}

export function calendarInterval(unit: CalendarUnit, zone: TimeZone, offset: number): DateInterval {
  const millis = { second: 1000, minute: 60_000, hour: 3_600_000 }[unit as 'second' | 'minute' | 'hour'];
  if (millis !== undefined) return fixedInterval(millis, zone, offset);
  const name = sqlTimeZone(zone);
  // Weeks and longer units start on a date; the date's midnight by the zone's clocks is the bucket's start.
  return {
    sql: (millis) => {
      // The engine rounds parts of a second before 1970 up, into the next day; whole seconds are exact.
      const seconds = `intDiv(${minus(millis, offset - earliestMillis)}, 1000) * 1000 - ${earliestMillis}`;
      const shifted = `fromUnixTimestamp64Milli(${seconds}, ${name})`;
      const start = `toUnixTimestamp64Milli(toDateTime64(toStartOfInterval(${shifted}, INTERVAL 1 ${unit.toUpperCase()}, ${name}), 3, ${name}))`;
      return minus(start, -offset);
    },
    start: (millis) => floorToUnit(millis - offset, unit, zone) + offset,
    next: (start) => addUnits(start - offset, 1, unit, zone) + offset,
    wholeMinutesSince: wholeMinutesSince(zone, offset),
  };
}

/** Edges lie at multiples of the interval on the zone's clocks, so days of 24 hours start at local midnight. */
export function fixedInterval(interval: number, zone: TimeZone, offset: number): DateInterval {
  const fixed = zone.fixedOffset;
  const floor = (local: number) => Math.floor(local / interval) * interval;
  // `intDiv` is three times as fast as `positiveModulo`, and rounds down once no value is negative.
  const base = Math.ceil(earliestMillis / interval) * interval;
  const floorSql = (local: string, shift: number) => `intDiv(${minus(local, shift - base)}, ${interval}) * ${interval} - ${base - shift}`;
  if (fixed !== undefined) {
    const shift = offset - fixed;
    return {
      sql: (millis) => floorSql(millis, shift),
      start: (millis) => floor(millis - shift) + shift,
      next: (start) => start + interval,
      wholeMinutesSince: wholeMinutesSince(zone, interval, shift),
    };
  }
  const name = sqlTimeZone(zone);
  const offsetAt = (millis: string) => `1000 * timeZoneOffset(fromUnixTimestamp64Milli(${millis}, ${name}))`;
  const start = (millis: number) => {
    const local = millis - offset + zone.offsetAt(millis - offset);
    const edge = floor(local);
    const first = millis - offset - (local - edge);
    return edge - zone.offsetAt(first) + offset;
  };
  return {
    sql: (millis) => {
      const shifted = minus(millis, offset);
      const edge = `(${floorSql(`${shifted} + ${offsetAt(shifted)}`, 0)})`;
      const first = `(${edge} - ${offsetAt(shifted)})`;
      // A change of the clocks between the edge and the instant moves the edge.
      return minus(interval <= 3_600_000 ? first : `(${edge} - ${offsetAt(first)})`, -offset);
    },
    start: interval <= 3_600_000 ? (millis) => startShort(millis, interval, zone, offset) : start,
    next: (from) => {
      if (interval <= 3_600_000) return from + interval;
      const again = start(from + interval + Math.min(interval / 2, 7_200_000));
      return again > from ? again : from + interval;
    },
    wholeMinutesSince: wholeMinutesSince(zone, interval, offset),
  };
}

function startShort(millis: number, interval: number, zone: TimeZone, offset: number): number {
  const shifted = millis - offset;
  const local = shifted + zone.offsetAt(shifted);
  return shifted - (((local % interval) + interval) % interval) + offset;
}

/** The zone as an argument of the engine's functions. */
export function sqlTimeZone(zone: TimeZone): string {
  return sqlString(zone.fixedOffset === undefined || zone.fixedOffset === 0 ? zone.name : `Fixed/UTC${zone.name}:00`);
}

function minus(sql: string, amount: number): string {
  return amount === 0 ? sql : `(${sql} - (${amount}))`;
}
