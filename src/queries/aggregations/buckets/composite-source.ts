import { timeZone } from '../../../lib/dates/time-zone.ts';
import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import { sqlNumber, sqlString } from '../../../lib/sql-text.ts';
import { parseDate, printMillis } from '../date-value.ts';
import { type FieldValues, keyValues, numericValues } from '../field-values.ts';
import { keyCodec } from '../key-codec.ts';
import type { KeySpec, Level } from '../level.ts';
import { isObject, Params } from '../params.ts';
import { asDates, dateKey, parseInterval } from './date-histogram.ts';
import { numberKey } from './histogram.ts';
import { termKeys } from './terms.ts';

export type CompositeSource = Readonly<{ name: string; plan: (level: Level) => PlannedSource | undefined }>;

export type PlannedSource = Readonly<{
  name: string;
  key: KeySpec;
  descending: boolean;
  nullsFirst: boolean;
  print: (output: unknown) => unknown;
  /** A value of `after` as SQL. */
  literal: (json: unknown) => string;
}>;

type Shared = Readonly<{ name: string; descending: boolean; nullsFirst: boolean; missingBucket: boolean }>;

/** `sources`: `[{name: {type: {…}}}]`. */
export function compositeSources(params: Params): readonly CompositeSource[] {
  const list = params.array('sources');
  if (list === undefined || list.length === 0) throw illegalArgument('Composite [sources] cannot be null or empty');
  const sources = list.map((json) => {
    const [entry, second] = isObject(json) ? Object.entries(json) : [];
    const [type, body] = isObject(entry?.[1]) ? (Object.entries(entry[1])[0] ?? []) : [];
    if (entry === undefined || second !== undefined || type === undefined || !isObject(body)) {
      throw parsingError('Each of composite [sources] must be an object of [name]: {[type]: {…}}');
    }
    const one = new Params(type, entry[0], body);
    const source = parseSource(entry[0], one);
    one.finish();
    return source;
  });
  const twice = sources.find((source, index) => sources.findIndex((other) => other.name === source.name) < index);
  if (twice !== undefined) throw illegalArgument(`Composite source names must be unique, found duplicates: [${twice.name}]`);
  return sources;
}

function parseSource(name: string, params: Params): CompositeSource {
  const field = params.field();
  const order = params.string('order') ?? 'asc';
  if (order !== 'asc' && order !== 'desc') throw illegalArgument(`Unknown sort order [${order}]`);
  const descending = order === 'desc';
  const missingBucket = params.boolean('missing_bucket', false);
  const missingOrder = params.string('missing_order') ?? 'default';
  params.ignore('value_type');
  const nullsFirst = missingOrder === 'first' || (missingOrder === 'default' && !descending);
  const shared = { name, descending, nullsFirst, missingBucket };
  switch (params.type) {
    case 'terms': {
      const format = params.string('format');
      return { name, plan: (level) => termsSource(keyValues(level.context.fields, field), shared, format, level) };
    }
    case 'histogram': {
      const interval = params.number('interval');
      if (interval === undefined || interval <= 0) throw illegalArgument('[interval] must be greater than 0 for [histogram] source');
      return { name, plan: (level) => histogramSource(numericValues(level.context.fields, field, 'composite'), shared, interval) };
    }
    case 'date_histogram': {
      const zone = timeZone(params.string('time_zone'));
      const interval = parseInterval(params, zone);
      const format = params.string('format');
      return {
        name,
        plan: (level) => {
          const found = keyValues(level.context.fields, field);
          if (found === undefined) return undefined;
          const values = asDates(found, field, 'composite');
          const date = (json: unknown) => parseDate(json, { now: level.context.now, zone, format });
          return {
            ...shared,
            key: nullable(dateKey(values, interval, undefined), missingBucket),
            print: (output) => (output === null ? null : format === undefined ? Number(output) : printMillis(Number(output), format, zone)),
            literal: (json) => `toInt64(${date(json)})`,
          };
        },
      };
    }
    default:
      throw illegalArgument(
        `[composite] source [${name}] has the unsupported type [${params.type}]; use [terms], [histogram] or [date_histogram]`,
      );
  }
}

function termsSource(values: FieldValues | undefined, shared: Shared, format: string | undefined, level: Level): PlannedSource | undefined {
  if (values === undefined) return undefined;
  const codec = keyCodec(values, format);
  return {
    ...shared,
    key: nullable({ ...termKeys(values, () => undefined).spec, codec }, shared.missingBucket),
    print: (output) => {
      if (output === null) return null;
      if (values.kind === 'boolean') return Number(output) === 1;
      const { key, key_as_string } = codec.print(output);
      return values.kind === 'time' && format !== undefined ? key_as_string : key;
    },
    literal: (json) => {
      if (values.kind === 'string') return sqlString(String(json));
      if (values.kind === 'boolean') return json === true || json === 'true' ? 'true' : 'false';
      if (values.kind === 'time') return `toInt64(${parseDate(json, { now: level.context.now, format })})`;
      const number = typeof json === 'bigint' ? json : Number(json);
      if (typeof number === 'number' && !Number.isFinite(number))
        throw illegalArgument(`Invalid value in [after]: ${JSON.stringify(json)}`);
      return sqlNumber(number);
    },
  };
}

function histogramSource(values: FieldValues | undefined, shared: Shared, interval: number): PlannedSource | undefined {
  if (values === undefined) return undefined;
  return {
    ...shared,
    key: nullable(numberKey(values, interval, 0, undefined), shared.missingBucket),
    print: (output) => (output === null ? null : Number(output) * interval),
    literal: (json) => {
      const number = Number(json);
      if (!Number.isFinite(number)) throw illegalArgument(`Invalid value in [after]: ${JSON.stringify(json)}`);
      return `toInt64(${Math.round(number / interval)})`;
    },
  };
}

/** With `missing_bucket`, documents without a value are in the bucket of NULL instead of none. */
function nullable(key: KeySpec, missingBucket: boolean): KeySpec {
  if (!missingBucket || (key.missing === 'never' && !key.explode)) return key;
  if (key.explode) return { ...key, sql: `if(empty(${key.sql}), [NULL], ${key.sql})`, missing: 'never' };
  return { ...key, sql: key.missing === 'empty' ? `nullIf(${key.sql}, '')` : key.sql, missing: 'never' };
}
