import { illegalArgument } from '../elasticsearch-errors.ts';

/** Wall-clock arithmetic in time zones, with Node's own copy of the IANA database. */
export interface TimeZone {
  /** `UTC`, `+02:00`, or the name as it was asked for. */
  readonly name: string;
  /** The milliseconds of `offsetAt` where they never change; undefined for named zones. */
  readonly fixedOffset: number | undefined;
  /** Milliseconds to add to UTC to get local time, at an instant in epoch milliseconds. */
  offsetAt(epochMillis: number): number;
}

export const utc: TimeZone = { name: 'UTC', fixedOffset: 0, offsetAt: () => 0 };

const maxZones = 64;
const zones = new Map<string, TimeZone>();

function fixedZone(text: string): TimeZone | undefined {
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hours = '', minutes = '00'] = match;
  if (Number(hours) > 18 || Number(minutes) > 59) return undefined;
  const millis = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (millis === 0) return utc;
  return { name: `${sign}${hours.padStart(2, '0')}:${minutes}`, fixedOffset: millis, offsetAt: () => millis };
}

function namedZone(name: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return { name, fixedOffset: undefined, offsetAt: (epochMillis) => offsetOf(format, epochMillis) };
}

function offsetOf(format: Intl.DateTimeFormat, epochMillis: number): number {
  const second = Math.floor(epochMillis / 1000) * 1000;
  const parts = new Map(format.formatToParts(second).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const local = new Date(0);
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour'), number('minute'), number('second'));
  return local.getTime() - second;
}

/** `Europe/Berlin`, `+02:00`, `-0500`, `Z`, `UTC`; undefined is UTC. Throws an illegal argument for a name that nobody knows. */
export function timeZone(name: string | undefined): TimeZone {
  if (name === undefined || name === 'UTC' || name === 'Z' || name === 'GMT') return utc;
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = fixedZone(name) ?? namedZone(name);
  if (zone === undefined) throw illegalArgument(`Unknown time-zone ID: ${name.slice(0, 100)}`);
  // Spellings differ without end ("europe/Berlin"), so the cache is bounded.
  if (zones.size >= maxZones) zones.clear();
  zones.set(name, zone);
  return zone;
}

/**
 * The instant at which a zone's clocks show `localMillis` (a wall-clock time written as if it were UTC). In the gap of a
 * switch to summer time the clock is read with the offset before the gap; in an overlap the earlier instant is taken.
 */
export function instantOf(localMillis: number, zone: TimeZone): number {
  if (zone.fixedOffset !== undefined) return localMillis - zone.fixedOffset;
  const before = zone.offsetAt(localMillis - 86_400_000);
  const after = zone.offsetAt(localMillis + 86_400_000);
  const early = localMillis - before;
  if (before === after || zone.offsetAt(early) === before) return early;
  const late = localMillis - after;
  return zone.offsetAt(late) === after ? late : early;
}
