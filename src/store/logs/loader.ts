import { rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { AppError } from '../../lib/errors.ts';
import type { SealedSegment } from '../../model/journal-line.ts';
import type { Engine } from '../engine/engine.ts';
import { flattenSegment } from './flatten-segment.ts';
import { loadDeadLettersStatement } from './load-dead-letters-statement.ts';
import { loadLogsStatement } from './load-statement.ts';
import { countOldVersions, deleteOldVersions } from './replace-statements.ts';

/**
 * Takes sealed segments into the store, each exactly once: the inserts carry a deduplication token made of the segment's
 * id, and the file is deleted only when they have returned. Segments load side by side; what explicit ids replace is
 * removed in the order of segments. While the store refuses (a full disk), a segment is tried again for ever: it is
 * acknowledged data.
 */
export type LoaderOptions = Readonly<{
  engine: Engine;
  /** The segment is stored and its file is gone. */
  onLoaded: (segment: SealedSegment, millis: number) => void;
  /** One line for the operator: a segment could not be loaded and why. */
  onTrouble: (line: string) => void;
}>;

/** Waiting times between tries, in milliseconds; the last one repeats. */
const backoff = [100, 500, 2000, 5000];

export class Loader {
  readonly #options: LoaderOptions;
  readonly #loading = new Map<number, Promise<void>>();
  /** The clean-up after explicit ids, a chain in the order of segments. */
  #ordered: Promise<void> = Promise.resolve();
  #stopped = false;
  #waiting = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** Segments that are not in the store yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The smallest id of a segment that is not in the store yet; undefined when all are. */
  get firstWaiting(): number | undefined {
    return this.#loading.size === 0 ? undefined : Math.min(...this.#loading.keys());
  }

  /** MUST be called in the order of segment ids. */
  add(segment: SealedSegment): void {
    this.#waiting++;
    const inserted = this.#insert(segment);
    this.#ordered = Promise.all([this.#ordered, inserted]).then(() => this.#replace(segment));
    const loaded = this.#ordered.then(() => {
      this.#loading.delete(segment.id);
      this.#waiting--;
    });
    this.#loading.set(segment.id, loaded);
  }

  /** Resolves when every segment that was added so far is in the store. */
  async idle(): Promise<void> {
    await Promise.all(this.#loading.values());
  }

  /** Gives up on segments that the store refuses; the next start loads them. */
  stop(): void {
    this.#stopped = true;
  }

  async #insert(segment: SealedSegment): Promise<void> {
    const { engine } = this.#options;
    await this.#persist(segment, async () => {
      try {
        await engine.load(loadLogsStatement(segment));
      } catch (error) {
        if ((error as AppError).code !== 'store_failed') throw error;
        await this.#loadCarefully(segment, error as AppError);
      }
      if (segment.content.deadLetters) await engine.load(loadDeadLettersStatement(segment));
    });
  }

  /**
   * A document that the engine cannot read would stop its whole segment. Every document then goes in by its search form,
   * which the engine can always read; the token stays the same.
   */
  async #loadCarefully(segment: SealedSegment, cause: AppError): Promise<void> {
    const path = await flattenSegment(segment.path);
    try {
      await this.#options.engine.load(loadLogsStatement({ ...segment, path }));
      this.#options.onTrouble(
        `segment ${segment.id} holds a document that the engine cannot read as it is (${cause.message}); it was loaded by its flattened form`,
      );
    } finally {
      await rm(path, { force: true });
    }
  }

  async #replace(segment: SealedSegment): Promise<void> {
    const started = performance.now();
    await this.#persist(segment, async () => {
      if (segment.content.keyed) {
        const [row] = await this.#options.engine.select(countOldVersions(segment));
        if (Number(row?.old) > 0) await this.#options.engine.command(deleteOldVersions(segment));
      }
      await rm(segment.path, { force: true });
    });
    if (!this.#stopped) this.#options.onLoaded(segment, performance.now() - started);
  }

  async #persist(segment: SealedSegment, work: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt++) {
      try {
        return await work();
      } catch (error) {
        const wait = backoff[Math.min(attempt, backoff.length - 1)] as number;
        if (attempt < backoff.length || attempt % 12 === 0) {
          this.#options.onTrouble(`segment ${segment.id} (${segment.rows} records) waits in the journal: ${(error as Error).message}`);
        }
        await setTimeout(wait);
      }
    }
  }
}
