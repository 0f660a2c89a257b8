import { resolveDateMath } from '../../lib/dates/date-math.ts';
import { AppError } from '../../lib/errors.ts';

/** Both ends belong to it; undefined is open. Nanoseconds since the epoch. */
export type TimeRange = Readonly<{ from: bigint | undefined; to: bigint | undefined }>;

/** The times that the engine's columns hold. */
export const minNanos: bigint = -(2n ** 63n);
export const maxNanos: bigint = 2n ** 63n - 1n;
const clamp = (nanos: bigint): bigint => (nanos < minNanos ? minNanos : nanos > maxNanos ? maxNanos : nanos);

export function earlier(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function later(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** An instant as SQL. */
export const instantSql = (nanos: bigint): string => `fromUnixTimestamp64Nano(${clamp(nanos)}, 'UTC')`;

/** Factors from a number to nanoseconds, by the most digits that it can have: seconds, and so on until nanoseconds. */
const scales: readonly (readonly [number, bigint])[] = [
  [11, 1_000_000_000n],
  [14, 1_000_000n],
  [17, 1000n],
  [19, 1n],
];

/**
 * An instant: RFC 3339 or a part of it, date maths (`now-1h`, `2024-01-01||+1M/d`), or Unix time in seconds (also with a fraction), milli-,
 * micro- or nanoseconds, told apart by the number of digits. `roundUp`: the last nanosecond of what is named. Throws `AppError` `bad_request` that
 * names the parameter.
 */
export function parseInstant(name: string, text: string, options: Readonly<{ nowMillis: number; roundUp: boolean }>): bigint {
  const refused = () =>
    new AppError(
      'bad_request',
      `${name}: ${JSON.stringify(text.slice(0, 100))} is no time; write RFC 3339, Unix time in s, ms, µs or ns, or date maths such as now-1h.`,
    );
  // Four digits are a year.
  if (/^-?\d{5,}$/.test(text)) {
    const scale = scales.find(([digits]) => text.replace('-', '').length <= digits);
    if (scale === undefined) throw refused();
    return clamp(BigInt(text) * scale[1]);
  }
  const seconds = /^(\d{1,11})\.(\d{1,9})$/.exec(text);
  if (seconds !== null) return BigInt(seconds[1] as string) * 1_000_000_000n + BigInt((seconds[2] as string).padEnd(9, '0'));
  try {
    return clamp(resolveDateMath(text, { now: options.nowMillis, roundUp: options.roundUp }));
  } catch (error) {
    if (error instanceof AppError) throw refused();
    throw error;
  }
}

export function parseRange(start: string | undefined, end: string | undefined, nowMillis: number): TimeRange {
  const from = start === undefined ? undefined : parseInstant('start', start, { nowMillis, roundUp: false });
  const to = end === undefined ? undefined : parseInstant('end', end, { nowMillis, roundUp: true });
  if (from !== undefined && to !== undefined && from > to) throw new AppError('bad_request', 'start: The range begins after its end.');
  return { from, to };
}
