import { instantOf, type TimeZone } from './time-zone.ts';

/** Elasticsearch's units of date math and calendar intervals, and the quarter that only intervals have. */
export type CalendarUnit = 'y' | 'q' | 'M' | 'w' | 'd' | 'h' | 'm' | 's';

const fixedMillis: Readonly<Partial<Record<CalendarUnit, number>>> = { h: 3_600_000, m: 60_000, s: 1000 };

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
 * month lacks becomes its last (31 January + 1M); hours and shorter are elapsed time. Instants are epoch milliseconds.
 */
export function addUnits(epochMillis: number, amount: number, unit: CalendarUnit, zone: TimeZone): number {
  const fixed = fixedMillis[unit];
  if (fixed !== undefined) return epochMillis + amount * fixed;
  const local = epochMillis + zone.offsetAt(epochMillis);
  if (unit === 'd' || unit === 'w') return instantOf(local + amount * (unit === 'w' ? 7 : 1) * dayMillis, zone);
  const date = new Date(local);
  const months = { y: 12, q: 3 }[unit as 'y' | 'q'] ?? 1;
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
    case 'y':
      return instantOf(localMillis(year, 0, 1, 0), zone);
    case 'q':
      return instantOf(localMillis(year, month - (month % 3), 1, 0), zone);
    case 'M':
      return instantOf(localMillis(year, month, 1, 0), zone);
    case 'w':
      return instantOf(midnight - ((date.getUTCDay() + 6) % 7) * dayMillis, zone);
    default:
      return instantOf(midnight, zone);
  }
}
