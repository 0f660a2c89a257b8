import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { sqlNumber, sqlString, sqlStrings } from '../../../lib/sql-text.ts';
import { translateRegexp } from '../../filter/lucene-regexp.ts';
import type { FieldValues } from '../field-values.ts';
import { isObject, type Params } from '../params.ts';

/** Condition over one key; undefined keeps all. */
export type KeyFilter = (key: string, values: FieldValues) => string | undefined;

/** `include` and `exclude`: a regular expression, an array of values, or `{partition, num_partitions}`. */
export function parseIncludeExclude(params: Params): KeyFilter {
  const include = parseOne(params, 'include');
  const exclude = parseOne(params, 'exclude');
  return (key, values) => {
    const parts = [include?.(key, values), exclude === undefined ? undefined : `NOT (${exclude(key, values)})`];
    const conditions = parts.filter((part) => part !== undefined);
    return conditions.length === 0 ? undefined : conditions.join(' AND ');
  };
}

function parseOne(params: Params, name: 'include' | 'exclude'): ((key: string, values: FieldValues) => string) | undefined {
  const json = params.get(name);
  if (json === undefined) return undefined;
  if (Array.isArray(json)) return (key, values) => inList(key, values, json);
  if (isObject(json)) return partition(json);
  if (typeof json !== 'string') throw params.wrongValue(name, json);
  const pattern = translateRegexp(json, true, false);
  return (key, values) => {
    if (values.kind === 'string') return `match(${key}, ${sqlString(pattern)})`;
    throw illegalArgument(
      `Aggregation [${params.name}] cannot support regular expression style include/exclude settings as they can only be applied to string fields. ` +
        'Use an array of values for include/exclude clauses',
    );
  };
}

function inList(key: string, values: FieldValues, list: readonly unknown[]): string {
  if (list.length === 0) return '0';
  if (values.kind === 'string') return `${key} IN (${sqlStrings(list.map(String))})`;
  if (values.kind === 'boolean')
    return `toUInt8(${key}) IN (${list.map((value) => (String(value) === 'true' || value === 1 ? 1 : 0)).join(', ')})`;
  const numbers = list.map((value) => (values.kind === 'time' && typeof value === 'string' ? Date.parse(value) : Number(value)));
  const wrong = numbers.findIndex((number) => !Number.isFinite(number));
  if (wrong >= 0) throw illegalArgument(`For input string: "${String(list[wrong])}"`);
  return `${key} IN (${numbers.map(sqlNumber).join(', ')})`;
}

function partition(json: Readonly<Record<string, unknown>>): (key: string) => string {
  const { partition: wanted, num_partitions: count } = json;
  if (!Number.isInteger(wanted) || !Number.isInteger(count) || Number(count) < 1 || Number(wanted) < 0 || Number(wanted) >= Number(count)) {
    throw illegalArgument('[partition] must be between 0 and [num_partitions] - 1');
  }
  // Elasticsearch's own hash is not the same; what clients rely on is that partitions are disjoint and complete.
  return (key) => `cityHash64(toString(${key})) % ${Number(count)} = ${Number(wanted)}`;
}
