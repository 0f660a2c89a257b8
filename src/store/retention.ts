import { sqlStrings } from '../lib/sql-text.ts';
import type { Deletions } from './ballast.ts';
import type { Engine } from './engine/engine.ts';
import { forgetUncounted, markUncounted } from './logs/uncounted-days.ts';
import { dropWholeParts, haveRoomFor } from './whole-parts.ts';

/**
 * Keeps the data folder within its budget and its age. Days are days of ingestion, never of the records' own time: logs
 * of the past that arrive today are kept as long as any others.
 */
export type RetentionLimits = Readonly<{
  days: number;
  budgetBytes: number;
  /** Bytes of the folder outside the store, such as the journal. */
  otherBytes: number;
}>;

export type Removed = Readonly<{ day: string; rows: number; bytes: number; why: 'age' | 'budget' }>;

type Day = Readonly<{ table: string; partition: string; day: string; rows: number; bytes: number }>;

/** Tables whose rows know their segment, so that the oldest of a day can be found. */
const bySegment = ['logs', 'spans', 'metrics'];

/** All of them. A trace without spans is not shown, so `traces` may be the last to shrink. */
const tables = ['logs', 'spans', 'traces', 'metrics', 'contents', 'dead_letters', 'minute_counts'];

/** From these nothing may vanish unless the day is marked as uncounted. */
const counted = ['logs', 'minute_counts'];

async function readDays(engine: Pick<Engine, 'select'>): Promise<readonly Day[]> {
  const rows = await engine.select(
    `SELECT table, partition_id, partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE database = currentDatabase() AND active AND table IN (${sqlStrings(tables)}) GROUP BY table, partition_id, partition ORDER BY partition, table`,
  );
  return rows.map((row) => ({
    table: String(row.table),
    partition: String(row.partition_id),
    day: String(row.partition),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
  }));
}

/**
 * Removes whole days: first those that are too old, then the oldest while the budget is exceeded; of today, what came in
 * first. Nothing is refused for want of budget.
 */
export async function applyRetention(engine: Deletions, limits: RetentionLimits, now: Date): Promise<readonly Removed[]> {
  const days = await readDays(engine);
  const today = now.toISOString().slice(0, 10);
  const oldest = new Date(now.getTime() - limits.days * 86_400_000).toISOString().slice(0, 10);
  const removed: Removed[] = [];
  let bytes = limits.otherBytes + days.reduce((sum, day) => sum + day.bytes, 0);
  for (const day of days) {
    const why = day.day < oldest ? 'age' : bytes > limits.budgetBytes ? 'budget' : undefined;
    if (why === undefined || day.day >= today) continue;
    if (counted.includes(day.table)) await markUncounted(engine, [{ index: '', day: day.day }]);
    await engine.command(`ALTER TABLE ${day.table} DROP PARTITION ID '${day.partition}'`);
    bytes -= day.bytes;
    if (day.table !== 'minute_counts') removed.push({ day: day.day, rows: day.rows, bytes: day.bytes, why });
  }
  const current = days
    .filter(({ table, day }) => (bySegment.includes(table) || table === 'contents') && day >= today)
    .reduce<Day | undefined>((largest, day) => (largest && largest.bytes >= day.bytes ? largest : day), undefined);
  if (current?.table === 'contents' && bytes > limits.budgetBytes) {
    // They have no order in which they came; each log record has the beginning of its own.
    await engine.command(`ALTER TABLE contents DROP PARTITION ID '${current.partition}'`);
    removed.push({ day: current.day, rows: current.rows, bytes: current.bytes, why: 'budget' });
  } else if (current && bytes > limits.budgetBytes) {
    // Somewhat more than needed, so that a full budget does not rewrite the day every minute.
    const excess = bytes - limits.budgetBytes * 0.95;
    removed.push(await removeOldest(engine, current, excess));
  }
  if (removed.some(({ why }) => why === 'age')) await forgetUncounted(engine, oldest);
  return removed.filter(({ rows }) => rows > 0);
}

/** Removes the segments of a day that came in first, until so many bytes are free. Rows count with the average size of the day's. */
async function removeOldest(engine: Deletions, { table, partition, day, rows, bytes }: Day, excess: number): Promise<Removed> {
  const wanted = Math.min(rows, Math.ceil((rows * excess) / bytes));
  const [last] = await engine.select(
    `SELECT segment, total FROM (
       SELECT _segment AS segment, sum(count()) OVER (ORDER BY _segment) AS total FROM ${table} WHERE _partition_id = '${partition}' GROUP BY _segment
     ) WHERE total >= ${wanted} ORDER BY segment LIMIT 1`,
  );
  if (!last) return { day, rows: 0, bytes: 0, why: 'budget' };
  if (counted.includes(table)) await markUncounted(engine, [{ index: '', day }]);
  const condition = `_partition_id = '${partition}' AND _segment <= ${last.segment}`;
  await dropWholeParts(engine, table, condition, Number.MAX_SAFE_INTEGER);
  const [left] = await engine.select(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`);
  if (left) {
    await haveRoomFor(engine, table);
    // Parts without such rows are left as they are.
    await engine.command(
      `ALTER TABLE ${table} DELETE IN PARTITION ID '${partition}' WHERE _segment <= ${last.segment} SETTINGS mutations_sync = 2`,
    );
  }
  const gone = Number(last.total);
  return { day, rows: gone, bytes: Math.round((gone * bytes) / rows), why: 'budget' };
}

export async function storeTotals(engine: Engine): Promise<Readonly<{ rows: number; bytes: number; days: number }>> {
  const days = await readDays(engine);
  const logs = days.filter(({ table }) => table === 'logs');
  return { rows: logs.reduce((sum, day) => sum + day.rows, 0), bytes: days.reduce((sum, day) => sum + day.bytes, 0), days: logs.length };
}

/** Bytes that the engine has on the disk, parts included that were merged and will be removed soon. */
export async function heldBytes(engine: Pick<Engine, 'select'>): Promise<number> {
  const [sum] = await engine.select('SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = currentDatabase()');
  return Number(sum?.bytes);
}
