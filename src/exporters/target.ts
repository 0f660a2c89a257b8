import { pause, waitAtMost } from '../lib/pause.ts';
import type { Trace } from '../model/trace.ts';
import type { TraceExporter } from './exporter.ts';
import type { Mark, MarkBatch, MarkLog, ReadHint } from './mark-log.ts';
import type { TargetPosition } from './target-position.ts';

export type TargetStatus = Readonly<{
  name: string;
  /** Traces that the target has taken, updates among them; since the start. */
  exported: number;
  updates: number;
  /** Traces that the target refused for good. */
  failed: number;
  /** Traces that were due but fell off the queue. */
  dropped: number;
  /** Marks that are still to be looked at. */
  queued: number;
  lastError: string | undefined;
  lastErrorMillis: number | undefined;
  /** Since when it has taken nothing. */
  failingSinceMillis: number | undefined;
}>;

export type TargetOptions = Readonly<{
  name: string;
  exporter: TraceExporter;
  log: MarkLog;
  position: TargetPosition;
  /** Traces of marks that have one reason and one time, as they are to be exported; those that are not due any more are left out. */
  readMarked: (marks: readonly Mark[]) => Promise<ReadonlyMap<Mark, readonly Trace[]>>;
  /** One line for the operator. */
  onTrouble: (line: string) => void;
  /** Waiting times between tries, in milliseconds; the last one repeats. */
  backoffMillis?: readonly number[];
}>;

const defaultBackoff = [500, 1000, 2000, 5000, 15_000, 60_000];

/** Bounds what is in memory: marks whose traces are read at once, and their records. */
const maxMarksAtOnce = 200;
const maxRecordsAtOnce = 10_000;

const troubleEveryMillis = 60_000;

const closeMillis = 5000;

/** Takes one target through the queue, in order: a trace is given up only when the target refuses it for good. */
export class Target {
  readonly #options: TargetOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #wake: () => void = () => undefined;
  #hint: ReadHint | undefined;
  #counts = { exported: 0, updates: 0, failed: 0, dropped: 0 };
  #lastError: string | undefined;
  #lastErrorMillis: number | undefined;
  #failingSince: number | undefined;
  /** When the operator was told of a failure, and of a refused trace. */
  #saidAt = { failure: 0, refusal: 0 };
  #said = false;

  constructor(options: TargetOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  get name(): string {
    return this.#options.name;
  }

  /** The first mark that is still needed. */
  get done(): number {
    return this.#options.position.done();
  }

  status(): TargetStatus {
    return {
      name: this.name,
      ...this.#counts,
      queued: Math.max(0, this.#options.log.next - this.done),
      lastError: this.#lastError,
      lastErrorMillis: this.#lastErrorMillis,
      failingSinceMillis: this.#failingSince,
    };
  }

  /** There are marks. */
  wake(): void {
    this.#wake();
  }

  /** Ends after the export in hand, which sees its signal aborted and is not waited for beyond a few seconds. */
  async close(): Promise<void> {
    const { exporter, position, onTrouble } = this.#options;
    this.#stopping.abort();
    this.#wake();
    await waitAtMost(closeMillis, this.#running);
    try {
      await exporter.close?.();
    } catch (error) {
      onTrouble(`the ${this.name} exporter cannot be closed: ${(error as Error).message}`);
    }
    await this.#syncPosition();
    await position.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const batch = await this.#untilDone(() => this.#nextBatch());
      if (batch === undefined) await woken;
      else await this.#exportBatch(batch);
    }
  }

  async #nextBatch(): Promise<MarkBatch | undefined> {
    const { log, position } = this.#options;
    // Somebody deleted the log, and its numbers began anew.
    if (position.done() > log.next) position.advance(log.next);
    const found = await log.read(position.done(), this.#hint);
    if (found === undefined) return undefined;
    const dropped = found.batch.first - position.done();
    if (dropped > 0) {
      this.#counts.dropped += dropped;
      this.#options.onTrouble(`the ${this.name} exporter: the queue was full, and ${dropped} traces are not exported`);
      position.advance(found.batch.first);
    }
    this.#hint = found.hint;
    return found.batch;
  }

  async #exportBatch({ first, marks }: MarkBatch): Promise<void> {
    let number = first;
    for (const group of groupsOf(marks)) {
      if (!(await this.#exportGroup(group, number))) return;
      number += group.length;
    }
    await this.#syncPosition();
  }

  async #syncPosition(): Promise<void> {
    try {
      await this.#options.position.sync();
    } catch (error) {
      this.#noteError(error, 'failure', 'cannot save how far it is, and would repeat this after a restart');
    }
  }

  /** Whether all of it is done, which it is unless meshscope stops or the queue drops it. */
  async #exportGroup(group: readonly Mark[], first: number): Promise<boolean> {
    const { log, position, exporter } = this.#options;
    const end = first + group.length;
    /** Marks of the group that were exported out of order. */
    const ahead = new Set<number>();
    while (position.done() < end) {
      await this.#untilDone(async () => {
        // While a target is away, the queue may drop what it waits for.
        if (log.first > position.done()) return;
        const traces = await this.#read(group.slice(position.done() - first));
        await this.#exportTraces(group, traces, first, ahead, exporter.parallel ?? 1);
      });
      if (this.#stopping.signal.aborted || log.first > position.done()) return false;
    }
    return true;
  }

  /** A trace that is too large for the engine's limits stands alone, and would hold up the others for ever. */
  async #read(marks: readonly Mark[]): Promise<ReadonlyMap<Mark, readonly Trace[]>> {
    try {
      return await this.#options.readMarked(marks);
    } catch (error) {
      const [mark] = marks;
      if (!isFinal(error) || marks.length > 1 || mark === undefined) throw error;
      this.#counts.failed++;
      this.#noteError(error, 'refusal', `cannot get a trace of ${mark.records} records`);
      return new Map();
    }
  }

  async #exportTraces(
    group: readonly Mark[],
    traces: ReadonlyMap<Mark, readonly Trace[]>,
    first: number,
    ahead: Set<number>,
    parallel: number,
  ): Promise<void> {
    const { position } = this.#options;
    let next = position.done();
    let failure: unknown;
    const work = async () => {
      while (next < first + group.length && failure === undefined && !this.#stopping.signal.aborted) {
        const number = next++;
        if (ahead.has(number)) continue;
        const mark = group[number - first] as Mark;
        try {
          for (const trace of traces.get(mark) ?? []) await this.#exportTrace(trace, mark.updated);
        } catch (error) {
          failure ??= error;
          return;
        }
        ahead.add(number);
        let done = position.done();
        while (ahead.delete(done)) done++;
        if (done > position.done()) position.advance(done);
      }
    };
    await Promise.all(Array.from({ length: parallel }, work));
    if (failure !== undefined) throw failure;
  }

  async #exportTrace(trace: Trace, update: boolean): Promise<void> {
    try {
      await this.#options.exporter.export(trace, { update, signal: this.#stopping.signal });
      this.#counts.exported++;
      if (update) this.#counts.updates++;
      this.#noteTaken();
    } catch (error) {
      if (!isFinal(error)) throw error;
      this.#counts.failed++;
      this.#noteError(error, 'refusal', `refuses trace ${JSON.stringify(trace.traceId.slice(0, 64))}`);
    }
  }

  /** Tries until it succeeds; `undefined` when meshscope stops first. */
  async #untilDone<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#stopping;
    const backoff = this.#options.backoffMillis ?? defaultBackoff;
    for (let tries = 0; !signal.aborted; tries++) {
      const before = this.done;
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return undefined;
        if (this.done > before) tries = 0;
        this.#failingSince ??= Date.now();
        this.#said = this.#noteError(error, 'failure', 'cannot export and tries again') || this.#said;
        const wait = backoff[Math.min(tries, backoff.length - 1)] ?? 0;
        // Half of it is random, so that many processes do not come back to a target at one moment.
        await pause(Math.max(retryAfterOf(error), wait * (0.5 + Math.random() / 2)), signal);
      }
    }
    return undefined;
  }

  /** Said once a minute: this can last for hours. */
  #noteError(error: unknown, kind: 'failure' | 'refusal', what: string): boolean {
    const now = Date.now();
    this.#lastError = error instanceof Error ? error.message : String(error);
    this.#lastErrorMillis = now;
    if (now - this.#saidAt[kind] < troubleEveryMillis) return false;
    this.#saidAt[kind] = now;
    this.#options.onTrouble(`the ${this.name} exporter ${what}: ${this.#lastError}`);
    return true;
  }

  #noteTaken(): void {
    if (this.#failingSince === undefined) return;
    if (this.#said) {
      const seconds = Math.round((Date.now() - this.#failingSince) / 1000);
      this.#options.onTrouble(`the ${this.name} exporter works again, after ${seconds} s; ${this.status().queued} traces wait`);
    }
    this.#failingSince = undefined;
    this.#said = false;
  }
}

/**
 * Whether the same trace would fail again: the error says so, or it is one of the program about this trace. (What `fetch` throws when
 * there is no connection is a TypeError too; it has a cause.)
 */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('retryable' in error) return error.retryable === false;
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isBug && error.cause === undefined && !('code' in error);
}

const maxRetryAfterMillis = 300_000;

function retryAfterOf(error: unknown): number {
  const wanted = error instanceof Error && 'retryAfterMillis' in error ? Number(error.retryAfterMillis) : 0;
  return wanted > 0 ? Math.min(wanted, maxRetryAfterMillis) : 0;
}

/** Neighbours with one reason and one time, which can be read together, few enough for the memory. */
function groupsOf(marks: readonly Mark[]): Mark[][] {
  const groups: Mark[][] = [];
  let records = 0;
  for (const mark of marks) {
    const group = groups.at(-1);
    const head = group?.[0];
    const fits = group !== undefined && group.length < maxMarksAtOnce && records + mark.records <= maxRecordsAtOnce;
    if (group !== undefined && fits && head?.reason === mark.reason && head.lastSeenMillis === mark.lastSeenMillis) {
      group.push(mark);
      records += mark.records;
    } else {
      groups.push([mark]);
      records = mark.records;
    }
  }
  return groups;
}
