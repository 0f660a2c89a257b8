import { localToUtc, zoneOffset } from './time-zone.ts';

export type CalendarUnit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

const fixedMillis: Readonly<Partial<Record<CalendarUnit, number>>> = { second: 1000, minute: 60_000, hour: 3_600_000 };

/** First instant of the unit around an instant, by the clocks of a zone; weeks start on Monday. */
export function startOf(unit: CalendarUnit, utcMillis: number, zone: string): number {
  const offset = zoneOffset(zone, utcMillis);
  const local = utcMillis + offset;
  const millis = fixedMillis[unit];
  if (millis !== undefined) return utcMillis - (((local % millis) + millis) % millis);
  return localToUtc(zone, localStart(unit, local));
}

/** Start of the unit `count` further on. */
export function addUnits(unit: CalendarUnit, startMillis: number, count: number, zone: string): number {
  const millis = fixedMillis[unit];
  if (millis !== undefined) return startMillis + count * millis;
  const local = startMillis + zoneOffset(zone, startMillis);
  const date = new Date(local);
  const time = local - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const months = { month: count, quarter: 3 * count, year: 12 * count }[unit as 'month' | 'quarter' | 'year'];
  if (months === undefined) return localToUtc(zone, local + count * (unit === 'week' ? 7 : 1) * 86_400_000);
  const first = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return localToUtc(zone, first.getTime() + (Math.min(date.getUTCDate(), lastDay) - 1) * 86_400_000 + time);
}

function localStart(unit: CalendarUnit, local: number): number {
  const date = new Date(local);
  const day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  switch (unit) {
    case 'week':
      return day - ((date.getUTCDay() + 6) % 7) * 86_400_000;
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
    case 'quarter':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3), 1);
    case 'year':
      return Date.UTC(date.getUTCFullYear(), 0, 1);
    default:
      return day;
  }
}
