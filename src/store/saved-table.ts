import { sqlString } from '../lib/sql-text.ts';
import type { Engine, Row } from './engine/engine.ts';

/** Something that a person saved. `content` is JSON text. */
export type SavedObject = Readonly<{ kind: string; id: string; title: string; content: string; updatedMillis: number }>;

export interface SavedTable {
  /** By title. */
  list(kind: string): Promise<readonly SavedObject[]>;
  find(kind: string, id: string): Promise<SavedObject | undefined>;
  /** Of all that `list` would give. */
  size(kind: string): Promise<Readonly<{ objects: number; bytes: number }>>;
  /** Durable when it resolves. `updatedMillis` MUST be later than that of what is there. */
  save(object: SavedObject): Promise<void>;
  remove(kind: string, id: string, updatedMillis: number): Promise<void>;
}

const columns = 'kind, id, title, content, toUnixTimestamp64Milli(updated) AS updated_ms';

const objectOf = (row: Row): SavedObject => ({
  kind: String(row.kind),
  id: String(row.id),
  title: String(row.title),
  content: String(row.content),
  updatedMillis: Number(row.updated_ms),
});

export function createSavedTable(engine: Pick<Engine, 'select' | 'command'>): SavedTable {
  const save = ({ kind, id, title, content, updatedMillis }: SavedObject) =>
    engine.command(
      `INSERT INTO saved (kind, id, title, content, updated) SELECT ${[kind, id, title, content].map(sqlString).join(', ')}, fromUnixTimestamp64Milli(${updatedMillis})`,
    );
  return {
    async list(kind) {
      const rows = await engine.select(
        `SELECT ${columns} FROM saved FINAL WHERE kind = ${sqlString(kind)} AND content != '' ORDER BY title, id`,
      );
      return rows.map(objectOf);
    },
    async size(kind) {
      const [row] = await engine.select(
        `SELECT count() AS objects, sum(length(title) + length(content)) AS bytes FROM saved FINAL WHERE kind = ${sqlString(kind)} AND content != ''`,
      );
      return { objects: Number(row?.objects), bytes: Number(row?.bytes) };
    },
    async find(kind, id) {
      const rows = await engine.select(
        `SELECT ${columns} FROM saved FINAL WHERE kind = ${sqlString(kind)} AND id = ${sqlString(id)} AND content != ''`,
      );
      return rows.map(objectOf)[0];
    },
    save,
    remove: (kind, id, updatedMillis) => save({ kind, id, title: '', content: '', updatedMillis }),
  };
}
