import { sqlString } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { type CompileScope, isDate, isNumeric, isOnly, type Operator } from '../compile-scope.ts';
import type { RangeQuery, Value } from '../query.ts';
import { booleanError, floatLiteral, numberError, parseBoolean, parseNumber } from '../scalar-values.ts';
import { always, and, never, or, present, someReading, someValue } from '../sql-condition.ts';
import { someToken } from '../tokens-condition.ts';
import { timeBounds, timeCondition } from './time-bounds.ts';

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const names = Object.keys(operators) as readonly (keyof typeof operators)[];

/** `sql > x AND sql <= y`; a bound that `literal` cannot write makes the whole range empty. */
function compare(sql: string, query: RangeQuery, literal: (value: Value) => string | undefined): string {
  return and(
    names.map((name) => {
      const value = query[name];
      if (value === undefined) return always;
      const text = literal(value);
      return text === undefined ? never : `${sql} ${operators[name]} ${text}`;
    }),
  );
}

/** Whole numbers stay exact; the engine compares integers with floats without rounding. */
function numberLiteral(value: Value): string | undefined {
  const number = parseNumber(value);
  if (number === undefined) return undefined;
  if (number.integer !== undefined && BigInt.asIntN(64, number.integer) === number.integer) return String(number.integer);
  return Number.isFinite(number.float) ? floatLiteral(number.float) : `${number.float < 0 ? '-' : ''}inf`;
}

function floatBound(value: Value): string | undefined {
  const float = parseNumber(value)?.float;
  if (float === undefined) return undefined;
  return Number.isFinite(float) ? floatLiteral(float) : `${float < 0 ? '-' : ''}inf`;
}

function stringRange(field: Field, reading: Reading, query: RangeQuery): string {
  const asText = (sql: string) => compare(sql, query, (value) => sqlString(String(value)));
  if (field.type === 'ip') return addressRange(reading, query);
  if (field.terms === 'tokens') return someToken(reading, asText);
  if (isNumeric(field)) return someValue(reading, (sql) => `ifNull(${compare(`toFloat64OrNull(${sql})`, query, floatBound)}, 0)`);
  const short = (sql: string) => (field.ignoreAbove > 0 ? `lengthUTF8(${sql}) <= ${field.ignoreAbove}` : always);
  return someValue(reading, (sql) => and([asText(sql), short(sql)]), true);
}

function addressRange(reading: Reading, query: RangeQuery): string {
  const bound = (value: Value) => `toIPv6OrNull(${sqlString(String(value))})`;
  return someValue(reading, (sql) => `ifNull(${compare(`toIPv6OrNull(${sql})`, query, bound)}, 0)`);
}

function checkBounds(field: Field, query: RangeQuery): void {
  if (query.lenient) return;
  const values = names.flatMap((name) => query[name] ?? []);
  if (isNumeric(field) && isOnly(field, 'integer', 'float')) {
    const wrong = values.find((value) => parseNumber(value) === undefined);
    if (wrong !== undefined) throw numberError(wrong);
  }
  if (field.type === 'boolean' && isOnly(field, 'boolean')) {
    const wrong = values.find((value) => parseBoolean(value) === undefined);
    if (wrong !== undefined) throw booleanError(wrong);
  }
}

function readingRange(field: Field, reading: Reading, query: RangeQuery, scope: CompileScope): string {
  if (isDate(field) || reading.type === 'time') {
    const bounds = timeBounds(field, query, scope);
    return bounds === undefined ? never : timeCondition(reading, bounds);
  }
  switch (reading.type) {
    case 'string':
      return stringRange(field, reading, query);
    case 'integer':
      return someValue(reading, (sql) => compare(sql, query, numberLiteral));
    case 'float':
      return someValue(reading, (sql) => compare(sql, query, floatBound));
    case 'boolean':
      return someValue(reading, (sql) => compare(sql, query, (value) => parseBoolean(value)?.toString()));
    default:
      return never;
  }
}

export const rangeCondition: Operator<'range'> = (query, scope) =>
  or(
    scope.resolve(query.field).map((field) => {
      checkBounds(field, query);
      const open = names.every((name) => query[name] === undefined);
      return someReading(field, (reading) => (open ? present(reading) : readingRange(field, reading, query, scope)));
    }),
  );
