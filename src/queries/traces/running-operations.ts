import type { TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';

/** An operation whose start was told and whose end was not. */
export type RunningOperation = Readonly<{
  traceId: string;
  spanId: string;
  service: string;
  name: string;
  startMillis: number;
  /** Nothing was heard of its trace within the timeout: it has probably died. */
  isSilent: boolean;
}>;

export type RunningOperations = Readonly<{
  /** The one that runs longest first. */
  operations: readonly RunningOperation[];
  /** Of those that are not silent. */
  total: number;
}>;

/** Those that fell silent are shown for so long after they were heard of. */
const silentMillis = 15 * 60_000;

/** What has begun and not ended, in traces that were heard of lately. */
export async function runningOperations(
  engine: Pick<Engine, 'select'>,
  { timeoutMillis }: TraceLimits,
  nowMillis: number,
  limit: number,
  limits: QueryLimits = {},
): Promise<RunningOperations> {
  const since = (millis: number) => `fromUnixTimestamp64Milli(${Math.trunc(nowMillis - millis)}, 'UTC')`;
  const rows = await engine.select(
    `SELECT trace_id, span_id, service, name, toUnixTimestamp64Milli(began) AS began_ms, silent, countIf(silent = 0) OVER () AS total FROM (
      SELECT trace_hash, any(spans.trace_id) AS trace_id, span_id, argMinIf(toString(service), start, record = 'start') AS service,
        argMinIf(toString(name), start, record = 'start') AS name, minIf(start, record = 'start') AS began,
        toUInt8(max(heard) <= ${since(timeoutMillis)}) AS silent
      FROM spans INNER JOIN (
        SELECT trace_hash, max(last_ingested) AS heard FROM traces
        WHERE trace_hash IN (SELECT trace_hash FROM traces WHERE last_ingested > ${since(Math.max(timeoutMillis, silentMillis))})
        GROUP BY trace_hash HAVING sum(started) > sum(ended)
      ) AS open USING (trace_hash)
      GROUP BY trace_hash, span_id
      HAVING countIf(record = 'start') > countIf(record != 'start')
    )
    ORDER BY silent, began LIMIT ${limit}`,
    limits,
  );
  return {
    operations: rows.map((row) => ({
      traceId: String(row.trace_id),
      spanId: String(row.span_id),
      service: String(row.service),
      name: String(row.name),
      startMillis: Number(row.began_ms),
      isSilent: Number(row.silent) === 1,
    })),
    total: Number(rows[0]?.total ?? 0),
  };
}
