import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { sqlString } from '../lib/sql-text.ts';
import type { Engine } from './engine/engine.ts';

/**
 * Brings the schema up to date: numbered SQL files, each applied once, in order. Statements end with `;` at the end of a
 * line. A data folder with a migration that this version does not have was written by a newer one and is refused.
 */
const folder = join(import.meta.dirname, 'migrations');

type Migration = Readonly<{ id: number; name: string; statements: readonly string[] }>;

function readMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      id: Number.parseInt(file, 10),
      name: file,
      statements: readFileSync(join(folder, file), 'utf8')
        .split(/;\s*\n/)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ''),
    }));
}

export async function migrate(engine: Engine): Promise<readonly string[]> {
  await engine.command(
    `CREATE TABLE IF NOT EXISTS migrations (id UInt32, name String, applied DateTime DEFAULT now()) ENGINE = MergeTree ORDER BY id
     SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
  const applied = new Map((await engine.select('SELECT id, name FROM migrations')).map((row) => [Number(row.id), String(row.name)]));
  const known = readMigrations();
  const newer = [...applied].filter(([id]) => !known.some((migration) => migration.id === id)).map(([, name]) => name);
  if (newer.length > 0) {
    throw new AppError(
      'data_too_new',
      `the data folder was written by a newer meshscope (it has ${newer.join(', ')}); start that version instead`,
    );
  }
  const due = known.filter(({ id }) => !applied.has(id));
  for (const { id, name, statements } of due) {
    // A statement may have run before a crash, so each creates only what is missing.
    for (const statement of statements)
      await engine.command(statement.replace(/^CREATE (TABLE|MATERIALIZED VIEW) /m, 'CREATE $1 IF NOT EXISTS '));
    await engine.command(`INSERT INTO migrations (id, name) SELECT ${id}, ${sqlString(name)}`);
  }
  return due.map(({ name }) => name);
}
