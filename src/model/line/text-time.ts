/** A date and time with an optional fraction and zone. Groups: date, time, fraction, zone. */
export const timePattern = '(\\d{4}[-/]\\d\\d[-/]\\d\\d)[T ](\\d\\d:\\d\\d:\\d\\d)(?:[.,](\\d{1,9}))?(?: ?(Z|UTC|[+-]\\d\\d:?\\d\\d))?';

export type TextTime = Readonly<{ timestamp: string; zoneAssumed: boolean }>;

/**
 * RFC 3339 in UTC from the parts that `timePattern` matches; undefined for a day or time that does not exist. A time
 * without a zone is read in the zone of this process. The fraction stays digit for digit, at least milliseconds.
 */
export function readTextTime(date: string, time: string, fraction: string | undefined, zone: string | undefined): TextTime | undefined {
  const day = date.replaceAll('/', '-');
  const written = `${day}T${time}`;
  const asUtc = Date.parse(`${written}Z`);
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 10) !== day) return undefined;
  const millis = zone === undefined ? Date.parse(written) : Date.parse(`${written}${zoneOffset(zone)}`);
  if (Number.isNaN(millis)) return undefined;
  const seconds = new Date(millis).toISOString().slice(0, -5);
  return { timestamp: `${seconds}.${(fraction ?? '').padEnd(3, '0')}Z`, zoneAssumed: zone === undefined };
}

function zoneOffset(zone: string): string {
  if (zone === 'UTC' || zone === 'Z') return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
