import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from 'chdb';
import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Columns, Engine, QueryLimits, Row } from './engine.ts';
import { engineConfigXml } from './engine-config.ts';
import { toAppError } from './engine-error.ts';
import { isLocked } from './is-locked.ts';
import { SessionPool } from './session-pool.ts';

/**
 * ClickHouse inside this process (chDB). Loaders and readers have sessions of their own, so that neither waits for the
 * other. MUST NOT be used from a worker thread, and only one process may have the folder open.
 */
export type EmbeddedOptions = Readonly<{ folder: string; memoryBytes: number; loaders: number; readers: number }>;

export const database = 'meshscope';

const lookAgainMillis = 5;

async function importChdb(): Promise<typeof import('chdb')> {
  try {
    return await import('chdb');
  } catch (cause) {
    throw new AppError(
      'unsupported_platform',
      `the embedded engine (npm package chdb) cannot be loaded on ${process.platform}-${process.arch}: it needs Linux with glibc (x64, arm64) or macOS, and an install with optional dependencies`,
      { cause },
    );
  }
}

/**
 * For every SELECT: exact integers, readable slashes, dates before 1970, JSON read from text as `logs` reads it; no reading
 * ahead in each part where the table's order is read up to a limit, which unpacked whole documents behind the page; and what was
 * unpacked stays for the next one.
 */
const selectSettings = [
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_escape_forward_slashes = 0',
  'enable_extended_results_for_datetime_functions = 1',
  'type_json_skip_duplicated_paths = 1',
  'input_format_try_infer_dates = 0',
  'input_format_try_infer_datetimes = 0',
  'read_in_order_use_buffering = 0',
  'use_uncompressed_cache = 1',
];

function settingsOf({ timeoutMillis, memoryBytes, maxRows }: QueryLimits): string {
  const settings = [...selectSettings];
  if (timeoutMillis !== undefined)
    settings.push(`max_execution_time = ${timeoutMillis / 1000}`, 'timeout_before_checking_execution_speed = 0');
  if (memoryBytes !== undefined)
    settings.push(`max_memory_usage = ${memoryBytes}`, `max_bytes_before_external_group_by = ${Math.floor(memoryBytes / 2)}`);
  if (maxRows !== undefined) settings.push(`max_rows_to_read = ${maxRows}`);
  return settings.join(', ');
}

/** A statement may end with settings of its own. */
const ownSettings = /\bSETTINGS\s[\w\s=,.]*$/;

function parseRows(text: string): Row[] {
  return text === '' ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as Row[]);
}

class EmbeddedEngine implements Engine {
  readonly #readers: SessionPool;
  readonly #loaders: SessionPool;
  /** For DDL and for cancelling the queries of the others. */
  readonly #commands: SessionPool;
  readonly #control: SessionPool;
  #queries = 0;

  constructor(sessions: readonly Session[], loaders: number) {
    this.#commands = new SessionPool(sessions.slice(0, 1));
    this.#control = new SessionPool(sessions.slice(1, 2));
    this.#loaders = new SessionPool(sessions.slice(2, 2 + loaders));
    this.#readers = new SessionPool(sessions.slice(2 + loaders));
  }

  async select(sql: string, limits: QueryLimits = {}): Promise<readonly Row[]> {
    return parseRows(await this.#read(sql, limits, 'JSONEachRow'));
  }

  async selectColumns(sql: string, limits: QueryLimits = {}): Promise<Columns> {
    return JSON.parse(await this.#read(sql, limits, 'JSONColumns')) as Columns;
  }

  async #read(sql: string, limits: QueryLimits, format: 'JSONEachRow' | 'JSONColumns'): Promise<string> {
    limits.signal?.throwIfAborted();
    const tag = `/*q${this.#queries++}*/`;
    return this.#readers.use(async (session) => {
      limits.signal?.throwIfAborted();
      // A query that cannot be stopped runs to its end, or to its limit.
      const stop = () => void this.#kill(tag).catch(() => undefined);
      limits.signal?.addEventListener('abort', stop, { once: true });
      try {
        const result = await session.queryAsync(`${tag} ${sql}${ownSettings.test(sql) ? ',' : ' SETTINGS'} ${settingsOf(limits)}`, {
          format,
        });
        return result.text();
      } catch (error) {
        await this.#dropOutput(session);
        limits.signal?.throwIfAborted();
        throw toAppError(error);
      } finally {
        limits.signal?.removeEventListener('abort', stop);
      }
    });
  }

  /** What a statement has printed before it failed stays in its session, and the answer of the next one there would begin with it. */
  async #dropOutput(session: Session): Promise<void> {
    const isClean = async () => (await session.queryAsync('SELECT 1 AS one', { format: 'JSONEachRow' })).text() === '{"one":1}\n';
    while (!(await isClean().catch(() => false))) await sleep(lookAgainMillis);
  }

  command(sql: string): Promise<void> {
    return this.#run(this.#commands, sql);
  }

  load(sql: string): Promise<void> {
    return this.#run(this.#loaders, sql);
  }

  async close(): Promise<void> {
    // Closing a busy connection aborts the engine, so what still runs is stopped first.
    await this.#control.use((session) => session.queryAsync(`KILL QUERY WHERE query LIKE '/*q%' ASYNC`));
    while (this.#readers.busy + this.#loaders.busy + this.#commands.busy > 0) await sleep(lookAgainMillis);
    for (const pool of [this.#readers, this.#loaders, this.#commands, this.#control]) pool.close();
  }

  async #run(pool: SessionPool, sql: string): Promise<void> {
    await pool.use(async (session) => {
      try {
        await session.queryAsync(sql, { format: 'Null' });
      } catch (error) {
        throw toAppError(error);
      }
    });
  }

  /** `KILL … SYNC` from the same process deadlocks; `ASYNC` returns at once. */
  async #kill(tag: string): Promise<void> {
    await this.#control.use((session) => session.queryAsync(`KILL QUERY WHERE startsWith(query, ${sqlString(tag)}) ASYNC`));
  }
}

/** A full disk cannot take the file anew, and must not keep the server from starting. */
function writeIfChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(path, text);
}

/** An insert is one block, which is stored as a whole or not at all, and which its token stands for. */
const loaderSettings = 'SET min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0';

export async function openEmbeddedEngine(options: EmbeddedOptions): Promise<Engine> {
  const { Session } = await importChdb();
  const path = join(options.folder, 'store');
  mkdirSync(path, { recursive: true });
  const config = join(options.folder, 'engine.xml');
  writeIfChanged(config, engineConfigXml(options.memoryBytes));
  const inUse = () =>
    new AppError(
      'data_in_use',
      `the data folder ${options.folder} is in use by another meshscope; stop it, or choose another folder with --data`,
    );
  // The engine would say so too, but on standard error, in its own words.
  if (isLocked(join(path, 'status'))) throw inUse();
  let first: Session;
  try {
    first = new Session(path, { connectionArgs: [`--config-file=${config}`] });
    first.query('SELECT 1');
  } catch (cause) {
    if (/lock file|Another server/i.test((cause as Error).message)) throw inUse();
    throw toAppError(cause);
  }
  await first.queryAsync(`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`);
  const others = Array.from({ length: 1 + options.loaders + options.readers }, () => new Session(path));
  const sessions = [first, ...others];
  for (const session of sessions)
    await session.queryAsync(
      `USE ${database}; SET max_query_size = 104857600, max_ast_elements = 1000000, max_expanded_ast_elements = 5000000`,
    );
  for (const session of sessions.slice(2, 2 + options.loaders)) await session.queryAsync(loaderSettings);
  return new EmbeddedEngine(sessions, options.loaders);
}
