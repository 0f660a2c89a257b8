import { sqlString } from '../lib/sql-text.ts';
import type { Engine } from './engine/engine.ts';

/** The table `catalogue`: named JSON texts in their newest version. One INSERT is one part, so a change is whole or not there. */
export type CatalogueRow = Readonly<{ kind: string; name: string; value: string | null }>;

export interface CatalogueTable {
  load(): Promise<readonly CatalogueRow[]>;
  save(rows: readonly CatalogueRow[]): Promise<void>;
}

/** Deletions of indices are saved with `deletions`, which on a full disk have room that others have not. */
export function createCatalogueTable(engine: Engine, deletions: Pick<Engine, 'command'> = engine): CatalogueTable {
  let version = 0;
  return {
    async load() {
      const rows = await engine.select(
        'SELECT kind, name, argMax(value, version) AS value FROM catalogue GROUP BY kind, name ORDER BY kind, name',
      );
      const [last] = await engine.select('SELECT max(version) AS version FROM catalogue');
      version = Number(last?.version ?? 0);
      return rows.map(({ kind, name, value }) => ({ kind: String(kind), name: String(name), value: value === '' ? null : String(value) }));
    },

    async save(rows) {
      if (rows.length === 0) return;
      version++;
      const tuples = rows.map(({ kind, name, value }) => `(${sqlString(kind)}, ${sqlString(name)}, ${sqlString(value ?? '')})`);
      await (rows.some(({ kind }) => kind === 'deletion') ? deletions : engine).command(
        `INSERT INTO catalogue (kind, name, value, version) SELECT entry.1, entry.2, entry.3, ${version} FROM (SELECT arrayJoin([${tuples.join(', ')}]) AS entry)`,
      );
    },
  };
}
