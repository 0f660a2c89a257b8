import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { Cursor } from '../../queries/traceql/candidates.ts';
import { parseRange, type TimeRange } from '../../queries/traceql/time-range.ts';

const time = z.string().min(1).max(100).optional();

/** Of a query string: the stretch of time in question. */
export const rangeQuery = {
  start: time.describe('RFC 3339, Unix time in s, ms, µs or ns, or date maths such as now-1h. Without it: since ever.'),
  end: time.describe('The same; without it: until now and beyond.'),
};

export const rangeOf = ({ start, end }: Readonly<{ start?: string | undefined; end?: string | undefined }>, nowMillis: number): TimeRange =>
  parseRange(start, end, nowMillis);

const hourNanos = 3_600_000_000_000n;

/** For questions about all spans of a stretch of time, which cost as much as there is in it: an hour unless `start` says otherwise. */
export function recentRange(asked: Readonly<{ start?: string | undefined; end?: string | undefined }>, nowMillis: number): TimeRange {
  const { from, to } = rangeOf(asked, nowMillis);
  return { from: from ?? (to ?? BigInt(nowMillis) * 1_000_000n) - hourNanos, to };
}

export function wholeNumber(min: number, max: number, fallback: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string({ error })
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error })
    .default(fallback);
}

export const printCursor = ({ resume, startNanos, hash }: Cursor): string => `${resume}.${startNanos}.${hash}`;

export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const found = /^(-?\d{1,20})\.(-?\d{1,20})\.(\d{1,20})$/.exec(text);
  if (found === null) throw new AppError('bad_request', 'query parameter cursor: take it from next_cursor of the page before.');
  const [, resume, startNanos, hash] = found as unknown as readonly [string, string, string, string];
  if (BigInt(hash) >= 2n ** 64n) throw new AppError('bad_request', 'query parameter cursor: take it from next_cursor of the page before.');
  return { resume: BigInt(resume), startNanos: BigInt(startNanos), hash: BigInt(hash) };
}
