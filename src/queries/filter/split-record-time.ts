import type { Fields } from '../fields/field.ts';
import type { ConditionContext } from './compile-scope.ts';
import { type TimeBounds, tighter, timeBounds } from './operators/time-bounds.ts';
import { type BoolQuery, matchAll, type Query } from './query.ts';

/** What a query asks of the record's own time, and all else. A document matches the query where it matches both. */
export type SplitQuery = Readonly<{ time: TimeBounds; rest: Query }>;

const open: TimeBounds = { from: undefined, to: undefined };

/** Takes out the ranges over the record's time that every match must meet. Others, such as those below `should`, stay. */
export function splitRecordTime(query: Query, fields: Fields, context: ConditionContext): SplitQuery {
  if (query.kind === 'bool') return splitBool(query, fields, context);
  if (query.kind !== 'range' || query.field.includes('*')) return { time: open, rest: query };
  const field = fields.find(query.field);
  const [reading, second] = field.readings;
  if (reading?.sql !== 'timestamp' || second !== undefined) return { time: open, rest: query };
  const time = timeBounds(field, query, context);
  return time === undefined ? { time: open, rest: query } : { time, rest: matchAll };
}

/** Ranges leave a query for all documents behind, because a `bool` without `must` means another thing. */
function splitBool(query: BoolQuery, fields: Fields, context: ConditionContext): SplitQuery {
  const split = (inner: Query) => splitRecordTime(inner, fields, context);
  const must = query.must.map(split);
  const filter = query.filter.map(split);
  const time = [...must, ...filter].reduce((all, { time: one }) => within(all, one), open);
  return { time, rest: { ...query, must: must.map(({ rest }) => rest), filter: filter.map(({ rest }) => rest) } };
}

function within(left: TimeBounds, right: TimeBounds): TimeBounds {
  return { from: tighter(left.from, right.from, (a, b) => a > b), to: tighter(left.to, right.to, (a, b) => a < b) };
}
