import { QueryError } from '../query-error.ts';
import { instantOf, type TimeZone, timeZone } from './time-zone.ts';

/**
 * Date formats of Elasticsearch: names (`strict_date_optional_time`) and Java patterns (`yyyy-MM-dd HH:mm:ss`), for
 * parsing and for printing. Instants are nanoseconds since the epoch.
 */
export interface DateFormat {
  /**
   * The instant, or undefined when the text has another form. A missing month or day is the first; `roundUp` fills the
   * parts below with their last value, so that `2024-01` ends with 1 January. Elasticsearch documents it so.
   */
  parse(text: string, zone: TimeZone, roundUp: boolean): bigint | undefined;
  print(epochNanos: bigint, zone: TimeZone): string;
}

const optionalTime = "yyyy['-'MM['-'dd['T'[HH[':'mm[':'ss[fraction]]]][XXX]]]]";
const dateTime = "yyyy-MM-dd'T'HH:mm:ss[fraction]XXX";

/** Each also stands for itself with `strict_` in front. */
const named: Readonly<Record<string, string>> = {
  date_optional_time: optionalTime,
  date_optional_time_nanos: optionalTime,
  iso8601: optionalTime,
  date_time: dateTime,
  date_time_no_millis: "yyyy-MM-dd'T'HH:mm:ssXXX",
  date: 'yyyy-MM-dd',
  year: 'yyyy',
  year_month: 'yyyy-MM',
  year_month_day: 'yyyy-MM-dd',
  date_hour: "yyyy-MM-dd'T'HH",
  date_hour_minute: "yyyy-MM-dd'T'HH:mm",
  date_hour_minute_second: "yyyy-MM-dd'T'HH:mm:ss",
  date_hour_minute_second_millis: "yyyy-MM-dd'T'HH:mm:ss[fraction]",
  date_hour_minute_second_fraction: "yyyy-MM-dd'T'HH:mm:ss[fraction]",
  basic_date: 'yyyyMMdd',
  basic_date_time: "yyyyMMdd'T'HHmmss[fraction]XXX",
  basic_date_time_no_millis: "yyyyMMdd'T'HHmmssXXX",
  hour_minute: 'HH:mm',
  hour_minute_second: 'HH:mm:ss',
};

type Part =
  | Readonly<{ kind: 'literal'; text: string }>
  | Readonly<{ kind: 'open' }>
  | Readonly<{ kind: 'close' }>
  | Readonly<{ kind: 'letter'; letter: string; count: number }>
  /** A point or comma with 1 to 9 digits; printed with at least 3. */
  | Readonly<{ kind: 'fraction' }>;

function invalid(pattern: string, reason: string): QueryError {
  return new QueryError('illegal_argument_exception', `Invalid format: [${pattern.slice(0, 200)}]: ${reason}`);
}

function split(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const [token] of pattern.matchAll(/fraction|'(?:[^']|'')*'|([A-Za-z])\1*|[[\]]|[^A-Za-z[\]']+|'/g)) {
    if (token === 'fraction') parts.push({ kind: 'fraction' });
    else if (token === "'") throw invalid(pattern, 'Pattern ends with an incomplete string literal');
    else if (token === '[' || token === ']') parts.push(token === '[' ? { kind: 'open' } : { kind: 'close' });
    else if (token.startsWith("'")) parts.push({ kind: 'literal', text: token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'") });
    else if (/^[A-Za-z]/.test(token)) parts.push({ kind: 'letter', letter: token[0] as string, count: token.length });
    else parts.push({ kind: 'literal', text: token });
  }
  return parts;
}

const offset = String.raw`(?<offset>Z|[+-]\d{2}(?::?\d{2})?)`;

/** The regular expression of a letter, with the group that `fieldsOf` reads. */
function letterPattern(letter: string, count: number): string | undefined {
  const digits = count === 1 ? String.raw`\d{1,2}` : String.raw`\d{2}`;
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? String.raw`(?<shortYear>\d{2})` : String.raw`(?<year>\d{4})`;
    case 'M':
      return count === 3 ? '(?<monthName>[A-Za-z]{3})' : `(?<month>${digits})`;
    case 'd':
      return `(?<day>${digits})`;
    case 'H':
      return `(?<hour>${digits})`;
    case 'm':
      return `(?<minute>${digits})`;
    case 's':
      return `(?<second>${digits})`;
    case 'S':
      return String.raw`(?<fraction>\d{1,9})`;
    case 'X':
    case 'x':
    case 'Z':
      return offset;
    default:
      return undefined;
  }
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function compileRegExp(pattern: string, parts: readonly Part[]): RegExp {
  let source = '';
  for (const part of parts) {
    if (part.kind === 'open') source += '(?:';
    else if (part.kind === 'close') source += ')?';
    else if (part.kind === 'literal') source += part.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    else if (part.kind === 'fraction') source += String.raw`[.,](?<fraction>\d{1,9})`;
    else {
      const letter = letterPattern(part.letter, part.count);
      if (letter === undefined || part.count > 9) throw invalid(pattern, `Unknown pattern letter: ${part.letter}`);
      source += letter;
    }
  }
  try {
    return new RegExp(`^${source}$`);
  } catch (error) {
    // A letter twice or an unbalanced bracket.
    if (error instanceof SyntaxError) throw invalid(pattern, 'parts are repeated or not balanced');
    throw error;
  }
}

type Groups = Readonly<Record<string, string | undefined>>;

function yearOf(groups: Groups): number {
  if (groups.year !== undefined) return Number(groups.year);
  return groups.shortYear === undefined ? 1970 : 2000 + Number(groups.shortYear);
}

function monthOf(groups: Groups): number {
  if (groups.monthName === undefined) return Number(groups.month ?? 1);
  const wanted = groups.monthName.toLowerCase();
  return monthNames.findIndex((name) => name.toLowerCase() === wanted) + 1;
}

/** Nanoseconds in the second; a fraction shorter than a resolution is filled up to the resolution's end when rounding up. */
function fractionNanos(fraction: string | undefined, roundUp: boolean): number {
  if (fraction === undefined) return roundUp ? 999_999_999 : 0;
  if (!roundUp || fraction.length > 3) return Number(fraction.padEnd(9, '0'));
  return Number(fraction.padEnd(3, '0').padEnd(9, '9'));
}

function instantFrom(groups: Groups, zone: TimeZone, roundUp: boolean): bigint | undefined {
  const year = yearOf(groups);
  const month = monthOf(groups);
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const day = Number(groups.day ?? 1);
  const hour = Number(groups.hour ?? (roundUp ? 23 : 0));
  const minute = Number(groups.minute ?? (roundUp ? 59 : 0));
  const second = Number(groups.second ?? (roundUp ? 59 : 0));
  if (month < 1 || month > 12 || day < 1 || day > lastDay || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  local.setUTCHours(hour, minute, second);
  const instant = instantOf(local.getTime(), groups.offset === undefined ? zone : timeZone(groups.offset));
  return BigInt(instant) * 1_000_000n + BigInt(fractionNanos(groups.fraction, roundUp));
}

function printOffset(millis: number, letter: string, count: number): string {
  if (millis === 0 && letter === 'X') return 'Z';
  const minutes = Math.abs(millis) / 60_000;
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  const rest = String(minutes % 60).padStart(2, '0');
  const colon = (letter === 'Z' && count < 5) || count === 2 ? '' : ':';
  return `${millis < 0 ? '-' : '+'}${hours}${letter !== 'Z' && count === 1 && rest === '00' ? '' : colon + rest}`;
}

function printLetter(letter: string, count: number, local: Date, nanos: number, offsetMillis: number): string {
  const pad = (value: number) => String(value).padStart(count, '0');
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? String(local.getUTCFullYear() % 100).padStart(2, '0') : String(local.getUTCFullYear()).padStart(4, '0');
    case 'M':
      return count === 3 ? (monthNames[local.getUTCMonth()] ?? '') : pad(local.getUTCMonth() + 1);
    case 'd':
      return pad(local.getUTCDate());
    case 'H':
      return pad(local.getUTCHours());
    case 'm':
      return pad(local.getUTCMinutes());
    case 's':
      return pad(local.getUTCSeconds());
    case 'S':
      return String(nanos).padStart(9, '0').slice(0, count);
    default:
      return printOffset(offsetMillis, letter, count);
  }
}

function printFraction(nanos: number): string {
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.slice(0, 3)}${digits.slice(3).replace(/0+$/, '')}`;
}

function patternFormat(pattern: string): DateFormat {
  const parts = split(pattern);
  const regExp = compileRegExp(pattern, parts);
  return {
    parse: (text, zone, roundUp) => {
      const groups = regExp.exec(text)?.groups;
      return groups === undefined ? undefined : instantFrom(groups, zone, roundUp);
    },
    print: (epochNanos, zone) => {
      const nanos = Number(((epochNanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
      const millis = Number((epochNanos - BigInt(nanos)) / 1_000_000n);
      const offsetMillis = zone.offsetAt(millis);
      const local = new Date(millis + offsetMillis);
      return parts
        .map((part) => {
          if (part.kind === 'literal') return part.text;
          if (part.kind === 'fraction') return printFraction(nanos);
          return part.kind === 'letter' ? printLetter(part.letter, part.count, local, nanos, offsetMillis) : '';
        })
        .join('');
    },
  };
}

/** `epoch_millis` and `epoch_second`; a fraction is allowed, more than 18 digits are not an instant. */
function epochFormat(nanosPerUnit: bigint): DateFormat {
  return {
    parse: (text, _zone, roundUp) => {
      const match = /^(-?)(\d{1,18})(?:\.(\d{1,9}))?$/.exec(text);
      if (match === null) return undefined;
      const scaled = BigInt(match[2] ?? 0) * nanosPerUnit;
      const digits = String(nanosPerUnit).length - 1;
      const fraction = BigInt((match[3] ?? '').padEnd(digits, '0').slice(0, digits));
      const value = (match[1] === '-' ? -1n : 1n) * (scaled + fraction);
      return roundUp && match[3] === undefined ? value + nanosPerUnit - 1n : value;
    },
    print: (epochNanos) => {
      const rest = ((epochNanos % nanosPerUnit) + nanosPerUnit) % nanosPerUnit;
      return String((epochNanos - rest) / nanosPerUnit);
    },
  };
}

const epochFormats: Readonly<Record<string, DateFormat>> = {
  epoch_millis: epochFormat(1_000_000n),
  epoch_second: epochFormat(1_000_000_000n),
};

const maxFormats = 64;
const cache = new Map<string, DateFormat>();

function oneFormat(name: string): DateFormat {
  const epoch = Object.hasOwn(epochFormats, name) ? epochFormats[name] : undefined;
  if (epoch !== undefined) return epoch;
  const known = cache.get(name);
  if (known !== undefined) return known;
  if (name === '' || name.length > 200) throw invalid(name, 'No date pattern provided');
  const plain = name.replace(/^strict_/, '');
  const format = patternFormat(Object.hasOwn(named, plain) ? (named[plain] as string) : name);
  if (cache.size >= maxFormats) cache.clear();
  cache.set(name, format);
  return format;
}

/** The formats of `a||b`, in their order: each may parse, the first prints. Throws `QueryError` for an unknown one. */
export function dateFormats(format: string): readonly DateFormat[] {
  return format.split('||').map((name) => oneFormat(name.trim()));
}

/** An instant in the first format of `format`, by the clocks of `zone`. */
export function printDate(epochNanos: bigint, format: string, zone: TimeZone): string {
  const [first] = dateFormats(format);
  if (first === undefined) throw invalid(format, 'No date pattern provided');
  return first.print(epochNanos, zone);
}
