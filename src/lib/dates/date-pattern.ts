import { illegalArgument } from '../elasticsearch-errors.ts';
import type { AppError } from '../errors.ts';
import { isPrintableLetter, monthNames, printLetter } from './print-letter.ts';
import { instantOf, type TimeZone, timeZone } from './time-zone.ts';

/**
 * Date formats of Elasticsearch: names (`strict_date_optional_time`) and Java patterns (`yyyy-MM-dd HH:mm:ss`), for
 * parsing and for printing. Instants are nanoseconds since the epoch.
 */
export interface DateFormat {
  /**
   * The instant, or undefined when the text has another form or the format can only be printed. A missing month or day is
   * the first; `roundUp` fills the parts below with their last value, so that `2024-01` ends with 1 January. Elasticsearch
   * documents it so.
   */
  parse(text: string, zone: TimeZone, roundUp: boolean): bigint | undefined;
  print(epochNanos: bigint, zone: TimeZone): string;
}

type Part =
  | Readonly<{ kind: 'literal'; text: string }>
  | Readonly<{ kind: 'open' }>
  | Readonly<{ kind: 'close' }>
  | Readonly<{ kind: 'letter'; letter: string; count: number }>
  /** A point or comma with 1 to 9 digits; printed with at least 3. */
  | Readonly<{ kind: 'fraction' }>;

export function invalidFormat(pattern: string, reason: string): AppError {
  return illegalArgument(`Invalid format: [${pattern.slice(0, 200)}]: ${reason}`);
}

function split(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const [token] of pattern.matchAll(/fraction|'(?:[^']|'')*'|([A-Za-z])\1*|[[\]]|[^A-Za-z[\]']+|'/g)) {
    if (token === 'fraction') parts.push({ kind: 'fraction' });
    else if (token === "'") throw invalidFormat(pattern, 'Pattern ends with an incomplete string literal');
    else if (token === '[' || token === ']') parts.push(token === '[' ? { kind: 'open' } : { kind: 'close' });
    else if (token.startsWith("'")) parts.push({ kind: 'literal', text: token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'") });
    else if (/^[A-Za-z]/.test(token)) parts.push(letterPart(pattern, token));
    else parts.push({ kind: 'literal', text: token });
  }
  return parts;
}

function letterPart(pattern: string, token: string): Part {
  const letter = token[0] as string;
  if (!isPrintableLetter(letter) || token.length > 9) throw invalidFormat(pattern, `Unknown pattern letter: ${letter}`);
  return { kind: 'letter', letter, count: token.length };
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

/** Undefined for a pattern that is only printed: with letters such as `Q`, or with one part twice. */
function compileRegExp(pattern: string, parts: readonly Part[]): RegExp | undefined {
  if (!isBalanced(parts)) throw invalidFormat(pattern, 'brackets are not balanced');
  let source = '';
  const groups: string[] = [];
  for (const part of parts) {
    if (part.kind === 'open') source += '(?:';
    else if (part.kind === 'close') source += ')?';
    else if (part.kind === 'literal') source += part.text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    else if (part.kind === 'fraction') {
      source += String.raw`[.,](?<fraction>\d{1,9})`;
      groups.push('(?<fraction');
    } else {
      const letter = letterPattern(part.letter, part.count);
      if (letter === undefined) return undefined;
      source += letter;
      groups.push(letter.slice(0, letter.indexOf('>')));
    }
  }
  return new Set(groups).size === groups.length ? new RegExp(`^${source}$`) : undefined;
}

function isBalanced(parts: readonly Part[]): boolean {
  let depth = 0;
  for (const { kind } of parts) {
    if (kind === 'open') depth += 1;
    else if (kind === 'close' && --depth < 0) return false;
  }
  return depth === 0;
}

type Groups = Readonly<Record<string, string | undefined>>;

function yearOf(groups: Groups): number {
  if (groups.year !== undefined) return Number(groups.year);
  return groups.shortYear === undefined ? 1970 : 2000 + Number(groups.shortYear);
}

function monthOf(groups: Groups): number {
  if (groups.monthName === undefined) return Number(groups.month ?? 1);
  const wanted = groups.monthName.toLowerCase();
  return monthNames.findIndex((name) => name.slice(0, 3).toLowerCase() === wanted) + 1;
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

function printFraction(nanos: number): string {
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.slice(0, 3)}${digits.slice(3).replace(/0+$/, '')}`;
}

/** A format of one Java pattern. `[` and `]` hold parts that a text may lack. */
export function patternFormat(pattern: string): DateFormat {
  const parts = split(pattern);
  const regExp = compileRegExp(pattern, parts);
  return {
    parse: (text, zone, roundUp) => {
      const groups = regExp?.exec(text)?.groups;
      return groups === undefined ? undefined : instantFrom(groups, zone, roundUp);
    },
    print: (epochNanos, zone) => {
      const nanos = Number(((epochNanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
      const millis = Number((epochNanos - BigInt(nanos)) / 1_000_000n);
      const offsetMillis = zone.offsetAt(millis);
      const local = { date: new Date(millis + offsetMillis), nanos, offsetMillis, zone };
      return parts
        .map((part) => {
          if (part.kind === 'literal') return part.text;
          if (part.kind === 'fraction') return printFraction(nanos);
          return part.kind === 'letter' ? printLetter(part.letter, part.count, local) : '';
        })
        .join('');
    },
  };
}
