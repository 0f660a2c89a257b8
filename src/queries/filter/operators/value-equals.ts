import { sqlString } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { analyze, lowerCase } from '../analyze.ts';
import { type CompileScope, isDate, isNumeric, isOnly } from '../compile-scope.ts';
import { rangeQuery, type TermQuery } from '../query.ts';
import { booleanError, floatLiteral, numberError, parseBoolean, parseNumber, valueText } from '../scalar-values.ts';
import { never, or, someReading, someValue } from '../sql-condition.ts';
import { tokensCondition } from '../tokens-condition.ts';
import { timeBounds, timeCondition } from './time-bounds.ts';

/** `col = x`, or `has(col, x)` for an array: the forms that indexes of the engine know. */
export function equals(reading: Reading, literal: string): string {
  if (!reading.array) return someValue(reading, (sql) => `${sql} = ${literal}`);
  const has = `has(${reading.sql}, ${literal})`;
  return reading.missing === 'null' ? `ifNull(${has}, 0)` : has;
}

/** Longer values than `ignore_above` are not indexed as whole values. */
export function fitsIgnoreAbove(field: Field, text: string): boolean {
  return field.ignoreAbove === 0 || [...text].length <= field.ignoreAbove;
}

function wholeValue(field: Field, reading: Reading, text: string, caseInsensitive: boolean): string {
  // In a column where the empty string means "no value", it cannot be told from a value.
  if (!fitsIgnoreAbove(field, text) || (text === '' && reading.missing === 'empty' && !reading.array)) return never;
  if (caseInsensitive) return someValue(reading, (sql) => `lowerUTF8(${sql}) = ${sqlString(lowerCase(text))}`);
  return equals(reading, sqlString(text));
}

function stringEquals(field: Field, reading: Reading, text: string, caseInsensitive: boolean): string {
  if (field.type === 'ip' && text.includes('/')) return inNetwork(reading, text);
  const word = caseInsensitive ? lowerCase(text) : text;
  const tokens = analyze(word);
  const isToken = field.terms !== 'exact' && tokens.length === 1 && tokens[0] === word;
  const asToken = isToken ? tokensCondition(reading, tokens, 'all') : never;
  if (field.terms === 'tokens') return asToken;
  return or([wholeValue(field, reading, text, caseInsensitive), asToken]);
}

/** An address within a network such as `10.0.0.0/8`. */
function inNetwork(reading: Reading, network: string): string {
  if (!/^[0-9a-fA-F.:]+\/\d{1,3}$/.test(network)) return never;
  return someValue(reading, (sql) => {
    const address = `toIPv6OrNull(${sql})`;
    const range = network.includes(':') ? network : `::ffff:${network.replace(/\d+$/, (bits) => String(96 + Number(bits)))}`;
    return `ifNull(isIPAddressInRange(toString(${address}), ${sqlString(range)}), 0)`;
  });
}

/** One reading has the value. A value that cannot be of the reading's type is not in it. */
export function valueEquals(field: Field, reading: Reading, query: TermQuery, scope: CompileScope): string {
  const { value } = query;
  if (isDate(field)) return instantEquals(field, reading, query, scope);
  switch (reading.type) {
    case 'time':
      return instantEquals(field, reading, query, scope);
    case 'string':
      return stringEquals(field, reading, valueText(value), query.caseInsensitive);
    case 'integer': {
      const integer = parseNumber(value)?.integer;
      return integer === undefined || BigInt.asIntN(64, integer) !== integer ? never : equals(reading, String(integer));
    }
    case 'float': {
      const float = parseNumber(value)?.float;
      return float === undefined || !Number.isFinite(float) ? never : equals(reading, floatLiteral(float));
    }
    case 'boolean': {
      const boolean = parseBoolean(value);
      return boolean === undefined ? never : equals(reading, String(boolean));
    }
  }
}

/** A date names all its instants: `2024-01-15` is the whole day. */
function instantEquals(field: Field, reading: Reading, query: TermQuery, scope: CompileScope): string {
  const { value, lenient } = query;
  const bounds = timeBounds(field, rangeQuery(field.name, { gte: value, lte: value, lenient }), scope);
  const instant = bounds === undefined ? never : timeCondition(reading, bounds);
  return reading.type === 'string' ? or([instant, wholeValue(field, reading, String(value), query.caseInsensitive)]) : instant;
}

/** Throws where a field has one type only and the value cannot be of it. */
export function checkValue(field: Field, { value, lenient }: Pick<TermQuery, 'value' | 'lenient'>): void {
  if (lenient) return;
  if (isNumeric(field) && isOnly(field, 'integer', 'float') && parseNumber(value) === undefined) throw numberError(value);
  if (field.type === 'boolean' && isOnly(field, 'boolean') && parseBoolean(value) === undefined) throw booleanError(value);
}

export function fieldEquals(field: Field, query: TermQuery, scope: CompileScope): string {
  checkValue(field, query);
  return someReading(field, (reading) => valueEquals(field, reading, query, scope));
}
