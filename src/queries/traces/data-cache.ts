import type { Engine } from '../../store/engine/engine.ts';

type Entry = { version: string; value: Promise<unknown>; startedMillis: number; tookMillis: number };

/** How many times as long as it took to find out an answer may be given again although new spans have come. */
const staleFactor = 20;
const maxEntries = 100;

/**
 * Answers to dear questions about all spans. An answer is good while the stored spans are the same; while spans keep coming it is found out anew
 * at most so often that a twentieth of the time is spent on it. Questions asked at the same time are answered together.
 */
export class DataCache {
  readonly #engine: Engine;
  readonly #entries = new Map<string, Entry>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async get<Value>(key: string, find: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key);
    if (known && performance.now() - known.startedMillis < known.tookMillis * (staleFactor + 1)) return known.value as Promise<Value>;
    const version = await this.#version();
    const current = this.#entries.get(key);
    if (current && (current.version === version || current.tookMillis === Number.POSITIVE_INFINITY)) return current.value as Promise<Value>;
    const startedMillis = performance.now();
    // While it is being found out it is good for everybody.
    const entry: Entry = { version, value: find(), startedMillis, tookMillis: Number.POSITIVE_INFINITY };
    this.#entries.set(key, entry);
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value as string);
    try {
      const value = (await entry.value) as Value;
      entry.tookMillis = performance.now() - startedMillis;
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /**
   * Changes with every insert and every deletion; merges leave it alone or change it, which does no harm. Of both tables, because the rows of
   * `traces` become visible a moment after those of `spans` that they were made of.
   */
  async #version(): Promise<string> {
    const rows = await this.#engine.select(
      `SELECT table, sum(rows) AS stored, max(max_block_number) AS block, max(modification_time) AS changed FROM system.parts
      WHERE database = currentDatabase() AND table IN ('spans', 'traces') AND active GROUP BY table ORDER BY table`,
    );
    return JSON.stringify(rows);
  }
}
