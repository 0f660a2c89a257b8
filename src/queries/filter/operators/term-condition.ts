import { sqlStrings } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { analyze } from '../analyze.ts';
import { type CompileScope, isDate, type Operator } from '../compile-scope.ts';
import { termQuery, type Value } from '../query.ts';
import { floatLiteral, parseNumber, valueText } from '../scalar-values.ts';
import { never, or, someReading, someValue } from '../sql-condition.ts';
import { tokensCondition } from '../tokens-condition.ts';
import { checkValue, fieldEquals, fitsIgnoreAbove, valueEquals } from './value-equals.ts';

export const termCondition: Operator<'term'> = (query, scope) =>
  or(scope.resolve(query.field, [query.value]).map((field) => fieldEquals(field, query, scope)));

export const termsCondition: Operator<'terms'> = (query, scope) =>
  or(scope.resolve(query.field, query.values).map((field) => fieldIsOneOf(field, query.values, scope)));

function fieldIsOneOf(field: Field, values: readonly Value[], scope: CompileScope): string {
  for (const value of values) checkValue(field, { value, lenient: false });
  return someReading(field, (reading) => readingIsOneOf(field, reading, values, scope));
}

function readingIsOneOf(field: Field, reading: Reading, values: readonly Value[], scope: CompileScope): string {
  if (reading.type === 'string' && !isDate(field) && field.type !== 'ip') return stringIsOneOf(field, reading, values.map(valueText));
  if ((reading.type === 'integer' || reading.type === 'float') && !isDate(field)) {
    return inList(
      reading,
      values.flatMap((value) => numberLiteral(reading, value)),
    );
  }
  return or(values.map((value) => valueEquals(field, reading, termQuery(field.name, value), scope)));
}

function numberLiteral(reading: Reading, value: Value): string[] {
  const number = parseNumber(value);
  if (number === undefined) return [];
  if (reading.type === 'float') return Number.isFinite(number.float) ? [floatLiteral(number.float)] : [];
  const { integer } = number;
  return integer === undefined || BigInt.asIntN(64, integer) !== integer ? [] : [String(integer)];
}

function stringIsOneOf(field: Field, reading: Reading, values: readonly string[]): string {
  const tokens = field.terms === 'exact' ? [] : values.filter((value) => isOneToken(value));
  const asTokens = tokens.length === 0 ? never : tokensCondition(reading, tokens, 'any');
  if (field.terms === 'tokens') return asTokens;
  const whole = values.filter((value) => fitsIgnoreAbove(field, value) && (value !== '' || reading.missing !== 'empty' || reading.array));
  return or([whole.length === 0 ? never : inList(reading, [sqlStrings(whole)]), asTokens]);
}

function isOneToken(value: string): boolean {
  const tokens = analyze(value);
  return tokens.length === 1 && tokens[0] === value;
}

function inList(reading: Reading, literals: readonly string[]): string {
  if (literals.length === 0) return never;
  if (!reading.array) return someValue(reading, (sql) => `${sql} IN (${literals.join(', ')})`);
  // The engine finds no common type for Int64 and a list that it takes for UInt64.
  const list = reading.type === 'integer' ? literals.map((literal) => `toInt64(${literal})`) : literals;
  const hasAny = `hasAny(${reading.sql}, [${list.join(', ')}])`;
  return reading.missing === 'null' ? `ifNull(${hasAny}, 0)` : hasAny;
}
