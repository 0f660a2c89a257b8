import { pause } from '../lib/pause.ts';
import type { TraceLimits } from '../model/trace.ts';
import { cursorAfter, type DueCursor, type DueReason, type DueTrace } from '../queries/traces/due-traces.ts';
import type { ExportPorts } from './export-ports.ts';
import type { Cursors, Mark, MarkLog } from './mark-log.ts';

export type ExportLoopOptions = Readonly<{
  ports: Pick<ExportPorts, 'dueTraces' | 'loadedUntilMillis' | 'log'>;
  limits: TraceLimits;
  log: MarkLog;
  /** New marks are on the disk. */
  onMarks: () => void;
  /** First mark that a target still needs. */
  neededFrom: () => number;
  roundMillis?: number;
}>;

/** Marks in one line of the log. */
const maxMarks = 500;

/** Arrivals that one search looks at; more at once would take memory after the store has caught up with hours of them. */
const windowMillis = 60_000;

/** Searches take at most about this part of the time. */
const maxShare = 0.2;

/**
 * Finds traces that have come to rest and puts marks of them on the disk. It remembers nothing of a trace: what is due between two
 * moments follows from the stored records, and how far it has come stands in the log, beside the marks.
 */
export class ExportLoop {
  readonly #options: ExportLoopOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #cursors: Cursors;
  #saidAt = 0;

  private constructor(options: ExportLoopOptions, cursors: Cursors) {
    this.#options = options;
    this.#cursors = cursors;
  }

  /** At the very first start only traces count whose last record is still to come. */
  static async start(options: ExportLoopOptions): Promise<ExportLoop> {
    const { log, ports } = options;
    // What still comes in within this millisecond counts too.
    const now = cursorAfter(Math.floor(Math.min(Date.now(), ports.loadedUntilMillis())) - 1);
    const loop = new ExportLoop(options, log.cursors ?? { quiet: now, timeout: now });
    // A full disk must not keep the server from starting; the next marks bring the cursors along.
    if (log.cursors === undefined) await loop.#save();
    loop.#running = loop.#run();
    return loop;
  }

  /** The time up to which last records of traces were looked at. */
  get searchedUntilMillis(): number {
    return this.#cursors.quiet.lastSeenMillis;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    // Without it the next start would look at the time since the last mark again; that costs only time.
    await this.#save();
  }

  async #save(): Promise<void> {
    try {
      await this.#options.log.append(this.#cursors, []);
    } catch (error) {
      this.#noteError(error);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { roundMillis = 500, limits } = this.#options;
    const timeoutEveryMillis = Math.max(roundMillis, Math.min(5000, limits.timeoutMillis / 10));
    let timeoutAt = 0;
    while (!signal.aborted) {
      const began = Date.now();
      try {
        await this.#search('quiet');
        // Otherwise nothing more is found than at the end of the quiet period.
        if (began >= timeoutAt && limits.timeoutMillis > limits.quietMillis) {
          timeoutAt = began + timeoutEveryMillis;
          await this.#search('timeout');
        }
        await this.#options.log.trim(this.#options.neededFrom());
      } catch (error) {
        this.#noteError(error);
      }
      const took = Date.now() - began;
      await pause(Math.max(roundMillis - took, took * (1 / maxShare - 1), 0), signal);
    }
  }

  /** Looks at everything up to now, in steps that bound what is in memory. */
  async #search(reason: DueReason): Promise<void> {
    const { ports, limits } = this.#options;
    const delay = reason === 'quiet' ? limits.quietMillis : limits.timeoutMillis;
    let window = windowMillis;
    for (;;) {
      // A record that is not in the store yet may belong to any trace, and came in at this time or later.
      const until = Math.floor(Math.min(Date.now(), ports.loadedUntilMillis())) - delay;
      const after = this.#cursors[reason];
      if (this.#stopping.signal.aborted || until <= after.lastSeenMillis) return;
      const untilMillis = Math.min(until, after.lastSeenMillis + window);
      const page = await ports.dueTraces({ reason, after, untilMillis, limits, max: maxMarks });
      await this.#take(reason, page.due, page.cursor);
      if (untilMillis === until && !page.isFull) return;
      // Stretches without arrivals, such as a night without the server, are crossed in few steps.
      window = page.due.length === 0 ? window * 4 : windowMillis;
    }
  }

  async #take(reason: DueReason, due: readonly DueTrace[], cursor: DueCursor): Promise<void> {
    const cursors = { ...this.#cursors, [reason]: cursor };
    if (due.length > 0) {
      const marks = due.map((trace): Mark => ({ ...trace, reason }));
      await this.#options.log.append(cursors, marks);
      this.#options.onMarks();
    }
    this.#cursors = cursors;
  }

  #noteError(error: unknown): void {
    if (Date.now() - this.#saidAt < 60_000) return;
    this.#saidAt = Date.now();
    this.#options.ports.log(`finished traces cannot be found or queued for export; trying again: ${(error as Error).message}`);
  }
}
