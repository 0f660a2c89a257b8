import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import { parseAutomaticId } from '../../model/journal-line.ts';
import type { Deletions } from '../ballast.ts';
import type { Engine } from '../engine/engine.ts';
import { deleteByRow, dropWholeParts } from '../whole-parts.ts';
import { createIndexStatistics, type IndexStatistics } from './index-statistics.ts';
import { sourceParts, sourceText } from './source-parts.ts';
import { isUncounted, markIndices, markUncounted } from './uncounted-days.ts';

/** Statements about the table `logs` that are no questions of users: versions, statistics, deletion. */
export interface LogStore {
  findVersions(
    keys: readonly Readonly<{ index: string; id: string }>[],
  ): Promise<readonly Readonly<{ index: string; id: string; version: number }>[]>;
  /** The document as JSON text. */
  readSource(index: string, id: string): Promise<string | undefined>;
  statistics(indices: readonly string[]): Promise<ReadonlyMap<string, IndexStatistics>>;
  /** Fields that occur in documents: dotted paths with the engine's type, or `column` for typed columns. */
  fieldTypes(indices: readonly string[]): Promise<readonly Readonly<{ index: string; path: string; type: string }>[]>;
  /** Rows and their fields. Idempotent. */
  deleteIndices(indices: readonly string[]): Promise<void>;
  /** The part of it that needs next to no room, and does not wait for segments that are still to be loaded. */
  dropIndices(indices: readonly string[]): Promise<void>;
  /** Deletes what a condition selects; returns the number of rows. */
  deleteWhere(condition: string): Promise<number>;
  /** Merges all parts of each day into one. */
  merge(): Promise<void>;
}

/** Bounds the text of one statement: an id has up to 512 bytes. */
const keysPerQuery = 5000;

/** The row behind an id: automatic ids say where it is. */
export function idCondition(id: string): string {
  const place = parseAutomaticId(id);
  const explicit = `_id = ${sqlString(id)}`;
  return place ? `(${explicit} OR (_id = '' AND _segment = ${place.segment} AND _row = ${place.row}))` : explicit;
}

export type LogStoreOptions = Readonly<{
  /** Runs the statements of deletions; on a full disk they have room that others have not. */
  deletions?: Deletions;
  /** Segments up to this one are in the store, and their files are gone. */
  settledSegment?: () => number;
}>;

export function createLogStore(engine: Engine, options: LogStoreOptions = {}): LogStore {
  const { settledSegment = () => Number.MAX_SAFE_INTEGER } = options;
  const deletions: Deletions = options.deletions ?? engine;

  async function dropIndices(indices: readonly string[]): Promise<void> {
    if (indices.length === 0) return;
    await markIndices(deletions, indices, Date.now());
    await dropWholeParts(deletions, 'logs', `_index IN (${sqlStrings(indices)})`, settledSegment());
  }

  return {
    async findVersions(keys) {
      if (keys.length > keysPerQuery) {
        const rest = await this.findVersions(keys.slice(keysPerQuery));
        return [...(await this.findVersions(keys.slice(0, keysPerQuery))), ...rest];
      }
      const rows = await engine.select(
        `SELECT _index, _id, argMax(_version, (_segment, _row)) AS version FROM logs WHERE _id IN (${sqlStrings(keys.map(({ id }) => id))})
         AND _index IN (${sqlStrings([...new Set(keys.map(({ index }) => index))])}) GROUP BY _index, _id`,
      );
      return [
        ...rows.map((row) => ({ index: String(row._index), id: String(row._id), version: Number(row.version) })),
        ...(await automaticVersions(keys)),
      ];
    },

    async readSource(index, id) {
      const [row] = await engine.select(
        `SELECT ${sourceParts()} AS source FROM logs WHERE _index = ${sqlString(index)} AND ${idCondition(id)} ORDER BY _segment DESC, _row DESC LIMIT 1`,
      );
      return row === undefined ? undefined : sourceText(row.source);
    },

    statistics: createIndexStatistics(engine),

    async fieldTypes(indices) {
      if (indices.length === 0) return [];
      const rows = await engine.select(
        `SELECT DISTINCT _index, path, type FROM fields WHERE _index IN (${sqlStrings(indices)}) ORDER BY _index, path, type`,
      );
      return rows.map((row) => ({ index: String(row._index), path: String(row.path), type: String(row.type) }));
    },

    dropIndices,

    async deleteIndices(indices) {
      if (indices.length === 0) return;
      await dropIndices(indices);
      for (const table of ['logs', 'fields', 'minute_counts']) await deleteByRow(deletions, table, `_index IN (${sqlStrings(indices)})`);
    },

    async deleteWhere(condition) {
      const found = await engine.select(
        `SELECT toString(_index) AS d_index, toString(toDate(_ingested)) AS d_day, count() AS d_rows, max(empty(_id)) AS d_counted
         FROM logs WHERE ${condition} GROUP BY d_index, d_day`,
      );
      if (found.length === 0) return 0;
      const days = found
        .filter((row) => Number(row.d_counted) === 1)
        .map((row) => ({ index: String(row.d_index), day: String(row.d_day) }));
      await markUncounted(deletions, days);
      // What comes in meanwhile on a day that is not marked stays.
      const deletable = days.length === 0 ? 'notEmpty(_id)' : `(notEmpty(_id) OR ${isUncounted(days, 'toDate(_ingested)')})`;
      await dropWholeParts(deletions, 'logs', `(${condition}) AND ${deletable}`, settledSegment());
      await deleteByRow(deletions, 'logs', `(${condition}) AND ${deletable}`);
      return found.reduce((sum, row) => sum + Number(row.d_rows), 0);
    },

    async merge() {
      await engine.command('OPTIMIZE TABLE logs FINAL');
    },
  };

  /** A client may write to a document that got an automatic id before, which only its place finds. */
  async function automaticVersions(keys: readonly Readonly<{ index: string; id: string }>[]) {
    const places = keys.flatMap((key) => {
      const place = parseAutomaticId(key.id);
      return place ? [{ ...key, ...place }] : [];
    });
    if (places.length === 0) return [];
    const rows = await engine.select(
      `SELECT _index, _segment, _row FROM logs WHERE _id = '' AND (_segment, _row) IN (${places.map(({ segment, row }) => `(${segment}, ${row})`).join(', ')})`,
    );
    return places
      .filter(({ index, segment, row }) =>
        rows.some((found) => found._index === index && Number(found._segment) === segment && Number(found._row) === row),
      )
      .map(({ index, id }) => ({ index, id, version: 1 }));
  }
}
