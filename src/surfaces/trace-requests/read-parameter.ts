import { AppError } from '../../lib/errors.ts';

/** How a product says that a parameter is wrong. */
export type Complaint = (name: string, problem: string) => string;

const shown = (text: string) => JSON.stringify(text.slice(0, 100));

/** The last value of a parameter; undefined when it is missing or empty. */
export const textParameter = (query: URLSearchParams, name: string): string | undefined => query.getAll(name).at(-1) || undefined;

export type Parameters = Readonly<{
  text: (name: string) => string | undefined;
  /** A whole number from `min` to `max`. */
  count: (name: string, min: number, max: number) => number | undefined;
  /** A whole number of 64 bits. */
  integer: (name: string) => bigint | undefined;
  /** Nanoseconds of a duration as Go writes it. */
  duration: (name: string) => number | undefined;
  refuse: (name: string, problem: string) => AppError;
}>;

/** Reads parameters of a request. What cannot be read is refused by an `AppError` `bad_request` that `complaint` words. */
export function parametersOf(query: URLSearchParams, complaint: Complaint): Parameters {
  const text = (name: string) => textParameter(query, name);
  const refuse = (name: string, problem: string) => new AppError('bad_request', complaint(name, problem));
  const integer = (name: string) => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,19}$/.test(value)) throw refuse(name, `${shown(value)} is not a whole number`);
    return BigInt(value);
  };
  return {
    text,
    integer,
    refuse,
    count: (name, min, max) => {
      const value = integer(name);
      if (value === undefined) return undefined;
      if (value < BigInt(min) || value > BigInt(max)) throw refuse(name, `${value} is not a number from ${min} to ${max}`);
      return Number(value);
    },
    duration: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const nanos = parseGoDuration(value);
      if (nanos === undefined || nanos < 0) throw refuse(name, `${shown(value)} is not a duration such as 1.5s or 100ms`);
      return nanos;
    },
  };
}

const unitNanos: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of a duration as Go's `time.ParseDuration` reads it, for example `1h2m3.5s`. */
export function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)){1,20}|0)$/.exec(text.slice(0, 200));
  if (match === null || text.length > 200) return undefined;
  let nanos = 0;
  for (const [, digits, unit] of (match[2] as string).matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    nanos += Number(digits) * (unitNanos[unit as string] as number);
  }
  const signed = Math.round(match[1] === '-' ? -nanos : nanos);
  return Math.abs(signed) < 2 ** 63 ? signed : undefined;
}
