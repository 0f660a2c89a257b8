/** Values as Go's libraries read and print them. */

/** `strconv.ParseInt(text, 10, 64)`; undefined for what it refuses. */
export function parseGoInt(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,100}$/.test(text)) return undefined;
  const value = BigInt(text.replace('+', ''));
  return value >= -(2n ** 63n) && value < 2n ** 63n ? value : undefined;
}

const truths: Readonly<Record<string, boolean>> = {
  __proto__: null as never,
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** `strconv.ParseBool`. */
export const parseGoBool = (text: string): boolean | undefined => truths[text];

/** `time.Duration.String()` for milliseconds: `5m0s`, `45s`, `250ms`. */
export function goDuration(millis: number): string {
  if (millis === 0) return '0s';
  if (millis < 0) return `-${goDuration(-millis)}`;
  if (millis < 1) return `${Number((millis * 1000).toFixed(3))}µs`;
  if (millis < 1000) return `${Number(millis.toFixed(6))}ms`;
  const seconds = millis / 1000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(9))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** An object whose members are printed in the order of their names, as Go prints a map; undefined members are left out. */
export function goMap(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
}

export type GoTime = Readonly<{ nanos: bigint; text: string }>;

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,30}))?(?:Z|([+\- ])(\d\d):(\d\d))$/;

/**
 * `time.Parse(time.RFC3339, …)` and the text in which Go prints the result. A space before the zone counts as the `+` that an unescaped query
 * lost; Go refuses it. Undefined for what is no time.
 */
export function parseGoTime(text: string): GoTime | undefined {
  const found = rfc3339.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign = '+', zoneHour = '00', zoneMinute = '00'] =
    found as unknown as string[];
  const local = Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(local);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDate = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  if (!isDate || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || Number(zoneHour) > 24 || Number(zoneMinute) > 60)
    return undefined;
  const offset = (sign === '-' ? -60_000 : 60_000) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const nanos = BigInt(date.getTime() - offset) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  const zone = offset === 0 ? 'Z' : `${sign === '-' ? '-' : '+'}${zoneHour}:${zoneMinute}`;
  return { nanos, text: `${year}-${month}-${day}T${hour}:${minute}:${second}${digits === '' ? '' : `.${digits}`}${zone}` };
}
