import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../lib/errors.ts';
import { numberText } from '../../lib/number-text.ts';
import type { Value } from './query.ts';

/** Values of queries as values of typed columns, without loss of digits. */

export type ParsedNumber = Readonly<{
  /** Set when the number is whole and at most 40 digits long. */
  integer: bigint | undefined;
  float: number;
}>;

const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/;

/** undefined for what is not a number. */
export function parseNumber(value: Value): ParsedNumber | undefined {
  if (typeof value === 'bigint') return { integer: value, float: Number(value) };
  if (typeof value === 'boolean') return undefined;
  const text = String(value).trim();
  const match = decimal.exec(text);
  if (match === null || text.length > 400 || (match[2] ?? '') + (match[3] ?? '') === '') return undefined;
  return { integer: wholeNumber(match[1] ?? '', match[2] ?? '', match[3] ?? '', Number(match[4] ?? 0)), float: Number(text) };
}

function wholeNumber(sign: string, whole: string, fraction: string, exponent: number): bigint | undefined {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point > 40 || point < -400) return /^0*$/.test(digits) ? 0n : undefined;
  const padded = digits.padEnd(point, '0');
  if (!/^0*$/.test(padded.slice(Math.max(0, point)))) return undefined;
  const magnitude = BigInt(padded.slice(0, Math.max(0, point)) || '0');
  return sign === '-' ? -magnitude : magnitude;
}

/** What a field of strings holds for a value. */
export function valueText(value: Value): string {
  return typeof value === 'number' ? numberText(value) : String(value);
}

export function parseBoolean(value: Value): boolean | undefined {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' || value === '' ? false : undefined;
}

/** A Float64 literal: with point or exponent, so that the engine does not take it for an integer. */
export function floatLiteral(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

export function numberError(value: Value): AppError {
  return elasticsearchError('query_shard_exception', `failed to create query: For input string: "${String(value).slice(0, 200)}"`);
}

export function booleanError(value: Value): AppError {
  const shown = String(value).slice(0, 200);
  return elasticsearchError(
    'query_shard_exception',
    `failed to create query: Can't parse boolean value [${shown}], expected [true] or [false]`,
  );
}
