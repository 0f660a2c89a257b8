import { zoneOffset } from './time-zone.ts';

/** Names of Elasticsearch's formats as Java patterns; those that are not patterns are handled in `printDate`. */
const namedFormats: Readonly<Record<string, string>> = {
  date: 'yyyy-MM-dd',
  strict_date: 'yyyy-MM-dd',
  year_month_day: 'yyyy-MM-dd',
  strict_year_month_day: 'yyyy-MM-dd',
  year_month: 'yyyy-MM',
  strict_year_month: 'yyyy-MM',
  year: 'yyyy',
  strict_year: 'yyyy',
  basic_date: 'yyyyMMdd',
  basic_date_time: "yyyyMMdd'T'HHmmss.SSSXX",
  basic_date_time_no_millis: "yyyyMMdd'T'HHmmssXX",
  date_hour: "yyyy-MM-dd'T'HH",
  date_hour_minute: "yyyy-MM-dd'T'HH:mm",
  date_hour_minute_second: "yyyy-MM-dd'T'HH:mm:ss",
  date_hour_minute_second_millis: "yyyy-MM-dd'T'HH:mm:ss.SSS",
  date_time: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  strict_date_time: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  date_time_no_millis: "yyyy-MM-dd'T'HH:mm:ssXXX",
  strict_date_time_no_millis: "yyyy-MM-dd'T'HH:mm:ssXXX",
  hour: 'HH',
  hour_minute: 'HH:mm',
  hour_minute_second: 'HH:mm:ss',
};

const isoPattern = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * A date as `key_as_string` prints it: the first of the formats in `format` (`a||b`), by default
 * `strict_date_optional_time` with milliseconds. Zones other than UTC print their offset.
 */
export function printDate(utcMillis: number, format: string | undefined, zone: string): string {
  const [first = ''] = (format ?? '').split('||');
  if (first === 'epoch_millis') return String(utcMillis);
  if (first === 'epoch_second') return utcMillis % 1000 === 0 ? String(utcMillis / 1000) : (utcMillis / 1000).toFixed(3);
  const name = first.trim();
  const pattern = Object.hasOwn(namedFormats, name) ? (namedFormats[name] as string) : looksLikePattern(name) ? name : isoPattern;
  return printPattern(utcMillis, pattern, zone);
}

/** Whether a `format` can be printed: a name that we know, or letters that Java's patterns have. */
function looksLikePattern(name: string): boolean {
  return name !== '' && !name.includes('optional') && !/^[a-z]+(_[a-z]+)+$/.test(name) && name !== 'date_optional_time';
}

function printPattern(utcMillis: number, pattern: string, zone: string): string {
  const offset = zoneOffset(zone, utcMillis);
  const local = new Date(utcMillis + offset);
  return pattern.replace(/'((?:[^']|'')*)'|([a-zA-Z])\2*/g, (token: string, quoted: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return quoted === undefined || quoted === '' ? "'" : quoted.replaceAll("''", "'");
    return printToken(letter, token.length, local, offset, zone);
  });
}

function printToken(letter: string, width: number, local: Date, offset: number, zone: string): string {
  const pad = (value: number, size = width) => String(value).padStart(size, '0');
  switch (letter) {
    case 'y':
    case 'u':
      return width === 2 ? pad(local.getUTCFullYear() % 100) : pad(local.getUTCFullYear());
    case 'Y':
    case 'x':
      return letter === 'Y' ? pad(isoWeek(local).year) : printOffset(offset, width, '+00:00');
    case 'M':
    case 'L':
      return width > 2 ? names(months, local.getUTCMonth(), width) : pad(local.getUTCMonth() + 1);
    case 'd':
      return pad(local.getUTCDate());
    case 'D':
      return pad(Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1);
    case 'Q':
    case 'q':
      return pad(Math.floor(local.getUTCMonth() / 3) + 1);
    case 'w':
      return pad(isoWeek(local).week);
    case 'E':
      return names(days, local.getUTCDay(), width);
    case 'e':
    case 'c':
      return pad(((local.getUTCDay() + 6) % 7) + 1);
    case 'H':
      return pad(local.getUTCHours());
    case 'k':
      return pad(local.getUTCHours() || 24);
    case 'h':
      return pad(local.getUTCHours() % 12 || 12);
    case 'K':
      return pad(local.getUTCHours() % 12);
    case 'a':
      return local.getUTCHours() < 12 ? 'AM' : 'PM';
    case 'm':
      return pad(local.getUTCMinutes());
    case 's':
      return pad(local.getUTCSeconds());
    case 'S':
      return pad(local.getUTCMilliseconds(), 3).padEnd(width, '0').slice(0, width);
    case 'Z':
      return printOffset(offset, width >= 5 ? 3 : 2, '+0000');
    case 'X':
      return offset === 0 ? 'Z' : printOffset(offset, width, 'Z');
    case 'V':
    case 'z':
      return zone;
    case 'G':
      return 'AD';
    default:
      return '';
  }
}

function names(all: readonly string[], index: number, width: number): string {
  const name = all[index] ?? '';
  return width >= 4 ? name : name.slice(0, 3);
}

function printOffset(offset: number, width: number, zero: string): string {
  if (offset === 0) return width >= 3 ? (zero === '+0000' ? '+00:00' : zero) : zero.replace(':', '');
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const colon = width >= 3 ? ':' : '';
  const rest = width === 1 && minutes % 60 === 0 ? '' : `${colon}${String(minutes % 60).padStart(2, '0')}`;
  return `${offset < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}${rest}`;
}

/** ISO week: the week belongs to the year that its Thursday is in. */
function isoWeek(local: Date): { year: number; week: number } {
  const thursday = new Date(local.getTime() + (3 - ((local.getUTCDay() + 6) % 7)) * 86_400_000);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1 };
}
