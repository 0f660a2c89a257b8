import { dateFormats, printDate } from '../../lib/dates/date-format.ts';
import { resolveDateMath } from '../../lib/dates/date-math.ts';
import { type TimeZone, utc } from '../../lib/dates/time-zone.ts';
import { parsingError } from '../../lib/elasticsearch-errors.ts';
import { AppError } from '../../lib/errors.ts';

export type DateOptions = Readonly<{
  /** Milliseconds since the epoch. */
  now: number;
  /** Zone of dates without one, and of rounding. */
  zone?: TimeZone;
  /** `epoch_second` reads numbers as seconds; all other formats accept ISO dates and epoch milliseconds too. */
  format: string | undefined;
}>;

const defaultFormat = 'strict_date_optional_time||epoch_millis';

/** What is read beside the asked format: dates that lack zeros, and a blank instead of the `T`. */
const lenientFormats = "yyyy[-M[-d['T'H[:mm[:ss[fraction]]]]]][' '][XXX]||yyyy-M-d H[:mm[:ss[fraction]]][' '][XXX]||epoch_millis";

/** Milliseconds since the epoch of a date or date math: `now-1d/d`, `2024-01-15||+1M/d`, ISO text, numbers. */
export function parseDate(json: unknown, { now, zone = utc, format = defaultFormat }: DateOptions): number {
  if (typeof json === 'number' && Number.isFinite(json)) {
    return Math.trunc(json * (format.split('||').includes('epoch_second') ? 1000 : 1));
  }
  if (typeof json !== 'string') throw failed(json, format);
  // A format that is not known is an error of its own.
  dateFormats(format);
  try {
    const nanos = resolveDateMath(json, { now, timeZone: zone.name, roundUp: false, format: `${format}||${lenientFormats}` });
    return Number((nanos - (((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n);
  } catch (error) {
    throw error instanceof AppError ? failed(json, format) : error;
  }
}

function failed(json: unknown, format: string): AppError {
  const shown = String(typeof json === 'object' ? JSON.stringify(json) : json).slice(0, 200);
  return parsingError(`failed to parse date field [${shown}] with format [${format}]`);
}

/** A date as `key_as_string` prints it, by default with milliseconds. Zones other than UTC print their offset. */
export function printMillis(epochMillis: number, format = 'strict_date_optional_time', zone: TimeZone = utc): string {
  return printDate(BigInt(epochMillis) * 1_000_000n, format, zone);
}
