import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Field, Fields, Reading, ValueType } from '../fields/field.ts';

/**
 * The values of a field as one SQL expression. Kinds in SQL: `string` String or LowCardinality(String), `integer` Int64,
 * `float` Float64, `boolean` Bool, and `time` Int64 milliseconds since the epoch.
 */
export type FieldValues = Readonly<{
  sql: string;
  kind: ValueType;
  /** An array holds no NULL and may repeat a value. */
  array: boolean;
  missing: Reading['missing'];
  dateFormat: string | undefined;
}>;

/** The values as keys of buckets: what is over `ignore_above` was never indexed, so it is left out. */
export function keyValues(fields: Fields, name: string): FieldValues | undefined {
  const field = fields.find(name);
  refuseTokens(field);
  const values = combine(field, keyKind(field));
  if (values === undefined || values.kind !== 'string' || field.ignoreAbove === 0) return values;
  if (values.array) return { ...values, sql: `arrayFilter(x -> lengthUTF8(x) <= ${field.ignoreAbove}, ${values.sql})` };
  if (values.missing === 'empty') return { ...values, sql: `if(lengthUTF8(${values.sql}) <= ${field.ignoreAbove}, ${values.sql}, '')` };
  return { ...values, sql: `if(lengthUTF8(${values.sql}) <= ${field.ignoreAbove}, ${values.sql}, NULL)`, missing: 'null' };
}

/** The values as Float64, which is what Elasticsearch's metrics compute with; dates are milliseconds, booleans 0 and 1. */
export function numericValues(fields: Fields, name: string, aggregationType: string): FieldValues | undefined {
  const field = fields.find(name);
  refuseTokens(field);
  if (field.readings.length === 0) return undefined;
  const kind = keyKind(field);
  if (kind === 'string') {
    throw illegalArgument(`Field [${field.name}] of type [${field.type}] is not supported for aggregation [${aggregationType}]`);
  }
  const values = combine(field, kind);
  if (values === undefined || values.kind === 'float') return values;
  const sql = values.array ? `arrayMap(x -> toFloat64(x), ${values.sql})` : `toFloat64(${values.sql})`;
  return { ...values, sql };
}

/** SQL that is true where the single value exists. */
export function isPresent(values: FieldValues, sql: string): string {
  if (values.array) return `notEmpty(${sql})`;
  if (values.missing === 'never') return '1';
  return values.missing === 'empty' ? `${sql} != ''` : `${sql} IS NOT NULL`;
}

/** `missing`: the value that stands in for documents without one. */
export function withMissing(values: FieldValues, literal: string): FieldValues {
  if (values.missing === 'never') return values;
  if (values.array) return { ...values, sql: `if(empty(${values.sql}), [${literal}], ${values.sql})`, missing: 'never' };
  if (values.missing === 'empty') return { ...values, sql: `if(${values.sql} = '', ${literal}, ${values.sql})`, missing: 'never' };
  return { ...values, sql: `ifNull(${values.sql}, ${literal})`, missing: 'never' };
}

/** The same values as an array, whatever they were. */
export function asArray(values: FieldValues): string {
  return toArray(values.sql, values);
}

export function keyKind(field: Field): ValueType {
  switch (field.type) {
    case 'long':
    case 'integer':
      return field.readings.some((reading) => reading.type === 'float') ? 'float' : 'integer';
    case 'double':
    case 'float':
      return 'float';
    case 'boolean':
      return 'boolean';
    case 'date':
    case 'date_nanos':
      return 'time';
    default:
      return 'string';
  }
}

function refuseTokens(field: Field): void {
  if (field.terms !== 'tokens') return;
  throw illegalArgument(
    `Fielddata is disabled on [${field.name}]. Text fields are not optimised for operations that require per-document field data ` +
      `like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead.`,
  );
}

function combine(field: Field, kind: ValueType): FieldValues | undefined {
  const [first] = field.readings;
  if (first === undefined) return undefined;
  const dateFormat = field.dateFormat;
  if (field.readings.length === 1) {
    const same = first.type === kind && kind !== 'time';
    if (first.array) return { sql: same ? first.sql : readingAsArray(first, kind), kind, array: true, missing: first.missing, dateFormat };
    const sql = convert(first.sql, first.type, kind);
    if (first.missing === 'empty' && kind !== 'string') {
      return { sql: convert(`nullIf(${first.sql}, '')`, first.type, kind), kind, array: false, missing: 'null', dateFormat };
    }
    const mayFail = first.type === 'string' && kind !== 'string';
    return { sql, kind, array: false, missing: mayFail ? 'null' : first.missing, dateFormat };
  }
  if (field.readings.some((reading) => reading.array)) {
    const parts = field.readings.map((reading) => readingAsArray(reading, kind));
    return { sql: `arrayConcat(${parts.join(', ')})`, kind, array: true, missing: 'empty', dateFormat };
  }
  const parts = field.readings.map((reading) => {
    const sql = reading.missing === 'empty' ? `nullIf(${reading.sql}, '')` : reading.sql;
    return convert(sql, reading.type, kind);
  });
  return { sql: `coalesce(${parts.join(', ')})`, kind, array: false, missing: 'null', dateFormat };
}

function readingAsArray(reading: Reading, kind: ValueType): string {
  const mayFail = reading.type === 'string' && kind !== 'string';
  if (reading.array) {
    const converted = `arrayMap(x -> ${convert('x', reading.type, kind)}, ${reading.sql})`;
    return mayFail ? `arrayMap(x -> assumeNotNull(x), arrayFilter(x -> x IS NOT NULL, ${converted}))` : converted;
  }
  const missing = mayFail && reading.missing === 'never' ? 'null' : reading.missing;
  const sql = missing === 'empty' && kind !== 'string' ? `nullIf(${reading.sql}, '')` : reading.sql;
  return toArray(convert(sql, reading.type, kind), {
    array: false,
    missing: missing === 'empty' && kind !== 'string' ? 'null' : missing,
  });
}

function toArray(sql: string, values: Pick<FieldValues, 'array' | 'missing'>): string {
  if (values.array) return sql;
  if (values.missing === 'never') return `[${sql}]`;
  if (values.missing === 'empty') return `if(${sql} = '', [], [${sql}])`;
  return `if(${sql} IS NULL, [], [assumeNotNull(${sql})])`;
}

/** A value of one type as the field's kind. NULL stays NULL; text that is no number or date becomes NULL. */
function convert(sql: string, from: ValueType, to: ValueType): string {
  if (to === 'time') return toMilliseconds(sql, from);
  if (from === to) return sql;
  switch (to) {
    case 'string':
      if (from === 'time') return `formatDateTime(${sql}, ${sqlString('%Y-%m-%dT%H:%i:%S.%fZ')})`;
      return `toString(${sql})`;
    case 'integer':
      return from === 'string' ? `toInt64OrNull(${sql})` : from === 'time' ? `toUnixTimestamp64Milli(${sql})` : `toInt64(${sql})`;
    case 'float':
      return from === 'string'
        ? `toFloat64OrNull(${sql})`
        : from === 'time'
          ? `toFloat64(toUnixTimestamp64Milli(${sql}))`
          : `toFloat64(${sql})`;
    case 'boolean':
      return from === 'string' ? `if(${sql} IN ('true', 'false'), ${sql} = 'true', NULL)` : `toBool(${sql})`;
    default:
      throw new Error(`BUG: no conversion from ${from} to ${to}`);
  }
}

function toMilliseconds(sql: string, from: ValueType): string {
  switch (from) {
    case 'time':
      return `toUnixTimestamp64Milli(${sql})`;
    case 'string':
      return `toUnixTimestamp64Milli(parseDateTime64BestEffortOrNull(${sql}, 9, 'UTC'))`;
    default:
      return `toInt64(${sql})`;
  }
}
