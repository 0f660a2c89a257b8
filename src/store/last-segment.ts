import type { Engine } from './engine/engine.ts';

/**
 * The largest segment id in a table, 0 when it is empty. Ids grow with the time of ingestion, so the newest partition has the
 * largest, and the others are not read.
 */
export async function lastSegment(engine: Pick<Engine, 'select'>, table: 'logs' | 'spans' | 'metrics'): Promise<number> {
  const [newest] = await engine.select(
    `SELECT toUInt32(max(toDateOrZero(partition))) AS day FROM system.parts WHERE database = currentDatabase() AND table = '${table}' AND active`,
  );
  const [row] = await engine.select(
    `SELECT max(_segment) AS last FROM ${table} WHERE toDate(_ingested) >= toDate(${Number(newest?.day ?? 0)})`,
  );
  return Number(row?.last ?? 0);
}
