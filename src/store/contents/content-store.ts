import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Engine } from '../engine/engine.ts';

/** Long arguments and results of calls, each once a day, by the SHA-256 of its bytes. */
export interface ContentStore {
  /** Resolves when it is on the disk: to false when it was there already. */
  put(sha256: string, content: Buffer): Promise<boolean>;
  get(sha256: string): Promise<Buffer | undefined>;
}

/**
 * A content is stored again on another day, so that retention, which removes whole days, never takes it from log records that came later.
 * `folder`: for files in passing.
 */
export async function createContentStore(engine: Engine, folder: string, now: () => number = Date.now): Promise<ContentStore> {
  // What a crash left was not acknowledged.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const running = new Map<string, Promise<boolean>>();

  async function store(sha256: string, day: string, content: Buffer): Promise<boolean> {
    const [row] = await engine.select(
      `SELECT count() AS found FROM contents WHERE sha256 = ${sqlString(sha256)} AND toDate(received) = ${sqlString(day)}`,
    );
    if (Number(row?.found) > 0) return false;
    const path = join(folder, `${sha256}.json`);
    try {
      await writeFile(path, content, { mode: 0o600 });
      await engine.command(
        `INSERT INTO contents (sha256, received, content) SELECT ${sqlString(sha256)}, fromUnixTimestamp64Milli(${now()}, 'UTC'), content
         FROM file(${sqlString(path)}, 'RawBLOB', 'content String') SETTINGS insert_deduplication_token = ${sqlString(`content-${day}-${sha256}`)}`,
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
      throw new AppError('disk_full', 'The disk is full; contents are taken again when there is room.', { cause: error });
    } finally {
      await rm(path, { force: true });
    }
    return true;
  }

  return {
    put(sha256, content) {
      const day = new Date(now()).toISOString().slice(0, 10);
      const known = running.get(sha256);
      if (known !== undefined) return known.then(() => false);
      const stored = store(sha256, day, content).finally(() => running.delete(sha256));
      running.set(sha256, stored);
      return stored;
    },

    async get(sha256) {
      const [row] = await engine.select(
        `SELECT base64Encode(content) AS content FROM contents WHERE sha256 = ${sqlString(sha256)} LIMIT 1`,
      );
      return row === undefined ? undefined : Buffer.from(String(row.content), 'base64');
    },
  };
}
