import { idExpression } from '../../store/logs/id-expression.ts';
import type { Field, MappedType, Reading } from './field.ts';

/** An automatic id is written once, so its version is 1. */
export const versionExpression = 'greatest(toInt64(_version), 1)';
/** As the write side counts: each document by itself, so that `if_seq_no` finds what a read has shown. */
export const sequenceExpression = 'greatest(toInt64(_version), 1) - 1';

function meta(name: string, type: MappedType, sql: string, valueType: Reading['type']): [string, Field] {
  const readings: Reading[] = sql === '' ? [] : [{ sql, type: valueType, array: false, missing: 'never' }];
  return [name, { name, type, terms: 'exact', readings, ignoreAbove: 0, dateFormat: undefined }];
}

/** Fields that every document has beside its own. Those without readings exist in name only. */
export const metaFields: ReadonlyMap<string, Field> = new Map([
  meta('_id', 'keyword', idExpression, 'string'),
  meta('_index', 'keyword', '_index', 'string'),
  meta('_version', 'long', versionExpression, 'integer'),
  meta('_seq_no', 'long', sequenceExpression, 'integer'),
  meta('_score', 'double', 'toFloat64(1)', 'float'),
  meta('_ingested', 'date', `toDateTime64(_ingested, 9, 'UTC')`, 'time'),
  ...['_source', '_doc', '_shard_doc', '_field_names', '_ignored', '_routing', '_tier', '_nested_path', '_data_stream_timestamp'].map(
    (name) => meta(name, 'keyword', '', 'string'),
  ),
]);
