import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { parseMillis } from '../../lib/quantity.ts';
import type { Window } from './cursor.ts';

const time = (what: string) => z.string().min(1).max(40).optional().describe(what);

/** Arguments that say which stretch of time is meant. */
export const sinceArgument = (fallback: string) =>
  time(`From when on: a span back from now (15m, 1h, 7d) or RFC 3339. Default: ${fallback}.`);
export const untilArgument = time('Until when, in the same form. Default: now.');

/** RFC 3339 has years of four digits. */
const lastMillis = Date.parse('9999-12-31T23:59:59.999Z');

/** A time as milliseconds since the epoch; a span such as `15m` counts back from `now`. */
function timeOf(name: string, value: string, now: number): number {
  const ago = /[a-z]\s*$/i.test(value) ? parseMillis(value) : undefined;
  const found = ago !== undefined ? now - ago : /^\d{4}-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (found >= 0 && found <= lastMillis) return found;
  throw new AppError('bad_request', `${name} must be a span such as 15m, 1h or 7d, or a time such as 2026-01-31T12:00:00Z.`);
}

export type AskedWindow = Readonly<{ since?: string | undefined; until?: string | undefined }>;

/** Throws AppError `bad_request` for what is no time, and for a window that ends before it begins. */
export function windowOf({ since, until }: AskedWindow, now: number, fallback: string): Window {
  const toMillis = until === undefined ? now : timeOf('until', until, now);
  const fromMillis = timeOf('since', since ?? fallback, since === undefined ? toMillis : now);
  if (fromMillis >= toMillis) throw new AppError('bad_request', 'since must be before until.');
  return { fromMillis, toMillis };
}

export const iso = (millis: number): string => new Date(millis).toISOString();

/** `2026-01-31T12:00:00.000Z to 2026-01-31T13:00:00.000Z`. */
export const windowText = ({ fromMillis, toMillis }: Window): string => `${iso(fromMillis)} to ${iso(toMillis)}`;

/** Of our own trace API, whose range includes its end. */
export const rangeParameters = ({ fromMillis, toMillis }: Window): Record<'start' | 'end', string> => ({
  start: iso(fromMillis),
  end: iso(toMillis - 1),
});
