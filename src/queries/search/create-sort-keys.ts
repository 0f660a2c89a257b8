import { printDate } from '../../lib/dates/date-format.ts';
import { resolveDateMath } from '../../lib/dates/date-math.ts';
import { utc } from '../../lib/dates/time-zone.ts';
import { elasticsearchError, illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { type JsonValue, stringifyJson } from '../../lib/json/json-text.ts';
import { sqlString } from '../../lib/sql-text.ts';
import { type FieldValues, keyValues } from '../aggregations/field-values.ts';
import type { Field, Fields } from '../fields/field.ts';
import { metaFields } from '../fields/meta-fields.ts';
import { docKey, isRecordTime, recordTimeKey, sortValueText } from './record-order.ts';
import type { SortKey } from './sort-key.ts';
import { isDocOrder, type SortRequest } from './sort-request.ts';

const longMax = '9223372036854775807';
const longMin = '-9223372036854775808';

/** `recordTime` keys compare nanoseconds when nothing but the order of arrival follows. */
export function createSortKeys(requests: readonly SortRequest[], fields: Fields, now: number): readonly SortKey[] {
  return requests.map((request, at) => {
    const { field, descending } = request;
    const before = requests[at - 1];
    if (isDocOrder(field))
      return docKey(descending, before && isRecordTime(before, fields) ? { descending: before.descending } : undefined);
    if (field === '_score') return scoreKey;
    const next = requests[at + 1];
    if (isRecordTime(request, fields)) return recordTimeKey(request, fields.find(field), now, next === undefined || isDocOrder(next.field));
    return fieldKey(request, fields, now);
  });
}

const scoreKey: SortKey = { order: [], output: '1.0', print: () => '1.0', behind: () => ({ equal: '1', after: '0' }) };

function fieldKey(request: SortRequest, fields: Fields, now: number): SortKey {
  const field = fields.find(request.field);
  const values = keyValues(fields, request.field);
  if (values === undefined) return unmappedKey(request, field);
  const single = singleValue(values, request);
  const { descending, missing } = request;
  const stand = missing === '_first' || missing === '_last' ? undefined : literal(values.kind, missing, request, now);
  const sql = stand === undefined ? single.sql : `ifNull(${single.sql}, ${stand})`;
  const nullable = single.nullable && stand === undefined;
  const missingFirst = missing === '_first';
  const nulls = nullable ? ` NULLS ${missingFirst ? 'FIRST' : 'LAST'}` : '';
  const missingText = missingValue(values.kind, descending !== missingFirst);
  return {
    order: [`${sql} ${descending ? 'DESC' : 'ASC'}${nulls}`],
    output: values.kind === 'boolean' ? `toUInt8(${sql})` : sql,
    print: (value) => (value === null ? missingText : printValue(values, value, request.format ?? undefined)),
    behind: (value) => {
      if (value === null || stringifyJson(value) === missingText || sortValueText(value) === missingText.replaceAll('"', '')) {
        if (nullable) return { equal: `isNull(${sql})`, after: missingFirst ? `isNotNull(${sql})` : '0' };
        if (value === null) return { equal: '0', after: '0' };
      }
      const bound = literal(values.kind, value, request, now);
      const after = `ifNull(${sql} ${descending ? '<' : '>'} ${bound}, 0)`;
      return { equal: `ifNull(${sql} = ${bound}, 0)`, after: nullable && !missingFirst ? `(${after} OR isNull(${sql}))` : after };
    },
  };
}

/** Elasticsearch shows a missing number as the extreme that it sorts as. */
function missingValue(kind: FieldValues['kind'], lowest: boolean): string {
  if (kind === 'string') return 'null';
  if (kind === 'float') return lowest ? '"-Infinity"' : '"Infinity"';
  return lowest ? longMin : longMax;
}

/** Every document lacks the field: the key changes no order. */
function unmappedKey({ field, unmappedType, descending, missing }: SortRequest, found: Field): SortKey {
  if (unmappedType === undefined && found.type !== 'object' && !metaFields.has(field)) {
    throw elasticsearchError('query_shard_exception', `No mapping found for [${field}] in order to sort on`);
  }
  const isNumber = unmappedType !== undefined && !['keyword', 'text', 'string', 'boolean', 'ip', 'double', 'float'].includes(unmappedType);
  const text = isNumber ? missingValue('integer', descending !== (missing === '_first')) : 'null';
  return { order: [], output: 'NULL', print: () => text, behind: () => ({ equal: '1', after: '0' }) };
}

const modes: Readonly<Record<string, string>> = { min: 'arrayMin', max: 'arrayMax', sum: 'arraySum', avg: 'arrayAvg' };

/** Of several values the smallest sorts ascending and the largest descending, unless `mode` says otherwise. */
function singleValue(values: FieldValues, { field, mode, descending }: SortRequest): Readonly<{ sql: string; nullable: boolean }> {
  const name = mode ?? (descending ? 'max' : 'min');
  if (name !== 'median' && !Object.hasOwn(modes, name)) throw illegalArgument(`Unknown SortMode [${name}] on [${field}]`);
  if (!values.array) {
    if (values.missing === 'never') return { sql: values.sql, nullable: false };
    return { sql: values.missing === 'empty' ? `nullIf(${values.sql}, '')` : values.sql, nullable: true };
  }
  if (values.kind === 'string' && !['min', 'max'].includes(name)) throw illegalArgument(`we can only sort by min or max for [${field}]`);
  const one = name === 'median' ? `arrayReduce('median', ${values.sql})` : `${modes[name]}(${values.sql})`;
  return { sql: `if(empty(${values.sql}), NULL, ${one})`, nullable: true };
}

function literal(kind: FieldValues['kind'], value: JsonValue, request: SortRequest, now: number): string {
  const text = sortValueText(value);
  switch (kind) {
    case 'string':
      if (typeof value === 'object') break;
      return sqlString(text);
    case 'boolean':
      if (text === 'true' || text === '1') return 'true';
      if (text === 'false' || text === '0') return 'false';
      break;
    case 'integer':
      if (/^-?\d{1,19}$/.test(text)) return `toInt64(${text})`;
      if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
      break;
    case 'float':
      if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return `toFloat64(${sqlString(text)})`;
      break;
    case 'time':
      if (/^-?\d{1,19}$/.test(text)) return `toInt64(${text})`;
      if (typeof value === 'string') {
        return `toInt64(${resolveDateMath(text, { now, roundUp: false, format: request.format }) / 1_000_000n})`;
      }
  }
  throw illegalArgument(`Failed to parse search_after value for field [${request.field}]: [${text.slice(0, 200)}]`);
}

function printValue({ kind, dateFormat }: FieldValues, value: unknown, format: string | undefined): string {
  switch (kind) {
    case 'time': {
      const asked = format ?? undefined;
      if (asked === undefined) return String(value);
      return JSON.stringify(printDate(BigInt(String(value)) * 1_000_000n, asked === '' ? (dateFormat ?? '') : asked, utc));
    }
    case 'integer':
      return String(value);
    case 'string':
      return JSON.stringify(String(value));
    default:
      return JSON.stringify(value);
  }
}
