import { elasticsearchError } from '../elasticsearch-errors.ts';
import type { AppError } from '../errors.ts';
import { addUnits, type CalendarUnit, floorToUnit } from './calendar.ts';
import { dateFormats } from './date-format.ts';
import { type TimeZone, timeZone } from './time-zone.ts';

export const defaultDateFormat = 'strict_date_optional_time||epoch_millis';

export type DateMathOptions = Readonly<{
  /** Epoch milliseconds; fixed once per request. */
  now: number | bigint;
  /** IANA name or offset; undefined is UTC. An offset in the text wins over it. */
  timeZone?: string | undefined;
  /** `gt` and `lte` take the last instant of what the text names, `gte` and `lt` the first. */
  roundUp: boolean;
  /** Names and Java patterns joined by `||`; undefined is `defaultDateFormat`. */
  format?: string | undefined;
}>;

const maxLength = 200;
const nanosPerMilli = 1_000_000n;

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

const failure = (reason: string): AppError => elasticsearchError('parse_exception', reason);

const badDate = (text: string, format: string) =>
  failure(`failed to parse date field [${text.slice(0, maxLength)}] with format [${format}]`);

function parseInstant(text: string, format: string, zone: TimeZone, roundUp: boolean): bigint {
  for (const candidate of dateFormats(format)) {
    const instant = candidate.parse(text, zone, roundUp);
    if (instant !== undefined) return instant;
  }
  throw badDate(text, format);
}

/**
 * Resolves an instant: `2024-01-15`, `1705312800000`, `now-24h/d`, `2024-01-01||+1M/d`. Returns nanoseconds since the
 * epoch; rounded up, it is the last nanosecond of the named day, second or millisecond. Throws a
 * `parse_exception` for a text of another form.
 */
export function resolveDateMath(text: string, options: DateMathOptions): bigint {
  const format = options.format ?? defaultDateFormat;
  if (text.length > maxLength) throw badDate(text, format);
  const zone = timeZone(options.timeZone);
  if (text.startsWith('now')) return applyDateMath(BigInt(options.now) * nanosPerMilli, text.slice(3), zone, options.roundUp, text);
  const separator = text.indexOf('||');
  if (separator < 0) return parseInstant(text, format, zone, options.roundUp);
  const start = parseInstant(text.slice(0, separator), format, zone, false);
  return applyDateMath(start, text.slice(separator + 2), zone, options.roundUp, text);
}

const operation = /(?:([+-])(\d{0,9})|\/(1?))([yMwdhHms])/y;

/** The largest distance from 1970 that JavaScript's dates hold, in milliseconds. */
const maxMillis = 8.64e15;

/**
 * Applies `+1M-2d/d` to an instant, all of nanoseconds. Rounded up, the result is the last nanosecond of the unit, or of the
 * millisecond when nothing is rounded. Throws a `parse_exception` that names `text`.
 */
export function applyDateMath(start: bigint, math: string, zone: TimeZone, roundUp: boolean, text = math): bigint {
  // Below a millisecond nothing is rounded but by `/unit`, so the rest travels along.
  let rest = ((start % nanosPerMilli) + nanosPerMilli) % nanosPerMilli;
  let millis = Number((start - rest) / nanosPerMilli);
  let rounded = false;
  operation.lastIndex = 0;
  for (let at = 0; at < math.length; at = operation.lastIndex) {
    operation.lastIndex = at;
    const found = operation.exec(math);
    if (found === null) throw failure(`operator not supported for date math [${text.slice(0, maxLength)}]`);
    const unit = units[found[4] as string] as CalendarUnit;
    if (found[1] === undefined) {
      millis = floorToUnit(millis, unit, zone);
      rest = 0n;
      if (roundUp) {
        millis = addUnits(millis, 1, unit, zone) - 1;
        rest = nanosPerMilli - 1n;
        rounded = true;
      }
    } else {
      const amount = (found[1] === '-' ? -1 : 1) * (found[2] === '' ? 1 : Number(found[2]));
      millis = addUnits(millis, amount, unit, zone);
    }
    if (!(Math.abs(millis) < maxMillis)) throw failure(`date math [${text.slice(0, maxLength)}] leaves the calendar`);
  }
  // `now` and what was computed from it are known to the millisecond: rounded up, they end with it.
  if (roundUp && !rounded && rest === 0n) rest = nanosPerMilli - 1n;
  return BigInt(millis) * nanosPerMilli + rest;
}
