import { elasticsearchError, illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { Field, Fields, Reading } from '../fields/field.ts';
import { anyField, type Query, type Value } from './query.ts';
import { parseBoolean, parseNumber } from './scalar-values.ts';
import type { TextReading } from './tokens-condition.ts';

export type ConditionContext = Readonly<{
  /** Epoch milliseconds that `now` means; fixed once per request. */
  now: number | bigint;
}>;

/** What the operators share while one query is compiled. */
export interface CompileScope {
  readonly fields: Fields;
  readonly now: number | bigint;
  condition(query: Query): string;
  /**
   * Fields that a name, a pattern or `anyField` stands for. `values` are compared with whole values: where one is a number or a truth value,
   * `anyField` stands for fields of such too. Throws `AppError` when they are too many.
   */
  resolve(field: string, values?: readonly Value[]): readonly Field[];
}

/** Compiles one kind of query. */
export type Operator<Kind extends Query['kind']> = (query: Extract<Query, { kind: Kind }>, scope: CompileScope) => string;

/** Elasticsearch's limit of fields that a pattern may stand for. */
const maxFields = 1024;
/** Bounds the length of the SQL: clauses times fields times readings. */
const maxConditions = 20_000;

export function searchableField(readings: readonly Reading[]): Field {
  return { name: anyField, type: 'text', terms: 'both', readings, ignoreAbove: 0, dateFormat: undefined };
}

/** Finds fields for one compilation and counts the conditions that they lead to. */
export function createResolver(fields: Fields): CompileScope['resolve'] {
  let conditions = 0;
  const [first] = fields.searchable;
  // Fields say that the first of what is searched has the text index.
  const mark = (reading: Reading): TextReading => (reading.sql === first?.sql ? { ...reading, indexed: true } : reading);
  return (name, values = []) => {
    const found = find(fields, name, values).map((field) => ({ ...field, readings: field.readings.map(mark) }));
    conditions += found.reduce((total, { readings }) => total + readings.length, 0);
    if (conditions > maxConditions)
      throw elasticsearchError('too_many_clauses', `The query expands to more than ${maxConditions} conditions`);
    return found;
  };
}

const isPlain = (value: Value): boolean => value !== '' && (parseNumber(value) !== undefined || parseBoolean(value) !== undefined);

function find(fields: Fields, name: string, values: readonly Value[]): readonly Field[] {
  if (name === anyField) {
    const texts = searchableField(fields.searchable);
    // No type of its own: a word that is no number is no mistake here.
    return values.some(isPlain) ? [texts, { ...texts, type: 'keyword', terms: 'exact', readings: fields.searchableValues }] : [texts];
  }
  if (!name.includes('*')) return [fields.find(name)];
  const found = fields.matching(name);
  if (found.length > maxFields) {
    const reason = `field expansion for [${name}] matches too many fields, limit: ${maxFields}, got: ${found.length}`;
    throw illegalArgument(reason);
  }
  return found;
}

export function isDate(field: Field): boolean {
  return field.type === 'date' || field.type === 'date_nanos';
}

const numericTypes: ReadonlySet<string> = new Set(['long', 'integer', 'double', 'float']);

export function isNumeric(field: Field): boolean {
  return numericTypes.has(field.type);
}

/** A typed field whose every reading has one of the types: there, a value of another type is the user's mistake. */
export function isOnly(field: Field, ...types: readonly Reading['type'][]): boolean {
  return field.readings.length > 0 && field.readings.every(({ type }) => types.includes(type));
}
