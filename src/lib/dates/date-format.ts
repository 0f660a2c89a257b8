import { type DateFormat, invalidFormat, patternFormat } from './date-pattern.ts';
import type { TimeZone } from './time-zone.ts';

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
  ordinal_date: 'yyyy-DDD',
  basic_ordinal_date: 'yyyyDDD',
  week_date: "YYYY-'W'ww-e",
  basic_week_date: "YYYY'W'wwe",
  weekyear: 'YYYY',
  weekyear_week: "YYYY-'W'ww",
  weekyear_week_day: "YYYY-'W'ww-e",
  time: 'HH:mm:ss[fraction]XXX',
  time_no_millis: 'HH:mm:ssXXX',
  hour: 'HH',
  hour_minute: 'HH:mm',
  hour_minute_second: 'HH:mm:ss',
};

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
      // Whole milliseconds: a client that takes seconds for a number still reads them.
      const millis = (epochNanos - (((epochNanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n;
      const perUnit = nanosPerUnit / 1_000_000n;
      return millis % perUnit === 0n ? String(millis / perUnit) : (Number(millis) / Number(perUnit)).toFixed(3);
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
  if (name === '' || name.length > 200) throw invalidFormat(name, 'No date pattern provided');
  const plain = name.replace(/^strict_/, '');
  const format = patternFormat(Object.hasOwn(named, plain) ? (named[plain] as string) : name);
  if (cache.size >= maxFormats) cache.clear();
  cache.set(name, format);
  return format;
}

/** The formats of `a||b`, in their order: each may parse, the first prints. Throws an illegal argument for an unknown one. */
export function dateFormats(format: string): readonly DateFormat[] {
  return format.split('||').map((name) => oneFormat(name.trim()));
}

/** An instant in the first format of `format`, by the clocks of `zone`. */
export function printDate(epochNanos: bigint, format: string, zone: TimeZone): string {
  const [first] = dateFormats(format);
  if (first === undefined) throw invalidFormat(format, 'No date pattern provided');
  return first.print(epochNanos, zone);
}
