import { AppError } from '../lib/errors.ts';
import { sqlString, sqlStrings } from '../lib/sql-text.ts';
import type { Deletions } from './ballast.ts';
import type { Engine } from './engine/engine.ts';
import { engineErrorNumber } from './engine/engine-error.ts';

/** The part was merged or changed since it was looked at. */
const noSuchPart = 232;

/**
 * Removes the parts of `table` in which a condition selects all that is left. That gives their room back, and needs next to
 * none: a deletion by row only marks rows, and waits until as much is free as the largest part takes. What else the condition
 * selects stays. A part with rows of a segment behind `settled` stays too: the engine would forget that it has that
 * segment, and its file may still be there to be loaded again.
 */
export async function dropWholeParts(engine: Deletions, table: string, condition: string, settled: number): Promise<void> {
  // A part never changes under its name, so both answers are about the same rows.
  const selected = new Map(
    (await engine.select(`SELECT _part AS name, count() AS found FROM ${table} WHERE ${condition} GROUP BY name`)).map(
      ({ name, found }) => [String(name), Number(found)],
    ),
  );
  if (selected.size === 0) return;
  const parts = await engine.select(
    `SELECT _part AS name, countIf(_row_exists) AS left, max(_segment) AS last FROM ${table} WHERE _part IN (${sqlStrings([...selected.keys()])}) GROUP BY name SETTINGS apply_deleted_mask = 0`,
  );
  const whole = parts.filter(({ name, left, last }) => selected.get(String(name)) === Number(left) && Number(last) <= settled);
  for (const { name } of whole) {
    try {
      await engine.command(`ALTER TABLE ${table} DROP PART ${sqlString(String(name))}`);
    } catch (error) {
      if (engineErrorNumber((error as Error).cause ?? error) !== noSuchPart) throw error;
    }
  }
}

/** Marks rows as deleted. Rejects with `disk_full` rather than wait for room. */
export async function deleteByRow(engine: Deletions, table: string, condition: string): Promise<void> {
  const partitions = await engine.select(`SELECT DISTINCT _partition_id AS id FROM ${table} WHERE ${condition}`);
  for (const id of partitions.map((row) => String(row.id))) {
    await haveRoomFor(engine, table);
    await engine.command(
      `DELETE FROM ${table} IN PARTITION ID ${sqlString(id)} WHERE ${condition} SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`,
    );
  }
}

/**
 * Rejects with `disk_full` when a mutation of the table would have to wait for room, and everything behind it too: the
 * engine wants as much as the largest part takes, whatever its day, and a little more.
 */
export async function assertRoomFor(engine: Pick<Engine, 'select'>, table: string): Promise<void> {
  const [room] = await engine.select(
    `SELECT max(bytes_on_disk) * 1.1 + 1048576 AS needed, (SELECT min(unreserved_space) FROM system.disks) AS free
     FROM system.parts WHERE database = currentDatabase() AND table = ${sqlString(table)} AND active`,
  );
  const needed = Math.ceil(Number(room?.needed));
  if (needed <= Number(room?.free)) return;
  throw new AppError(
    'disk_full',
    `these records lie among others, and to delete them ${needed} bytes must be free, but ${String(room?.free)} are; delete whole indices or old days first`,
  );
}

/** The same for a deletion that somebody asked for. */
export async function haveRoomFor(engine: Deletions, table: string): Promise<void> {
  const check = () => assertRoomFor(engine, table);
  await (engine.spend ? engine.spend(check) : check());
}
