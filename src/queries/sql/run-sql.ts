import { AppError } from '../../lib/errors.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { isMistake } from '../../store/engine/engine-error.ts';
import { compileSql } from './compile-sql.ts';

export type SqlAnswer = Readonly<{
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  /** There are more rows than were asked for. */
  truncated: boolean;
}>;

export type RunSql = (statement: string, options: Readonly<{ maxRows: number; signal: AbortSignal | undefined }>) => Promise<SqlAnswer>;

/** Bytes of a result, as the engine counts them. */
const maxResultBytes = 16 * 1024 ** 2;

/** A statement of a stranger may take less than one of ours. */
const mostMillis = 10_000;
const mostMemoryBytes = 256 * 1024 ** 2;

/** So many run at once; they MUST leave readers to everything else. */
const mostAtOnce = 2;

/** The engine stops a statement between blocks of so many rows, whatever each row costs. */
const settings = `SETTINGS readonly = 1, max_threads = 2, max_block_size = 8192, max_result_bytes = ${maxResultBytes}`;

/**
 * Runs statements of strangers, which `compileSql` has printed anew. The engine's own read-only mode, which refuses table functions too, stands behind that.
 * Rejects with AppError: `bad_request` for a mistake in the statement, `query_too_expensive`, `too_busy`.
 */
export function createRunSql(engine: Pick<Engine, 'select'>, limits: QueryLimits): RunSql {
  const allowed = {
    timeoutMillis: Math.min(limits.timeoutMillis ?? mostMillis, mostMillis),
    memoryBytes: Math.min(limits.memoryBytes ?? mostMemoryBytes, mostMemoryBytes),
    ...(limits.maxRows === undefined ? {} : { maxRows: limits.maxRows }),
  };
  let running = 0;
  return async (statement, { maxRows, signal }) => {
    const compiled = compileSql(statement);
    if (running >= mostAtOnce) throw new AppError('too_busy', `${mostAtOnce} statements run already. Send it again in a moment.`);
    running++;
    try {
      const found = await engine.select(`SELECT * FROM (${compiled}) LIMIT ${maxRows + 1} ${settings}`, { ...allowed, signal });
      const rows = found.slice(0, maxRows);
      const columns = Object.keys(rows[0] ?? {});
      return { columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)), truncated: found.length > maxRows };
    } catch (error) {
      if (isMistake(error)) throw new AppError('bad_request', (error as AppError).message, { cause: error });
      throw error;
    } finally {
      running--;
    }
  };
}
