import { sqlString } from '../../lib/sql-text.ts';
import type { Trace } from '../../model/trace.ts';

/** What a trace must fulfil; what is not set does not matter. Times in nanoseconds since the epoch, durations in nanoseconds, all inclusive. */
export type TraceCriteria = Readonly<{
  /** Some span has this parent. */
  parentSpanId?: string | undefined;
  /** Some span is of this agent. */
  agentName?: string | undefined;
  /** Part of the name of some span. */
  operation?: string | undefined;
  success?: boolean | undefined;
  /** The trace began then or later. */
  startNanos?: bigint | undefined;
  /** The trace ended then or earlier. */
  endNanos?: bigint | undefined;
  minDurationNanos?: bigint | undefined;
  maxDurationNanos?: bigint | undefined;
}>;

/** Decides; everything in SQL only narrows what is looked at. */
export function matchesCriteria({ spans, ...trace }: Trace, criteria: TraceCriteria): boolean {
  const { parentSpanId, agentName, operation, success, startNanos, endNanos, minDurationNanos, maxDurationNanos } = criteria;
  return (
    (startNanos === undefined || trace.startNanos >= startNanos) &&
    (endNanos === undefined || trace.endNanos <= endNanos) &&
    (minDurationNanos === undefined || trace.durationNanos >= minDurationNanos) &&
    (maxDurationNanos === undefined || trace.durationNanos <= maxDurationNanos) &&
    (success === undefined || trace.success === success) &&
    (agentName === undefined || trace.services.includes(agentName)) &&
    (parentSpanId === undefined || spans.some(({ parentId }) => parentId === parentSpanId)) &&
    (operation === undefined || spans.some(({ name }) => name.includes(operation)))
  );
}

const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
const int64 = (value: bigint) => (value > maxInt64 ? maxInt64 : value < minInt64 ? minInt64 : value);
/** An instant as SQL; beyond what the columns hold it is the last that they do. */
export const instant = (nanos: bigint) => `fromUnixTimestamp64Nano(toInt64('${int64(nanos)}'), 'UTC')`;

/**
 * Conditions on single rows of `traces`. A trace that fulfils the criteria has at least one row that fulfils these, and its last end is
 * that of such a row.
 */
export function rowConditions({ startNanos, endNanos }: TraceCriteria): readonly string[] {
  const conditions: string[] = [];
  if (startNanos !== undefined) conditions.push(`end >= ${instant(startNanos)}`);
  if (endNanos !== undefined) conditions.push(`end <= ${instant(endNanos)}`);
  return conditions;
}

/** Conditions on all rows of a trace in `traces` together, that every trace fulfils which fulfils the criteria. */
export function aggregateConditions(criteria: TraceCriteria): readonly string[] {
  const took = 'greatest(0, toUnixTimestamp64Nano(max(end)) - toUnixTimestamp64Nano(min(start)))';
  const { startNanos, endNanos, minDurationNanos, maxDurationNanos, success } = criteria;
  const conditions: string[] = [];
  if (startNanos !== undefined) conditions.push(`min(start) >= ${instant(startNanos)}`);
  if (endNanos !== undefined) conditions.push(`max(end) <= ${instant(endNanos)}`);
  if (minDurationNanos !== undefined) conditions.push(`${took} >= toInt64('${int64(minDurationNanos)}')`);
  if (maxDurationNanos !== undefined) conditions.push(`${took} <= toInt64('${int64(maxDurationNanos)}')`);
  // A failure may have been repaired by a later attempt, so nothing follows from errors for `true`.
  if (success === false) conditions.push('sum(errors) > 0');
  return conditions;
}

/** Conditions of which some row of `spans` of a matching trace fulfils each. */
export function spanConditions({ parentSpanId, agentName, operation }: TraceCriteria): readonly string[] {
  const conditions: string[] = [];
  if (parentSpanId !== undefined) conditions.push(`parent_id = ${sqlString(parentSpanId)}`);
  if (agentName !== undefined) conditions.push(`service = ${sqlString(agentName)}`);
  if (operation !== undefined && operation !== '') conditions.push(`position(name, ${sqlString(operation)}) > 0`);
  return conditions;
}
