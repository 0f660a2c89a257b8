import { sqlString } from '../../lib/sql-text.ts';
import type { ComparisonOperator, EnumValue } from './query.ts';
import { type Approximation, and, exactly, or, type Sql, unknown } from './sql-approximation.ts';

/** What an attribute is compared with. */
export type Comparand = string | number | bigint | boolean | null | EnumValue;

/** The whole of a text matches. The engine has RE2, as Tempo has; `.` does not match a line end. */
export const matchSql = (sql: string, pattern: string): string => `match(${sql}, ${sqlString(`\\A(?-s:${pattern})\\z`)})`;

/** As the engine writes a string into JSON. It normalises attributes when it stores them, so equal strings have equal texts. */
export function jsonLiteral(text: string): string {
  return /^[\w .:@/#-]*$/.test(text) ? sqlString(`"${text}"`) : `JSONExtractRaw(${sqlString(JSON.stringify([text.toWellFormed()]))}, 1)`;
}

/** Beyond this the engine does not write integers as such, or doubles skip some. */
const maxPlainInteger = 1e15;

/** As the index `attribute_lists` has it: whether a row has an attribute that is a list. */
const hasLists = (map: string) => `arrayExists(v -> startsWith(v, '['), mapValues(${map}))`;

/**
 * A condition on the attribute `name` in the column `map`, whose values are JSON literals. Lists are taken for a maybe: their elements are compared in
 * JavaScript. So is everything that doubles cannot tell apart. What narrows by the indexes of names and values stands first.
 */
export function attributeCondition(
  map: 'attributes' | 'resource',
  name: string,
  operator: ComparisonOperator,
  value: Comparand,
): Approximation {
  const key = sqlString(name);
  const json = `${map}[${key}]`;
  const isNamed = `has(mapKeys(${map}), ${key})`;
  if (value === null) {
    const missing = `${json} IN ('', 'null')`;
    return exactly(operator === '=' ? missing : and([isNamed, `NOT ${missing}`]));
  }
  if (typeof value === 'object') return exactly(false);
  const literal = operator === '=' ? plainLiteral(value) : undefined;
  const single = singleCondition(json, operator, value);
  const over = or([single.over, `startsWith(${json}, '[')`]);
  if (literal === undefined) return { over: and([isNamed, over]), under: and([isNamed, single.under]) };
  // Both indexes of values are kept for attributes only; the names of a resource are few.
  const narrowed = map === 'attributes' ? or([`has(mapValues(${map}), ${literal})`, `${hasLists(map)} = 1`]) : isNamed;
  return { over: and([narrowed, over]), under: single.under };
}

/** SQL of the only text that the value can have as JSON, if there is but one. */
function plainLiteral(value: Exclude<Comparand, null>): string | undefined {
  if (typeof value === 'string') return jsonLiteral(value);
  if (typeof value === 'boolean') return `'${value}'`;
  if (typeof value === 'object' || Number(value) === 0 || !isPlainInteger(value)) return undefined;
  return `'${value}'`;
}

const isPlainInteger = (value: number | bigint) => Number.isInteger(Number(value)) && Math.abs(Number(value)) < maxPlainInteger;

function singleCondition(json: string, operator: ComparisonOperator, value: Exclude<Comparand, null>): Approximation {
  if (typeof value === 'string') return textCondition(json, operator, value);
  if (typeof value === 'boolean') return booleanCondition(json, operator, value);
  return typeof value === 'object' ? exactly(false) : numberCondition(json, operator, value);
}

function textCondition(json: string, operator: ComparisonOperator, value: string): Approximation {
  const isText = `startsWith(${json}, '"')`;
  const text = `JSONExtractString(${json})`;
  switch (operator) {
    case '=':
      return exactly(`${json} = ${jsonLiteral(value)}`);
    case '!=':
      return exactly(and([isText, `${json} != ${jsonLiteral(value)}`]));
    case '=~':
      return exactly(and([isText, matchSql(text, value)]));
    case '!~':
      return exactly(and([isText, `NOT ${matchSql(text, value)}`]));
    default:
      return exactly(and([isText, `${text} ${operator} ${sqlString(value)}`]));
  }
}

function booleanCondition(json: string, operator: ComparisonOperator, value: boolean): Approximation {
  if (operator !== '=' && operator !== '!=') return exactly(false);
  return exactly(`${json} = '${String(value === (operator === '='))}'`);
}

function numberCondition(json: string, operator: ComparisonOperator, value: number | bigint): Approximation {
  const isPlain = isPlainInteger(value);
  if (operator === '=' && isPlain) return exactly(Number(value) === 0 ? `${json} IN ('0', '-0')` : `${json} = '${value}'`);
  const number = `toFloat64OrNull(${json})`;
  const tolerance = isPlain ? 0 : Math.abs(Number(value)) * 1e-12;
  const compare = (sql: string): Sql => `ifNull(${sql}, 0)`;
  const isNumber = `${number} IS NOT NULL`;
  const [low, high] = [Number(value) - tolerance, Number(value) + tolerance];
  switch (operator) {
    case '=':
      return { over: compare(`${number} BETWEEN ${low} AND ${high}`), under: false };
    case '!=':
      return isPlain
        ? exactly(compare(`${number} != ${low}`))
        : { over: isNumber, under: compare(`${number} NOT BETWEEN ${low} AND ${high}`) };
    case '>':
    case '>=':
      return isPlain
        ? exactly(compare(`${number} ${operator} ${low}`))
        : { over: compare(`${number} >= ${low}`), under: compare(`${number} > ${high}`) };
    case '<':
    case '<=':
      return isPlain
        ? exactly(compare(`${number} ${operator} ${high}`))
        : { over: compare(`${number} <= ${high}`), under: compare(`${number} < ${low}`) };
    default:
      return unknown;
  }
}
