import type { TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';

/** Traces that are not complete. */
export type ActiveTraces = Readonly<{
  traces: number;
  spans: number;
  /** Since the earliest start of any of them; `undefined` when there is none. */
  oldestMillis: number | undefined;
}>;

/**
 * Counts what still runs, from the totals of traces that were heard of within the timeout: those to which records came a moment ago, and those with more
 * starts than ends. A failure that no end follows counts as open here until the timeout.
 */
export async function activeTraces(
  engine: Engine,
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
): Promise<ActiveTraces> {
  const instant = (millis: number) => `fromUnixTimestamp64Milli(${Math.trunc(millis)}, 'UTC')`;
  const [row] = await engine.select(
    `SELECT count() AS traces, sum(known) AS spans, toUnixTimestamp64Milli(min(began)) AS oldest FROM (
      SELECT min(start) AS began, sum(records) - least(sum(started), sum(ended)) AS known FROM traces
      WHERE trace_hash IN (SELECT trace_hash FROM traces WHERE last_ingested > ${instant(nowMillis - limits.timeoutMillis)})
      GROUP BY trace_hash
      HAVING max(last_ingested) > ${instant(nowMillis - limits.quietMillis)} OR sum(started) > sum(ended)
    )`,
    queryLimits,
  );
  const traces = Number(row?.traces ?? 0);
  if (traces === 0) return { traces: 0, spans: 0, oldestMillis: undefined };
  return { traces, spans: Number(row?.spans), oldestMillis: Math.max(0, nowMillis - Number(row?.oldest)) };
}
