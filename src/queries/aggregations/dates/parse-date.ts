import { parsingError } from '../aggregation-error.ts';
import { addUnits, type CalendarUnit, startOf } from './calendar.ts';
import { localToUtc } from './time-zone.ts';

export type DateOptions = Readonly<{
  /** Milliseconds since the epoch. */
  now: number;
  /** Zone of dates without one, and of rounding; as `parseTimeZone` returns it. */
  timeZone: string;
  /** Rounding (`/d`) goes to the last millisecond of the unit instead of the first. */
  roundUp: boolean;
  /** `epoch_second` reads numbers as seconds; all other formats accept ISO dates and epoch milliseconds. */
  format: string | undefined;
}>;

const units: Readonly<Record<string, CalendarUnit>> = {
  y: 'year',
  M: 'month',
  w: 'week',
  d: 'day',
  h: 'hour',
  H: 'hour',
  m: 'minute',
  s: 'second',
};

/** Milliseconds since the epoch of a date or date math: `now-1d/d`, `2024-01-15||+1M/d`, ISO text, numbers. */
export function parseDate(json: unknown, options: DateOptions): number {
  if (typeof json === 'number' && Number.isFinite(json)) return Math.trunc(json * (readsSeconds(options) ? 1000 : 1));
  if (typeof json !== 'string') throw failed(json, options);
  const now = /^now(.*)$/s.exec(json);
  if (now !== null) return applyMath(options.now, now[1] as string, json, options);
  const [anchor = '', math = ''] = json.split(/\|\|(.*)/s);
  return applyMath(parseAnchor(anchor, json, options), math, json, options);
}

const readsSeconds = (options: DateOptions) => options.format?.split('||').includes('epoch_second') === true;

function parseAnchor(anchor: string, text: string, options: DateOptions): number {
  const seconds = readsSeconds(options);
  if (/^-?\d{5,}$/.test(anchor) || /^-\d+$/.test(anchor) || (seconds && /^-?\d+(\.\d+)?$/.test(anchor))) {
    return Math.trunc(Number(anchor) * (seconds ? 1000 : 1));
  }
  const iso =
    /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(
      anchor,
    );
  if (iso === null) return parseByPattern(anchor, text, options);
  const [, year, month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '', zone] = iso;
  const millis = Number(fraction.padEnd(3, '0').slice(0, 3));
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), millis);
  const valid = new Date(local);
  if (valid.getUTCMonth() !== Number(month) - 1 || valid.getUTCDate() !== Number(day)) throw failed(text, options);
  if (zone === undefined) return localToUtc(options.timeZone, local);
  return local - offsetOf(zone);
}

const patternParts: Readonly<Record<string, string>> = {
  y: '(?<y>\\d{4})',
  u: '(?<y>\\d{4})',
  M: '(?<M>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  m: '(?<m>\\d{1,2})',
  s: '(?<s>\\d{1,2})',
  S: '(?<S>\\d{1,9})',
};

/** Numeric Java patterns, such as `dd/MM/yyyy` or `MM-yyyy`. */
function parseByPattern(anchor: string, text: string, options: DateOptions): number {
  for (const pattern of (options.format ?? '').split('||')) {
    const expression = pattern.replace(
      /'([^']*)'|([a-zA-Z])\2*|[^a-zA-Z']/g,
      (token: string, quoted: string | undefined, letter: string | undefined) => {
        if (letter !== undefined && Object.hasOwn(patternParts, letter)) return patternParts[letter] as string;
        return (quoted ?? token).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
      },
    );
    const match = matchOnce(expression, anchor);
    if (match === undefined) continue;
    const part = (name: string, fallback: number) => (match[name] === undefined ? fallback : Number(match[name]));
    const local = Date.UTC(part('y', 1970), part('M', 1) - 1, part('d', 1), part('H', 0), part('m', 0), part('s', 0));
    return localToUtc(options.timeZone, local);
  }
  throw failed(text, options);
}

function matchOnce(expression: string, text: string): Readonly<Record<string, string | undefined>> | undefined {
  if (expression === '' || /\(\?<(\w)>.*\(\?<\1>/.test(expression)) return undefined;
  return new RegExp(`^${expression}$`).exec(text)?.groups;
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return sign * (Number(digits.slice(0, 2)) * 3_600_000 + Number(digits.slice(2)) * 60_000);
}

function applyMath(start: number, math: string, text: string, options: DateOptions): number {
  let result = start;
  let rest = math;
  while (rest !== '') {
    const step = /^(?:([+-])(\d*)|\/)([yMwdhHms])/.exec(rest);
    const unit = step === null ? undefined : units[step[3] as string];
    if (step === null || unit === undefined) throw failed(text, options);
    if (step[1] === undefined) result = round(unit, result, options);
    else result = addUnits(unit, result, (step[1] === '-' ? -1 : 1) * Number(step[2] === '' ? 1 : step[2]), options.timeZone);
    rest = rest.slice(step[0].length);
  }
  if (!Number.isFinite(result)) throw failed(text, options);
  return result;
}

function round(unit: CalendarUnit, millis: number, options: DateOptions): number {
  const start = startOf(unit, millis, options.timeZone);
  return options.roundUp ? addUnits(unit, start, 1, options.timeZone) - 1 : start;
}

function failed(json: unknown, options: DateOptions) {
  const shown = String(typeof json === 'object' ? JSON.stringify(json) : json).slice(0, 200);
  return parsingError(`failed to parse date field [${shown}] with format [${options.format ?? 'strict_date_optional_time||epoch_millis'}]`);
}
