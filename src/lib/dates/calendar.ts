import { instantOf, type TimeZone } from './time-zone.ts';

export type CalendarUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

const fixedMillis: Readonly<Partial<Record<CalendarUnit, number>>> = { hour: 3_600_000, minute: 60_000, second: 1000 };

function localMillis(year: number, month: number, day: number, time: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime() + time;
}

function daysInMonth(year: number, month: number): number {
  return new Date(localMillis(year, month + 1, 0, 0)).getUTCDate();
}

const dayMillis = 86_400_000;

/**
 * The instant `amount` units later (earlier when negative). Days and longer keep the time of day in the zone, a day that a
 * month lacks becomes its last (31 January + 1 month); hours and shorter are elapsed time. Instants are epoch milliseconds.
 */
export function addUnits(epochMillis: number, amount: number, unit: CalendarUnit, zone: TimeZone): number {
  const fixed = fixedMillis[unit];
  if (fixed !== undefined) return epochMillis + amount * fixed;
  const local = epochMillis + zone.offsetAt(epochMillis);
  if (unit === 'day' || unit === 'week') return instantOf(local + amount * (unit === 'week' ? 7 : 1) * dayMillis, zone);
  const date = new Date(local);
  const months = { year: 12, quarter: 3 }[unit as 'year' | 'quarter'] ?? 1;
  const total = date.getUTCFullYear() * 12 + date.getUTCMonth() + amount * months;
  const year = Math.floor(total / 12);
  const month = total - year * 12;
  const day = Math.min(date.getUTCDate(), daysInMonth(year, month));
  return instantOf(localMillis(year, month, day, local - Math.floor(local / dayMillis) * dayMillis), zone);
}

/** The start of the unit that an instant lies in, by the zone's clocks; weeks start on Monday. Epoch milliseconds. */
export function floorToUnit(epochMillis: number, unit: CalendarUnit, zone: TimeZone): number {
  const offset = zone.offsetAt(epochMillis);
  const local = epochMillis + offset;
  const fixed = fixedMillis[unit];
  // Within an overlap the offset decides which of two equal local hours is meant, so it is kept.
  if (fixed !== undefined) return Math.floor(local / fixed) * fixed - offset;
  const date = new Date(local);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const midnight = Math.floor(local / dayMillis) * dayMillis;
  switch (unit) {
    case 'year':
      return instantOf(localMillis(year, 0, 1, 0), zone);
    case 'quarter':
      return instantOf(localMillis(year, month - (month % 3), 1, 0), zone);
    case 'month':
      return instantOf(localMillis(year, month, 1, 0), zone);
    case 'week':
      return instantOf(midnight - ((date.getUTCDay() + 6) % 7) * dayMillis, zone);
    default:
      return instantOf(midnight, zone);
  }
}

/** ISO week of a local date (its UTC parts are the local ones): the week belongs to the year that its Thursday is in. */
export function isoWeek(local: Date): Readonly<{ year: number; week: number }> {
  const thursday = new Date(local.getTime() + (3 - ((local.getUTCDay() + 6) % 7)) * dayMillis);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - localMillis(year, 0, 1, 0)) / (7 * dayMillis)) + 1 };
}

/** Day of the year of a local date, from 1. */
export function dayOfYear(local: Date): number {
  return Math.floor((local.getTime() - localMillis(local.getUTCFullYear(), 0, 1, 0)) / dayMillis) + 1;
}
