import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind, Result } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { numericValues, withMissing } from '../field-values.ts';
import { javaDouble } from '../metrics/percentiles.ts';
import type { JsonObject } from '../params.ts';
import { planChildren } from '../plan-children.ts';
import { printNumber } from '../print-number.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn, emptyRow, type Row } from '../row.ts';
import { type Bounds, fillGaps } from './fill-gaps.ts';
import { sortBuckets } from './sort-buckets.ts';
import { missingLiteral, unmapped } from './terms.ts';
import { parseOrder } from './terms-order.ts';

/** The engine groups by the number of the bucket, which is exact; its key, a double, is computed here. */
export const histogram: Kind = {
  type: 'histogram',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const interval = params.number('interval');
    if (interval === undefined || interval <= 0) throw illegalArgument('[interval] must be >0 for histogram aggregation');
    const offset = params.number('offset') ?? 0;
    const minDocCount = params.integer('min_doc_count', 0, 0);
    const keyed = params.boolean('keyed', false);
    const format = params.string('format');
    const missing = params.get('missing');
    const order = parseOrder(params.get('order'), [{ path: '_key', descending: false }]);
    const extended = parseBounds(params.object('extended_bounds'));
    const hard = parseBounds(params.object('hard_bounds'));
    const bucketOf = (value: number) => Math.floor((value - offset) / interval);
    return async (level, children) => {
      const found = numericValues(level.context.fields, field, 'histogram');
      if (found === undefined && extended === undefined) return await unmapped(level, children, 'histogram', false);
      const values =
        found !== undefined && missing !== undefined
          ? withMissing(found, missingLiteral({ ...found, kind: 'float' }, missing, params, level))
          : found;
      const group = level.groupBy([numberKey(values, interval, offset, hard)]);
      const inside = level.below(group);
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      if (minDocCount > 1) group.having.push(`${count} >= ${minDocCount}`);
      const key = `o_${group.columns[0]?.alias}`;
      return {
        typedName: 'histogram',
        read: (row) => {
          const rows = new Map(group.rowsIn(row).map((inner): [number, Row] => [Number(inner.values[key]), inner]));
          const numbers = [...rows.keys()].sort((left, right) => left - right);
          const steps = { start: (value: number) => value, next: (number: number) => number + 1 };
          const inBuckets = (bounds: Bounds | undefined): Bounds | undefined =>
            bounds && {
              min: bounds.min === undefined ? undefined : bucketOf(bounds.min),
              max: bounds.max === undefined ? undefined : bucketOf(bounds.max),
            };
          const all = minDocCount === 0 ? fillGaps(numbers, steps, inBuckets(extended), undefined, level) : numbers;
          countBuckets(level, all.length);
          const buckets = all.map((number): Result => {
            const inner = rows.get(number) ?? emptyRow;
            const value = number * interval + offset;
            return {
              key: value,
              ...(format === undefined ? {} : { key_as_string: printNumber(value, format) }),
              doc_count: countIn(inner, count),
              ...readChildren(children, planned, inner),
            };
          });
          const kept = applyPipelines(children, sortBuckets(buckets, order));
          if (!keyed) return { buckets: kept };
          return { buckets: Object.fromEntries(kept.map((bucket) => [bucket.key_as_string ?? javaDouble(Number(bucket.key)), bucket])) };
        },
      };
    };
  },
};

/** The number of the bucket that a value is in. */
export function numberKey(
  values: ReturnType<typeof numericValues>,
  interval: number,
  offset: number,
  hard: Bounds | undefined,
): Parameters<import('../level.ts').Level['groupBy']>[0][number] {
  const codec = { output: (alias: string) => `toString(${alias})`, literal: (output: unknown) => `toInt64(${Number(output)})` };
  if (values === undefined) return { sql: 'NULL::Nullable(Int64)', explode: false, missing: 'null', codec };
  const number = (sql: string) => `toInt64(floor((${sql} - (${offset})) / ${interval}))`;
  const limits = (sql: string) =>
    [...(hard?.min === undefined ? [] : [`${sql} >= ${hard.min}`]), ...(hard?.max === undefined ? [] : [`${sql} <= ${hard.max}`])].join(
      ' AND ',
    );
  if (values.array) {
    const kept = limits('x') === '' ? values.sql : `arrayFilter(x -> ${limits('x')}, ${values.sql})`;
    return { sql: `arrayDistinct(arrayMap(x -> ${number('x')}, ${kept}))`, explode: true, missing: 'never', codec };
  }
  const within = limits(values.sql);
  if (within === '') return { sql: number(values.sql), explode: false, missing: values.missing, codec };
  return { sql: `if(${within}, ${number(values.sql)}, NULL)`, explode: false, missing: 'null', codec };
}

function parseBounds(json: JsonObject | undefined): Bounds | undefined {
  if (json === undefined) return undefined;
  const one = (value: unknown) => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw illegalArgument('Bounds of a histogram must be numbers');
    return value;
  };
  const bounds = { min: one(json.min), max: one(json.max) };
  if (bounds.min !== undefined && bounds.max !== undefined && bounds.min > bounds.max) {
    throw illegalArgument(`max bound [${bounds.max}] must be greater than min bound [${bounds.min}]`);
  }
  return bounds;
}
