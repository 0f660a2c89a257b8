import type { Engine } from './engine/engine.ts';

/**
 * Merges of parts cost as much CPU as the inserts that made them, and are done for later queries. While spans come in fast, or faster than
 * they are loaded, few are begun, so that more can come and are found sooner: the engine lowers the base on its own, to 2, as a partition
 * grows from 10 parts to 50, so that there are never many more. Then the parts are merged at once, which is cheaper than a few at a time.
 *
 * This is a setting of the table because `SYSTEM STOP MERGES` would throw away what was merged so far.
 */
const usualBase = 5;
const deferringBase = 100;

/** So long after the last sign of load merges are begun as usual again. */
const calmMillis = 3000;

export class DeferredMerges {
  readonly #engine: Engine;
  readonly #onTrouble: (line: string) => void;
  readonly #calmMillis: number;
  #deferring = false;
  #timer: NodeJS.Timeout | undefined;
  #change: Promise<void> = Promise.resolve();

  private constructor(engine: Engine, onTrouble: (line: string) => void, millis: number) {
    this.#engine = engine;
    this.#onTrouble = onTrouble;
    this.#calmMillis = millis;
  }

  /** Takes back what a process that was killed under load has left. */
  static async open(engine: Engine, onTrouble: (line: string) => void, millis = calmMillis): Promise<DeferredMerges> {
    const merges = new DeferredMerges(engine, onTrouble, millis);
    const [left] = await engine.select(
      `SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'spans' AND create_table_query LIKE '%merge_selector_base = ${deferringBase}%'`,
    );
    if (left) merges.#set(false);
    await merges.#change;
    return merges;
  }

  /** Many spans come in, or wait for being loaded; to be called again and again while they do. */
  postpone(): void {
    if (this.#timer) this.#timer.refresh();
    else {
      this.#timer = setTimeout(() => this.#calmDown(), this.#calmMillis);
      this.#timer.unref();
    }
    if (!this.#deferring) this.#set(true);
  }

  /** Resolves when nothing is to be changed any more; MUST be called before the engine is closed. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#deferring) this.#set(false);
    await this.#change;
  }

  #calmDown(): void {
    this.#timer = undefined;
    this.#set(false);
  }

  #set(deferring: boolean): void {
    this.#deferring = deferring;
    this.#change = this.#change
      .then(() => setBase(this.#engine, deferring ? deferringBase : usualBase))
      .catch((error: Error) => this.#onTrouble(`when to merge spans cannot be changed: ${error.message}`));
  }
}

const setBase = (engine: Engine, base: number): Promise<void> =>
  engine.command(`ALTER TABLE spans MODIFY SETTING merge_selector_base = ${base}`);
