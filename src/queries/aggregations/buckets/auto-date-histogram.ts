import { addUnits, type CalendarUnit, floorToUnit } from '../../../lib/dates/calendar.ts';
import { type TimeZone, timeZone } from '../../../lib/dates/time-zone.ts';
import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { keyValues, withMissing } from '../field-values.ts';
import type { Level } from '../level.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines } from '../read-children.ts';
import { asNumber, emptyRow, type Row } from '../row.ts';
import { asDates, dateBucket, dateKey } from './date-histogram.ts';
import { sqlTimeZone } from './date-interval.ts';
import { missingLiteral } from './terms.ts';

type Rounding = Readonly<{ unit: CalendarUnit; suffix: string; multiples: readonly number[] }>;

/** The intervals that Elasticsearch chooses from, finest first. */
const roundings: readonly Rounding[] = [
  { unit: 'second', suffix: 's', multiples: [1, 5, 10, 30] },
  { unit: 'minute', suffix: 'm', multiples: [1, 5, 10, 30] },
  { unit: 'hour', suffix: 'h', multiples: [1, 3, 12] },
  { unit: 'day', suffix: 'd', multiples: [1, 7] },
  { unit: 'month', suffix: 'M', multiples: [1, 3] },
  { unit: 'year', suffix: 'y', multiples: [1, 5, 10, 20, 50, 100] },
];

/** Looks at the first and last date before it plans, since the interval depends on them. */
export const autoDateHistogram: Kind = {
  type: 'auto_date_histogram',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const target = params.integer('buckets', 10, 1);
    const format = params.string('format');
    const zone = timeZone(params.string('time_zone'));
    const missing = params.get('missing');
    const finest = params.string('minimum_interval');
    const first = finest === undefined ? 0 : roundings.findIndex((one) => one.unit === finest);
    if (first < 0) throw illegalArgument(`minimum_interval must be one of [${roundings.map((one) => one.unit).join(', ')}]`);
    return async (level, children) => {
      const found = keyValues(level.context.fields, field);
      const dates = found === undefined ? undefined : asDates(found, field, 'auto_date_histogram');
      const values =
        dates !== undefined && missing !== undefined ? withMissing(dates, missingLiteral(dates, missing, params, level)) : dates;
      const edges = values === undefined ? undefined : await firstAndLast(level, values.sql, values.array);
      const { unit, suffix, multiple, start } = choose(edges, roundings.slice(first), target, zone);
      const name = sqlTimeZone(zone);
      const date = (millis: string) => `fromUnixTimestamp64Milli(${millis}, ${name})`;
      const sql = (millis: string) => `intDiv(dateDiff('${unit}', ${date(`toInt64(${start})`)}, ${date(millis)}, ${name}), ${multiple})`;
      const source = values ?? { sql: 'NULL::Nullable(Int64)', kind: 'time', array: false, missing: 'null', dateFormat: undefined };
      const group = level.groupBy([dateKey(source, { sql }, undefined)]);
      const inside = level.below(group);
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      const key = `o_${group.columns[0]?.alias}`;
      return {
        typedName: 'auto_date_histogram',
        read: (row) => {
          const rows = new Map(group.rowsIn(row).map((inner): [number, Row] => [Number(inner.values[key]), inner]));
          const numbers = [...rows.keys()];
          const low = numbers.length === 0 ? 0 : Math.min(...numbers);
          const length = numbers.length === 0 ? 0 : Math.max(...numbers) - low + 1;
          countBuckets(level, length);
          const parts = { pattern: format ?? values?.dateFormat, zone, count, children, planned };
          const buckets = Array.from({ length }, (_, index) => {
            const number = low + index;
            return dateBucket(addUnits(start, number * multiple, unit, zone), rows.get(number) ?? emptyRow, parts);
          });
          return { buckets: applyPipelines(children, buckets), interval: `${multiple}${suffix}` };
        },
      };
    };
  },
};

type Edges = Readonly<{ first: number; last: number }>;

async function firstAndLast(level: Level, sql: string, array: boolean): Promise<Edges | undefined> {
  const suffix = `${array ? 'Array' : ''}${level.condition === undefined ? '' : 'If'}`;
  const args = level.condition === undefined ? sql : `${sql}, ${level.condition}`;
  const [row] = await level.context.select(
    `SELECT toString(minOrNull${suffix}(${args})) AS first, toString(maxOrNull${suffix}(${args})) AS last FROM ${level.request.from}`,
  );
  const first = asNumber(row?.first);
  const last = asNumber(row?.last);
  return first === null || last === null ? undefined : { first, last };
}

function choose(edges: Edges | undefined, from: readonly Rounding[], target: number, zone: TimeZone) {
  const finest = from[0] as Rounding;
  if (edges === undefined) return { unit: finest.unit, suffix: finest.suffix, multiple: 1, start: 0 };
  for (const { unit, suffix, multiples } of from) {
    const start = floorToUnit(edges.first, unit, zone);
    for (const multiple of multiples) {
      if (addUnits(start, multiple * target, unit, zone) > edges.last) return { unit, suffix, multiple, start };
    }
  }
  // Centuries that are still too many: one interval that holds all years.
  const start = floorToUnit(edges.first, 'year', zone);
  const years = new Date(edges.last).getUTCFullYear() - new Date(start).getUTCFullYear() + 1;
  return { unit: 'year' as const, suffix: 'y', multiple: Math.ceil(years / target), start };
}
