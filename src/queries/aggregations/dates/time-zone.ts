import { illegalArgument } from '../aggregation-error.ts';

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Checks a zone of a request: `UTC`, `Z`, `+02:00`, `-0530`, `+2`, or a name of the IANA data base. */
export function parseTimeZone(json: string | undefined): string {
  if (json === undefined || json === 'Z' || json === 'UTC' || json === 'GMT') return 'UTC';
  const fixed = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(json);
  if (fixed !== null) {
    const hours = Number(fixed[2]);
    const minutes = Number(fixed[3] ?? 0);
    if (hours > 18 || minutes > 59) throw illegalArgument(`Invalid time zone [${json}]`);
    if (hours === 0 && minutes === 0) return 'UTC';
    return `${fixed[1]}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  }
  try {
    formatter(json);
  } catch (cause) {
    throw illegalArgument(`Unknown time-zone ID: ${json}${cause instanceof RangeError ? '' : ` (${String(cause)})`}`);
  }
  return json;
}

/** Offset of a zone that `parseTimeZone` returned and that never changes, in milliseconds; undefined for named zones. */
export function fixedOffset(zone: string): number | undefined {
  if (zone === 'UTC') return 0;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (match === null) return undefined;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3_600_000 + Number(match[3]) * 60_000);
}

/** What local clocks are ahead of UTC at an instant, in milliseconds. */
export function zoneOffset(zone: string, utcMillis: number): number {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return fixed;
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(utcMillis)
      .map((part) => [part.type, Number(part.value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour % 24, minute, second) - Math.floor(utcMillis / 1000) * 1000;
}

/** The instant at which local clocks show a time; in a gap the first instant after it, in an overlap the earlier one. */
export function localToUtc(zone: string, localMillis: number): number {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return localMillis - fixed;
  const before = localMillis - zoneOffset(zone, localMillis - 86_400_000);
  const after = localMillis - zoneOffset(zone, localMillis + 86_400_000);
  if (before + zoneOffset(zone, before) === localMillis) return before;
  if (after + zoneOffset(zone, after) === localMillis) return after;
  return Math.max(before, after) - (Math.max(before, after) + zoneOffset(zone, Math.max(before, after)) - localMillis);
}

/** The zone's name in SQL. */
export function sqlTimeZone(zone: string): string {
  return fixedOffset(zone) === undefined || zone === 'UTC' ? zone : `Fixed/UTC${zone}:00`;
}

function formatter(zone: string): Intl.DateTimeFormat {
  let known = formatters.get(zone);
  if (known === undefined) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, known);
  }
  return known;
}
