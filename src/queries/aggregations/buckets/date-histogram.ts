import { type TimeZone, timeZone } from '../../../lib/dates/time-zone.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind, Result } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { parseDate, printMillis } from '../date-value.ts';
import { type FieldValues, keyValues, withMissing } from '../field-values.ts';
import { keyCodec } from '../key-codec.ts';
import type { KeySpec, Level } from '../level.ts';
import type { Params } from '../params.ts';
import { type PlannedChildren, planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn, emptyRow, type Row } from '../row.ts';
import { calendarInterval, calendarUnit, type DateInterval, fixedInterval, parseDuration } from './date-interval.ts';
import { type Bounds, fillGaps } from './fill-gaps.ts';
import { sortBuckets } from './sort-buckets.ts';
import { missingLiteral, unmapped } from './terms.ts';
import { parseOrder } from './terms-order.ts';

export const dateHistogram: Kind = {
  type: 'date_histogram',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const zone = timeZone(params.string('time_zone'));
    const interval = parseInterval(params, zone);
    const format = params.string('format');
    const keyed = params.boolean('keyed', false);
    const minDocCount = params.integer('min_doc_count', 0, 0);
    const order = parseOrder(params.get('order'), [{ path: '_key', descending: false }]);
    const missing = params.get('missing');
    const extended = params.object('extended_bounds');
    const hard = params.object('hard_bounds');
    return async (level, children) => {
      const found = keyValues(level.context.fields, field);
      const values = found === undefined ? undefined : asDates(found, field, 'date_histogram');
      const pattern = format ?? values?.dateFormat;
      const bounds = parseBounds(extended, 'extended_bounds', level, zone, pattern);
      const limits = parseBounds(hard, 'hard_bounds', level, zone, pattern);
      checkBounds(bounds, limits);
      if (values === undefined && bounds === undefined) return await unmapped(level, children, 'date_histogram', false);
      const present =
        values !== undefined && missing !== undefined ? withMissing(values, missingLiteral(values, missing, params, level)) : values;
      const source = present ?? { sql: 'NULL::Nullable(Int64)', kind: 'time', array: false, missing: 'null', dateFormat: undefined };
      const group = level.groupBy([dateKey(source, interval, limits)]);
      const key = `o_${group.columns[0]?.alias}`;
      const inside = level.below(group, { start: (row) => Number(row.values[key]), next: interval.next });
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      if (minDocCount > 1) group.having.push(`${count} >= ${minDocCount}`);
      return {
        typedName: 'date_histogram',
        read: (row) => {
          const rows = new Map(group.rowsIn(row).map((inner): [number, Row] => [Number(inner.values[key]), inner]));
          const keys = [...rows.keys()].sort((left, right) => left - right);
          const all = minDocCount === 0 ? fillGaps(keys, interval, bounds, limits, level) : keys;
          countBuckets(level, all.length);
          const buckets = all.map((start) => dateBucket(start, rows.get(start) ?? emptyRow, { pattern, zone, count, children, planned }));
          const kept = applyPipelines(children, sortBuckets(buckets, order));
          if (!keyed) return { buckets: kept };
          return { buckets: Object.fromEntries(kept.map((bucket) => [String(bucket.key_as_string), bucket])) };
        },
      };
    };
  },
};

type BucketParts = Readonly<{
  pattern: string | undefined;
  zone: TimeZone;
  count: string;
  children: Parameters<typeof readChildren>[0];
  planned: PlannedChildren;
}>;

export function dateBucket(start: number, row: Row, parts: BucketParts): Result {
  return {
    key_as_string: printMillis(start, parts.pattern, parts.zone),
    key: start,
    doc_count: countIn(row, parts.count),
    ...readChildren(parts.children, parts.planned, row),
  };
}

/** Only dates, and numbers as milliseconds, have a place on a time line. */
export function asDates(values: FieldValues, field: string, type: string): FieldValues {
  if (values.kind === 'time' || values.kind === 'integer') return values;
  throw illegalArgument(
    `Field [${field}] of type [${values.kind === 'string' ? 'keyword' : values.kind}] is not supported for aggregation [${type}]`,
  );
}

export function dateKey(
  values: FieldValues,
  interval: Pick<DateInterval, 'sql' | 'wholeMinutesSince'>,
  limits: Bounds | undefined,
): KeySpec {
  const codec = keyCodec({ ...values, kind: 'time' }, undefined);
  const inside = (key: string) =>
    [limits?.min === undefined ? '' : `${key} >= ${limits.min}`, limits?.max === undefined ? '' : `${key} < ${limits.max}`].filter(
      (part) => part !== '',
    );
  if (values.array) {
    const kept = inside('x');
    const source = kept.length === 0 ? values.sql : `arrayFilter(x -> ${kept.join(' AND ')}, ${values.sql})`;
    return { sql: `arrayDistinct(arrayMap(x -> ${interval.sql('x')}, ${source}))`, explode: true, missing: 'never', codec };
  }
  const kept = inside(values.sql);
  if (kept.length === 0) {
    const since = interval.wholeMinutesSince;
    const minute = since === undefined ? undefined : { instant: values.sql, sql: interval.sql, since };
    return { sql: interval.sql(values.sql), explode: false, missing: values.missing, codec, minute };
  }
  return { sql: `if(${kept.join(' AND ')}, ${interval.sql(values.sql)}, NULL)`, explode: false, missing: 'null', codec };
}

export function parseInterval(params: Params, zone: TimeZone): DateInterval {
  const fixed = params.string('fixed_interval');
  const calendar = params.string('calendar_interval');
  const legacy = params.string('interval');
  const offset = parseDuration(
    typeof params.get('offset') === 'number' ? `${params.number('offset')}ms` : (params.string('offset') ?? '0ms'),
    'offset',
  );
  const given = [fixed, calendar, legacy].filter((one) => one !== undefined);
  if (given.length === 0) throw illegalArgument('Invalid interval specified, must be non-null and non-empty');
  if (given.length > 1) throw illegalArgument('Cannot use [fixed_interval] with [calendar_interval] or [interval] configuration options.');
  if (calendar !== undefined) {
    const unit = calendarUnit(calendar);
    if (unit === undefined) {
      throw illegalArgument(`The supplied interval [${calendar}] could not be parsed as a calendar interval.`);
    }
    return calendarInterval(unit, zone, offset);
  }
  const unit = legacy === undefined ? undefined : calendarUnit(legacy);
  if (unit !== undefined) return calendarInterval(unit, zone, offset);
  const text = fixed ?? legacy ?? '';
  const millis = /^\d+$/.test(text) && legacy !== undefined ? Number(text) : parseDuration(text, 'date_histogram.fixedInterval');
  if (millis < 1) throw illegalArgument(`Zero or negative time interval not supported`);
  return fixedInterval(millis, zone, offset);
}

/** Bounds are instants; `max` of `hard_bounds` is exclusive, of `extended_bounds` inclusive. */
function parseBounds(
  json: Readonly<Record<string, unknown>> | undefined,
  name: string,
  level: Level,
  zone: TimeZone,
  format: string | undefined,
): Bounds | undefined {
  if (json === undefined) return undefined;
  const unknown = Object.keys(json).find((key) => key !== 'min' && key !== 'max');
  if (unknown !== undefined) throw illegalArgument(`[${name}] unknown field [${unknown}]`);
  const one = (value: unknown) =>
    value === undefined || value === null ? undefined : parseDate(value, { now: level.context.now, zone, format });
  return { min: one(json.min), max: one(json.max) };
}

function checkBounds(extended: Bounds | undefined, hard: Bounds | undefined): void {
  if (extended?.min !== undefined && extended.max !== undefined && extended.min > extended.max) {
    throw illegalArgument(
      `[extended_bounds.min][${extended.min}] cannot be greater than [extended_bounds.max][${extended.max}] for histogram aggregation`,
    );
  }
  if (extended === undefined || hard === undefined) return;
  const below = extended.min !== undefined && hard.min !== undefined && extended.min < hard.min;
  const above = extended.max !== undefined && hard.max !== undefined && extended.max > hard.max;
  if (below || above) throw illegalArgument('Extended bounds have to be inside hard bounds');
}
