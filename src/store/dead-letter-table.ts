import { sqlString, sqlStrings } from '../lib/sql-text.ts';
import type { Engine } from './engine/engine.ts';

/** Records that could not be read, as they came. */
export type StoredDeadLetter = Readonly<{
  id: string;
  source: string;
  index: string;
  reason: string;
  receivedMillis: number;
  payload: Buffer;
}>;

export interface DeadLetterTable {
  list(
    options: Readonly<{ limit: number; offset: number; source: string | undefined; ids: readonly string[] | undefined }>,
  ): Promise<readonly StoredDeadLetter[]>;
  count(source: string | undefined): Promise<number>;
  remove(ids: readonly string[]): Promise<void>;
}

const bySource = (source: string | undefined) => (source === undefined ? '1' : `source = ${sqlString(source)}`);

export function createDeadLetterTable(engine: Engine): DeadLetterTable {
  return {
    async list({ limit, offset, source, ids }) {
      const byId = ids === undefined ? '1' : ids.length === 0 ? '0' : `id IN (${sqlStrings(ids)})`;
      const rows = await engine.select(
        `SELECT id, source, target, reason, toUnixTimestamp64Milli(received) AS received, base64Encode(payload) AS payload
         FROM dead_letters WHERE ${bySource(source)} AND ${byId} ORDER BY dead_letters.received DESC, id DESC LIMIT ${limit} OFFSET ${offset}`,
      );
      return rows.map((row) => ({
        id: String(row.id),
        source: String(row.source),
        index: String(row.target),
        reason: String(row.reason),
        receivedMillis: Number(row.received),
        payload: Buffer.from(String(row.payload), 'base64'),
      }));
    },

    async count(source) {
      const [row] = await engine.select(`SELECT count() AS letters FROM dead_letters WHERE ${bySource(source)}`);
      return Number(row?.letters ?? 0);
    },

    async remove(ids) {
      if (ids.length > 0)
        await engine.command(
          `DELETE FROM dead_letters WHERE id IN (${sqlStrings(ids)}) SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`,
        );
    },
  };
}
