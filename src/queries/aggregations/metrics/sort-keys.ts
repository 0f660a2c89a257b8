import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import type { Fields } from '../../fields/field.ts';
import { printMillis } from '../date-value.ts';
import { type FieldValues, keyValues } from '../field-values.ts';
import { exactInteger } from '../key-codec.ts';
import { isObject } from '../params.ts';

/** One key of `sort` in `top_hits` and `top_metrics`. */
export type SortKey = Readonly<{
  field: string;
  /** One value per document, or NULL. */
  sql: string;
  /** The value as it comes back: 64-bit integers as text. */
  output: string;
  kind: FieldValues['kind'];
  descending: boolean;
  missingFirst: boolean;
  format: string | undefined;
}>;

/** `sort`: a name, an object, or an array of them. `_doc` has no meaning across parts, so it is left out. */
export function parseSort(json: unknown, fields: Fields): readonly SortKey[] {
  if (json === undefined || json === null) return [];
  const parts = Array.isArray(json) ? json : [json];
  return parts.flatMap((part) => {
    if (typeof part === 'string') return oneKey(part, {}, fields);
    if (!isObject(part)) throw parsingError('malformed sort format, within the sort array, an object, or an actual string are allowed');
    return Object.entries(part).flatMap(([field, options]) =>
      oneKey(field, typeof options === 'string' ? { order: options } : options, fields),
    );
  });
}

function oneKey(field: string, options: unknown, fields: Fields): readonly SortKey[] {
  if (field === '_doc' || field === '_shard_doc') return [];
  if (!isObject(options)) throw parsingError(`malformed sort format for [${field}]`);
  const { order = field === '_score' ? 'desc' : 'asc', mode, missing = '_last', format } = options;
  if (order !== 'asc' && order !== 'desc') throw illegalArgument(`Unknown SortOrder [${String(order)}]`);
  if (field === '_script') throw illegalArgument('Sorting by [_script] is not supported by meshscope');
  const descending = order === 'desc';
  if (missing !== '_first' && missing !== '_last') throw illegalArgument(`[missing] of sort on [${field}] must be [_first] or [_last]`);
  const shared = { field, descending, missingFirst: missing === '_first', format: typeof format === 'string' ? format : undefined };
  if (field === '_score') return [{ ...shared, sql: '1.0', output: '1.0', kind: 'float' }];
  const values = keyValues(fields, field);
  if (values === undefined) {
    if (options.unmapped_type === undefined) throw illegalArgument(`No mapping found for [${field}] in order to sort on`);
    return [{ ...shared, sql: 'NULL::Nullable(Float64)', output: 'NULL', kind: 'float' }];
  }
  const sql = single(values, descending, mode);
  return [{ ...shared, sql, output: values.kind === 'integer' || values.kind === 'time' ? `toString(${sql})` : sql, kind: values.kind }];
}

/** Of several values the smallest sorts ascending and the largest descending, unless `mode` says otherwise. */
function single(values: FieldValues, descending: boolean, mode: unknown): string {
  if (!values.array) return values.missing === 'empty' ? `nullIf(${values.sql}, '')` : values.sql;
  const known = { min: 'arrayMin', max: 'arrayMax', sum: 'arraySum', avg: 'arrayAvg' }[String(mode ?? (descending ? 'max' : 'min'))];
  if (known === undefined) throw illegalArgument(`Unknown sort mode [${String(mode)}]`);
  return `if(empty(${values.sql}), NULL, ${known}(${values.sql}))`;
}

/**
 * The key as expressions whose ascending order is the wanted one, for functions that only sort upwards. Numbers are one
 * expression, with the ends of their range for missing values. Text cannot be negated, so descending text is compared by
 * the complement of its bytes, ended by a larger number, since a prefix comes last.
 */
export function rankSql(key: SortKey): readonly string[] {
  const { sql, descending, missingFirst } = key;
  if (key.kind === 'string') {
    const missing = `${missingFirst ? 'isNotNull' : 'isNull'}(${sql})`;
    const text = `ifNull(toString(${sql}), '')`;
    if (!descending) return [missing, text];
    const bytes = `arrayMap(i -> -toInt16(reinterpretAsUInt8(substring(${text}, i, 1))), range(1, length(${text}) + 1))`;
    return [missing, `arrayPushBack(${bytes}, toInt16(1))`];
  }
  const number = key.kind === 'boolean' ? `toInt8(${sql})` : sql;
  const end = key.kind === 'float' ? 'inf' : '9223372036854775807';
  return [`ifNull(${descending ? `negate(${number})` : number}, ${missingFirst ? '-' : ''}${end})`];
}

/** As `sort` of a hit shows it: dates are milliseconds unless a format is given. */
export function printSortValue(key: SortKey, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (key.kind) {
    case 'time':
      return key.format === undefined ? Number(value) : printMillis(Number(value), key.format);
    case 'integer':
      return exactInteger(value);
    default:
      return value;
  }
}
