import { rm } from 'node:fs/promises';
import type { AppError } from '../../lib/errors.ts';
import { pause } from '../../lib/pause.ts';
import type { SealedSegment } from '../../model/journal-line.ts';
import type { Engine } from '../engine/engine.ts';
import { engineErrorNumber, isAboutData, memoryLimitExceeded } from '../engine/engine-error.ts';
import { loadMetricsStatement } from '../metrics/load-metrics-statement.ts';
import { loadSpansStatement } from '../spans/load-spans-statement.ts';
import { assertRoomFor } from '../whole-parts.ts';
import { flattenSegment } from './flatten-segment.ts';
import { loadDeadLettersStatement } from './load-dead-letters-statement.ts';
import { forgetPieces, isInPieces, loadInPieces } from './load-in-pieces.ts';
import { loadLogsStatement } from './load-statement.ts';
import { deleteReplaced, findReplaced, stopReplacements } from './replace-statements.ts';
import type { HandedOver } from './seen-segments.ts';
import { dayOf, markUncounted, type UncountedDay } from './uncounted-days.ts';

/**
 * Takes sealed segments into the store, each exactly once: the inserts carry a deduplication token made of the segment's
 * id, and the file is deleted only when they have returned. Segments load side by side; what explicit ids replace is
 * removed in the order of segments. While the store refuses (a full disk), a segment is tried again for ever: it is
 * acknowledged data.
 */
export type LoaderOptions = Readonly<{
  engine: Engine;
  /** Segments that are loaded at the same time. */
  parallel: number;
  /** The segment is stored and its file is gone. Not always in the order of segments. */
  onLoaded: (segment: SealedSegment) => void;
  /** One line for the operator: segments cannot be loaded and why, or can again. */
  onTrouble: (line: string) => void;
  /** Waiting times between tries, in milliseconds; the last one repeats. */
  backoffMillis?: readonly number[];
}>;

const defaultBackoff = [100, 500, 2000, 5000];

/** After so many tries that took too much memory, a segment is cut. */
const triesAsWhole = 4;

/** A table knows the tokens of so many inserts at least (`non_replicated_deduplication_window`). */
const rememberedInserts = 500;

/** Bounds the text of one statement and the files it reads. */
const replacedAtOnce = 50;

/** Below this a load costs the same, however few rows it has. */
const fewRows = 1000;
/** Loads of few rows take at most a third of the time; records wait no longer than this for it. */
const restFactor = 2;
const maxRestMillis = 300;

type Entry = { readonly segment: SealedSegment; inserted: boolean; readonly replaced: () => void };

async function removeSegment(segment: SealedSegment): Promise<void> {
  await rm(segment.path, { force: true });
  await forgetPieces(segment);
}

export class Loader {
  readonly #options: LoaderOptions;
  readonly #loading = new Map<number, { readonly openedAt: number; readonly finished: Promise<void> }>();
  readonly #stopping = new AbortController();
  /** Days of indices that are known to be marked as uncounted. */
  readonly #marked = new Set<string>();
  #inserts = 0;
  #newest: number | undefined;
  /** Segments that are not inserted or whose explicit ids are not cleaned up after, and those behind them, in order. */
  readonly #order: Entry[] = [];
  #replacing = false;
  /** A replacement was begun and not seen to end, by this process or the one before. */
  #mayBeLeft = true;
  /** By a clock that nobody sets. */
  #restsUntil = 0;
  #free: number;
  readonly #queue: (() => void)[] = [];
  #failingSince: number | undefined;
  #saidSince: number | undefined;
  /** When the operator was told that the store refuses; a store that takes some and refuses others is told of once a minute. */
  #saidAt = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#free = options.parallel;
  }

  /** Segments that are not in the store yet. */
  get waiting(): number {
    return this.#loading.size;
  }

  /** A further segment would have to wait. */
  get isBusy(): boolean {
    return this.#free === 0;
  }

  /** Few rows were just loaded: the next few had better come together than each for itself. */
  get isResting(): boolean {
    return performance.now() < this.#restsUntil;
  }

  /** What the store is to have, and what of it may not be there yet. */
  get handedOver(): HandedOver {
    return { waiting: [...this.#loading.keys()], newest: this.#newest };
  }

  /** The oldest of them; every row of an older one is in the store. */
  get firstWaiting(): number | undefined {
    return this.#loading.keys().next().value;
  }

  /** When the first of them was opened (milliseconds since the epoch). */
  get oldestOpenedAt(): number | undefined {
    return this.#loading.values().next().value?.openedAt;
  }

  /** How long the store has taken nothing, in milliseconds; 0 when the last try succeeded. */
  get refusedMillis(): number {
    return this.#failingSince === undefined ? 0 : Date.now() - this.#failingSince;
  }

  holds(segment: number): boolean {
    return this.#loading.has(segment);
  }

  /** MUST be called in the order of segment ids. */
  add(segment: SealedSegment): void {
    const finished = new Promise<void>((resolve) => {
      const entry: Entry = { segment, inserted: false, replaced: () => resolve(this.#finish(segment)) };
      this.#order.push(entry);
      let before = 0;
      const insert = (tries: number) => this.#insert(segment, tries, this.#inserts - before);
      void this.#inTurn(() => {
        before = this.#inserts;
        return this.#persist(segment, insert);
      }).then(() => {
        entry.inserted = true;
        if (!segment.content.keyed) entry.replaced();
        void this.#replaceInOrder();
      });
    });
    this.#newest = segment.id;
    this.#loading.set(segment.id, { openedAt: segment.openedAt, finished });
  }

  /** Resolves when every segment that was added so far is in the store, or after `stop`. */
  async idle(): Promise<void> {
    await Promise.all([...this.#loading.values()].map(({ finished }) => finished));
  }

  /** Gives up on segments that the store refuses; the next start loads them. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Runs as many at a time as there are loaders, the oldest first. A segment that waits to be tried again keeps its place. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#free++;
    }
  }

  /** `others`: inserts since the first try. */
  async #insert(segment: SealedSegment, tries: number, others: number): Promise<void> {
    const { engine } = this.#options;
    const { documents, spans, metrics, deadLetters } = segment.content;
    const began = performance.now();
    // What a try has counted is forgotten by then, and would be counted again.
    if (documents && others > rememberedInserts) await this.#mark([{ index: '', day: dayOf(segment.openedAt) }]);
    if (documents) await this.#insertDocuments(segment, tries);
    if (spans) await engine.load(loadSpansStatement(segment));
    if (metrics) await engine.load(loadMetricsStatement(segment));
    if (deadLetters) await engine.load(loadDeadLettersStatement(segment));
    this.#inserts++;
    const now = performance.now();
    if (segment.rows < fewRows) this.#restsUntil = now + Math.min(restFactor * (now - began), maxRestMillis);
  }

  async #insertDocuments(segment: SealedSegment, tries: number): Promise<void> {
    if (tries >= triesAsWhole || (await isInPieces(segment))) await this.#loadInPieces(segment);
    else {
      try {
        await this.#options.engine.load(loadLogsStatement(segment));
      } catch (error) {
        if (!isAboutData(error)) throw error;
        await this.#loadCarefully(segment, error as AppError);
      }
    }
  }

  /**
   * A document that the engine cannot read would stop its whole segment. Every document then goes in by its search form,
   * which the engine can read; the token stays the same.
   */
  async #loadCarefully(segment: SealedSegment, cause: AppError): Promise<void> {
    const path = await flattenSegment(segment.path);
    try {
      await this.#options.engine.load(loadLogsStatement({ ...segment, path }));
      this.#options.onTrouble(
        `segment ${segment.id} holds a document that the engine cannot read as it is (${cause.message}); it was loaded by its flattened form`,
      );
    } catch (error) {
      if (!isAboutData(error)) throw error;
      await this.#loadInPieces(segment);
    } finally {
      await rm(path, { force: true });
    }
  }

  async #loadInPieces(segment: SealedSegment): Promise<void> {
    const refused = await loadInPieces(this.#options.engine, segment);
    this.#options.onTrouble(
      `segment ${segment.id} could not be loaded as a whole and went in in pieces; ${refused} of its ${segment.rows} records are now dead letters`,
    );
  }

  /** Cleans up after explicit ids, for as many segments at once as stand at the front and are inserted. */
  async #replaceInOrder(): Promise<void> {
    if (this.#replacing) return;
    this.#replacing = true;
    for (;;) {
      const stuck = this.#order.findIndex(({ inserted }) => !inserted);
      const ready = this.#order.splice(0, Math.min(stuck === -1 ? this.#order.length : stuck, replacedAtOnce));
      if (ready.length === 0) break;
      const keyed = ready.filter(({ segment }) => segment.content.keyed);
      const segments = keyed.map(({ segment }) => segment);
      if (segments[0]) await this.#persist(segments[0], () => this.#replaceAlone(segments));
      for (const { replaced } of keyed) replaced();
    }
    this.#replacing = false;
  }

  /** What is left of a replacement that was interrupted MUST be gone before the files of its segments are. */
  async #replaceAlone(segments: readonly SealedSegment[]): Promise<void> {
    if (this.#mayBeLeft) await this.#options.engine.command(stopReplacements);
    this.#mayBeLeft = true;
    await this.#replace(segments);
    this.#mayBeLeft = false;
  }

  async #replace(segments: readonly SealedSegment[]): Promise<void> {
    const { engine } = this.#options;
    const found = await engine.select(findReplaced(segments));
    await this.#mark(
      found.filter(({ uncounted }) => Number(uncounted) === 1).map((row) => ({ index: String(row.index), day: String(row.day) })),
    );
    const deletions = deleteReplaced(segments, found);
    // Waiting for room inside of the engine would hold up every other statement that changes something.
    if (deletions.length > 0) await assertRoomFor(engine, 'logs');
    for (const deletion of deletions) await engine.command(deletion);
  }

  /** Most segments only have what is marked already. */
  async #mark(days: readonly UncountedDay[]): Promise<void> {
    const isNew = days.filter(({ index, day }) => !this.#marked.has(`${day} ${index}`));
    await markUncounted(this.#options.engine, isNew);
    for (const { index, day } of isNew) this.#marked.add(`${day} ${index}`);
  }

  async #finish(segment: SealedSegment): Promise<void> {
    await this.#persist(segment, () => removeSegment(segment));
    if (this.#stopping.signal.aborted) return;
    this.#loading.delete(segment.id);
    this.#options.onLoaded(segment);
  }

  async #persist(segment: SealedSegment, work: (tries: number) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = this.#options.backoffMillis ?? defaultBackoff;
    let tries = 0;
    while (!signal.aborted) {
      try {
        await work(tries);
        this.#noteAccepted();
        return;
      } catch (error) {
        this.#noteRefused(segment, (error as Error).message);
        const wait = backoff[Math.min(tries, backoff.length - 1)];
        // Only a segment that is too large for the memory is tried in pieces; a full disk is as full for them.
        if (engineErrorNumber((error as Error).cause ?? error) === memoryLimitExceeded) tries++;
        await pause(wait ?? 0, signal);
      }
    }
  }

  /** Said once a minute, not once per segment and try: this can last for hours. */
  #noteRefused(segment: SealedSegment, reason: string): void {
    const now = Date.now();
    this.#failingSince ??= now;
    if (now - this.#saidAt < 60_000) return;
    this.#saidAt = now;
    this.#saidSince ??= this.#failingSince;
    this.#options.onTrouble(
      `segment ${segment.id} (${segment.rows} records) waits in the journal and is tried again, as are ${this.waiting - 1} others: ${reason}`,
    );
  }

  #noteAccepted(): void {
    this.#failingSince = undefined;
    if (this.#saidSince === undefined) return;
    this.#options.onTrouble(`the store takes segments again, after ${Math.round((Date.now() - this.#saidSince) / 1000)} s`);
    this.#saidSince = undefined;
  }
}
