import { dayOfYear, isoWeek } from './calendar.ts';
import type { TimeZone } from './time-zone.ts';

export const monthNames: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A moment as the clocks of a zone show it. */
export type LocalTime = Readonly<{
  /** Its UTC parts are the local ones. */
  date: Date;
  /** Nanoseconds in the second. */
  nanos: number;
  offsetMillis: number;
  zone: TimeZone;
}>;

/** Java's pattern letters, each with what `width` of them print. */
const letters: Readonly<Record<string, (local: LocalTime, width: number) => string>> = {
  y: ({ date }, width) => year(date.getUTCFullYear(), width),
  u: ({ date }, width) => year(date.getUTCFullYear(), width),
  Y: ({ date }, width) => year(isoWeek(date).year, width),
  Q: ({ date }, width) => padded(Math.floor(date.getUTCMonth() / 3) + 1, width),
  q: ({ date }, width) => padded(Math.floor(date.getUTCMonth() / 3) + 1, width),
  M: ({ date }, width) => month(date, width),
  L: ({ date }, width) => month(date, width),
  w: ({ date }, width) => padded(isoWeek(date).week, width),
  D: ({ date }, width) => padded(dayOfYear(date), width),
  d: ({ date }, width) => padded(date.getUTCDate(), width),
  E: ({ date }, width) => name(dayNames, date.getUTCDay(), width),
  e: ({ date }, width) => padded(((date.getUTCDay() + 6) % 7) + 1, width),
  c: ({ date }, width) => padded(((date.getUTCDay() + 6) % 7) + 1, width),
  a: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  H: ({ date }, width) => padded(date.getUTCHours(), width),
  k: ({ date }, width) => padded(date.getUTCHours() || 24, width),
  h: ({ date }, width) => padded(date.getUTCHours() % 12 || 12, width),
  K: ({ date }, width) => padded(date.getUTCHours() % 12, width),
  m: ({ date }, width) => padded(date.getUTCMinutes(), width),
  s: ({ date }, width) => padded(date.getUTCSeconds(), width),
  S: ({ nanos }, width) => padded(nanos, 9).slice(0, width),
  X: ({ offsetMillis }, width) => (offsetMillis === 0 ? 'Z' : offset(offsetMillis, width)),
  x: ({ offsetMillis }, width) => offset(offsetMillis, width),
  Z: ({ offsetMillis }, width) => offset(offsetMillis, width >= 5 ? 3 : 2),
  V: ({ zone }) => zone.name,
  z: ({ zone }) => zone.name,
  G: () => 'AD',
};

export const isPrintableLetter = (letter: string): boolean => Object.hasOwn(letters, letter);

/** A run of one pattern letter; empty for a letter that is not printable. */
export function printLetter(letter: string, width: number, local: LocalTime): string {
  return isPrintableLetter(letter) ? (letters[letter]?.(local, width) ?? '') : '';
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function year(value: number, width: number): string {
  return width === 2 ? padded(value % 100, 2) : padded(value, Math.max(width, 4));
}

function month(date: Date, width: number): string {
  return width > 2 ? name(monthNames, date.getUTCMonth(), width) : padded(date.getUTCMonth() + 1, width);
}

function name(all: readonly string[], index: number, width: number): string {
  const full = all[index] ?? '';
  return width >= 4 ? full : full.slice(0, 3);
}

/** `+02` or `+0230` for one letter, `+0200` for two, `+02:00` for three and more. */
function offset(millis: number, width: number): string {
  const minutes = Math.abs(millis) / 60_000;
  const rest = padded(Math.floor(minutes % 60), 2);
  const shown = width === 1 && rest === '00' ? '' : `${width >= 3 ? ':' : ''}${rest}`;
  return `${millis < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60), 2)}${shown}`;
}
