import { timeZone } from '../../../lib/dates/time-zone.ts';
import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import { sqlNumber } from '../../../lib/sql-text.ts';
import type { Aggregation, Kind, Planned } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { type DateOptions, parseDate, printMillis } from '../date-value.ts';
import { type FieldValues, keyValues, numericValues, withMissing } from '../field-values.ts';
import type { Level } from '../level.ts';
import { javaDouble } from '../metrics/percentiles.ts';
import { isObject, type Params } from '../params.ts';
import { applyPipelines } from '../read-children.ts';
import { conditionBuckets } from './condition-buckets.ts';
import { asDates } from './date-histogram.ts';
import { missingLiteral } from './terms.ts';

/** From is inclusive, to is exclusive. */
type Range = Readonly<{ key: string | undefined; from: number | undefined; to: number | undefined }>;

export const range: Kind = {
  type: 'range',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const keyed = params.boolean('keyed', false);
    const missing = params.get('missing');
    const format = params.string('format');
    const ranges = parseRanges(params).map(({ key, from, to }): Range => ({ key, from: parseNumber(from), to: parseNumber(to) }));
    return async (level, children) => {
      const values = numericValues(level.context.fields, field, 'range');
      const present =
        values !== undefined && missing !== undefined
          ? withMissing(values, missingLiteral({ ...values, kind: 'float' }, missing, params, level))
          : values;
      const print = (value: number) => (format === undefined ? {} : { text: value.toString() });
      return await rangeBuckets(level, children, { ranges, values: present, keyed, typedName: 'range', text: javaDouble, print });
    };
  },
};

export const dateRange: Kind = {
  type: 'date_range',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const keyed = params.boolean('keyed', false);
    const missing = params.get('missing');
    const format = params.string('format');
    const zone = timeZone(params.string('time_zone'));
    const parsed = parseRanges(params);
    return async (level, children) => {
      const found = keyValues(level.context.fields, field);
      const values = found === undefined ? undefined : asDates(found, field, 'date_range');
      const pattern = format ?? values?.dateFormat;
      const options: DateOptions = { now: level.context.now, zone, format: pattern };
      const date = (json: unknown) => (json === undefined ? undefined : parseDate(json, options));
      const ranges = parsed.map(({ key, from, to }): Range => ({ key, from: date(from), to: date(to) }));
      const present =
        values !== undefined && missing !== undefined ? withMissing(values, missingLiteral(values, missing, params, level)) : values;
      const text = (value: number) => printMillis(value, pattern, zone);
      return await rangeBuckets(level, children, {
        ranges,
        values: present,
        keyed,
        typedName: 'date_range',
        text,
        print: (value) => ({ text: text(value) }),
      });
    };
  },
};

type RangeRequest = Readonly<{
  ranges: readonly Range[];
  values: FieldValues | undefined;
  keyed: boolean;
  typedName: string;
  text: (value: number) => string;
  print: (value: number) => { text?: string };
}>;

/** Buckets come in the order of their lower ends, as Elasticsearch returns them, and exist even when empty. */
async function rangeBuckets(level: Level, children: readonly Aggregation[], request: RangeRequest): Promise<Planned> {
  const { values, keyed, typedName, text, print } = request;
  const low = (range: Range) => range.from ?? Number.NEGATIVE_INFINITY;
  const high = (range: Range) => range.to ?? Number.POSITIVE_INFINITY;
  const compare = (left: number, right: number) => (left === right ? 0 : left < right ? -1 : 1);
  const ranges = [...request.ranges].sort((left, right) => compare(low(left), low(right)) || compare(high(left), high(right)));
  const read = await conditionBuckets(
    level,
    ranges.map((one) => rangeCondition(one, values)),
    children,
  );
  const names = ranges.map(({ key, from, to }) => key ?? `${from === undefined ? '*' : text(from)}-${to === undefined ? '*' : text(to)}`);
  return {
    typedName,
    read: (row) => {
      countBuckets(level, ranges.length);
      const buckets = ranges.map(
        ({ from, to }, index): Record<string, unknown> => ({
          ...(keyed ? {} : { key: names[index] }),
          ...edge('from', from, print),
          ...edge('to', to, print),
          ...read(row, index),
        }),
      );
      const places = new Map(buckets.map((bucket, index) => [bucket, names[index] as string]));
      const kept = applyPipelines(children, buckets);
      return { buckets: keyed ? Object.fromEntries(kept.map((bucket) => [places.get(bucket), bucket])) : kept };
    },
  };
}

function edge(name: string, value: number | undefined, print: RangeRequest['print']): Record<string, unknown> {
  if (value === undefined) return {};
  const { text } = print(value);
  return text === undefined ? { [name]: value } : { [name]: value, [`${name}_as_string`]: text };
}

function rangeCondition({ from, to }: Range, values: FieldValues | undefined): string {
  if (values === undefined) return '0';
  const test = (sql: string) =>
    [...(from === undefined ? [] : [`${sql} >= ${sqlNumber(from)}`]), ...(to === undefined ? [] : [`${sql} < ${sqlNumber(to)}`])].join(
      ' AND ',
    );
  if (values.array) return test('x') === '' ? `notEmpty(${values.sql})` : `arrayExists(x -> ${test('x')}, ${values.sql})`;
  const sql = test(values.sql) === '' ? `${values.sql} IS NOT NULL` : test(values.sql);
  return values.missing === 'never' ? sql : `ifNull(${sql}, 0)`;
}

function parseRanges(params: Params): readonly { key: string | undefined; from: unknown; to: unknown }[] {
  const ranges = params.array('ranges');
  if (ranges === undefined || ranges.length === 0) throw illegalArgument(`No [ranges] specified for the [${params.name}] aggregation`);
  return ranges.map((json) => {
    if (!isObject(json)) throw parsingError(`[${params.type}] each of [ranges] must be an object in [${params.name}]`);
    const unknown = Object.keys(json).find((key) => !['key', 'from', 'to', 'mask'].includes(key));
    if (unknown !== undefined || json.mask !== undefined)
      throw parsingError(`[${params.type}] unknown field [${unknown ?? 'mask'}] in [ranges]`);
    return { key: typeof json.key === 'string' ? json.key : undefined, from: json.from ?? undefined, to: json.to ?? undefined };
  });
}

function parseNumber(json: unknown): number | undefined {
  if (json === undefined) return undefined;
  const number = typeof json === 'string' || typeof json === 'number' ? Number(json) : Number.NaN;
  if (!Number.isFinite(number)) throw illegalArgument(`For input string: "${String(json)}"`);
  return number;
}
