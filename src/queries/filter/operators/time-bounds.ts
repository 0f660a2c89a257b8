import { resolveDateMath } from '../../../lib/dates/date-math.ts';
import { elasticsearchError } from '../../../lib/elasticsearch-errors.ts';
import { AppError } from '../../../lib/errors.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { type CompileScope, isDate, isOnly } from '../compile-scope.ts';
import type { RangeQuery, Value } from '../query.ts';
import { always, and, never, someValue } from '../sql-condition.ts';

/** Nanoseconds since the epoch, both ends included; undefined is open. */
export type TimeBounds = Readonly<{ from: bigint | undefined; to: bigint | undefined }>;

type Options = Pick<RangeQuery, 'format' | 'timeZone' | 'lenient'>;

/**
 * Bounds in time of a range. undefined when a bound is no date and the field may hold other values too; where the field is
 * a date and nothing else, that is an `AppError` unless the query is lenient.
 */
export function timeBounds(field: Field, query: RangeQuery, scope: Pick<CompileScope, 'now'>): TimeBounds | undefined {
  const at = (value: Value | undefined, roundUp: boolean, step: bigint) =>
    value === undefined ? undefined : resolve(field, value, query, scope, roundUp, step);
  const bounds = [at(query.gte, false, 0n), at(query.gt, true, 1n), at(query.lte, true, 0n), at(query.lt, false, -1n)];
  if (bounds.includes(null)) return undefined;
  const [gte, gt, lte, lt] = bounds.map((bound) => bound ?? undefined);
  return { from: tighter(gte, gt, (a, b) => a > b), to: tighter(lte, lt, (a, b) => a < b) };
}

/** The bound that leaves less; undefined is open. */
export function tighter(a: bigint | undefined, b: bigint | undefined, wins: (a: bigint, b: bigint) => boolean): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return wins(a, b) ? a : b;
}

function resolve(
  field: Field,
  value: Value,
  query: Options,
  scope: Pick<CompileScope, 'now'>,
  roundUp: boolean,
  step: bigint,
): bigint | null {
  const { format, timeZone } = query;
  try {
    return resolveDateMath(String(value), { now: scope.now, timeZone, roundUp, format }) + step;
  } catch (error) {
    if (!(error instanceof AppError) || error.type !== 'parse_exception') throw error;
    if (isDate(field) && isOnly(field, 'time', 'integer', 'float') && !query.lenient) {
      throw elasticsearchError('query_shard_exception', `failed to create query: ${error.message}`);
    }
    return null;
  }
}

const nanosPerMilli = 1_000_000n;
/** What DateTime64(9) holds: 1900 to 2262. */
const earliest = BigInt(Date.UTC(1900, 0, 1)) * nanosPerMilli;
const latest = 9_223_372_036_854_775_807n;

/** A literal that the primary key can use. */
function timeLiteral(epochNanos: bigint): string {
  const nanos = ((epochNanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((epochNanos - nanos) / nanosPerMilli)).toISOString().slice(0, 19).replace('T', ' ');
  return `toDateTime64('${seconds}.${String(nanos).padStart(9, '0')}', 9, 'UTC')`;
}

function compareTime(sql: string, { from, to }: TimeBounds): string {
  if ((from !== undefined && from > latest) || (to !== undefined && to < earliest)) return never;
  const parts = [
    from === undefined || from <= earliest ? always : `${sql} >= ${timeLiteral(from)}`,
    to === undefined || to >= latest ? always : `${sql} <= ${timeLiteral(to)}`,
  ];
  return and(parts);
}

/** Rounds towards plus infinity. */
function ceilDivide(value: bigint, divisor: bigint): bigint {
  return value > 0n ? (value + divisor - 1n) / divisor : value / divisor;
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  return -ceilDivide(-value, divisor);
}

/** Numbers in a date field are epoch milliseconds. */
function compareMillis(sql: string, { from, to }: TimeBounds): string {
  return and([
    from === undefined ? always : `${sql} >= ${ceilDivide(from, nanosPerMilli)}`,
    to === undefined ? always : `${sql} <= ${floorDivide(to, nanosPerMilli)}`,
  ]);
}

/** The reading has an instant within the bounds. */
export function timeCondition(reading: Reading, bounds: TimeBounds): string {
  if (bounds.from !== undefined && bounds.to !== undefined && bounds.from > bounds.to) return never;
  switch (reading.type) {
    case 'time':
      return someValue(reading, (sql) => compareTime(sql, bounds), true);
    case 'integer':
    case 'float':
      return someValue(reading, (sql) => compareMillis(sql, bounds));
    case 'string':
      return someValue(reading, (sql) => {
        const parsed = `parseDateTime64BestEffortOrNull(${sql}, 9, 'UTC')`;
        const condition = compareTime(parsed, bounds);
        return condition === never ? never : `ifNull(${condition === always ? `isNotNull(${parsed})` : condition}, 0)`;
      });
    case 'boolean':
      return never;
  }
}
