import { pause } from '../../lib/pause.ts';
import type { DeadLetter } from '../../model/ingest.ts';
import type { IngestSpans } from '../../model/span.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { EntryTexts } from './entry-texts.ts';
import { LineWriter } from './line-writer.ts';
import { readEntry } from './read-entry.ts';

export type DeliveryCounts = {
  /** Entries that are stored, poison among them. */
  stored: number;
  poison: number;
  /** Given to a consumer, but dropped by Redis before they were read. */
  lost: number;
  acknowledged: number;
};

type Batch = { ids: string[]; lines: LineWriter; deadLetters: DeadLetter[]; bytes: number };

const maxHeldEntries = 20_000;
const maxHeldBytes = 64 * 1024 ** 2;
const maxBatchBytes = 8 * 1024 ** 2;
const firstRetryMillis = 250;
const lastRetryMillis = 5000;

/**
 * The entries of one stream on their way to the journal. They outlive connections: what Redis was not told because the connection broke is
 * told on the next. An entry is *held* from when it was read until it may be acknowledged, and *stored* from then until Redis has confirmed.
 */
export class Deliveries {
  readonly #stream: string;
  readonly #ingest: IngestSpans;
  readonly #onTrouble: (error: Error) => void;
  readonly #stored = new Set<string>();
  readonly #held = new Set<string>();
  readonly #changed = new Set<() => void>();
  readonly #stopped = new AbortController();
  #batch: Batch = emptyBatch();
  #scheduled = false;
  #bytes = 0;
  #underWay = 0;
  #refusals = 0;
  readonly counts: DeliveryCounts = { stored: 0, poison: 0, lost: 0, acknowledged: 0 };

  constructor(stream: string, ingest: IngestSpans, onTrouble: (error: Error) => void) {
    this.#stream = stream;
    this.#ingest = ingest;
    this.#onTrouble = onTrouble;
  }

  /** False while no more may be read. */
  get hasRoom(): boolean {
    return this.#refusals === 0 && this.#held.size < maxHeldEntries && this.#bytes < maxHeldBytes;
  }

  /** Bytes of what is on its way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The journal refuses what is held now. */
  get isHeldBack(): boolean {
    return this.#refusals > 0;
  }

  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** Ids that Redis is to be told of: at most `count`, still here until `acknowledged` is called with them. */
  unacknowledged(count: number): readonly string[] {
    return [...take(this.#stored, count)];
  }

  get isDone(): boolean {
    return this.#underWay === 0 && this.#stored.size === 0 && this.#batch.ids.length === 0;
  }

  isKnown(id: string): boolean {
    return this.#held.has(id) || this.#stored.has(id);
  }

  /** Marks entries that are about to be read again, so that nobody else does. */
  hold(ids: readonly string[]): void {
    for (const id of ids) this.#held.add(id);
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.#held.delete(id);
    this.#tell();
  }

  /** The entries are stored already, or there is nothing left to store. */
  settle(ids: readonly string[]): void {
    for (const id of ids) {
      this.#held.delete(id);
      this.#stored.add(id);
    }
    this.#tell();
  }

  /**
   * Entries that arrive together become one batch. `fields` is read during the call only; undefined when Redis has dropped the entry
   * since it was given to a consumer.
   */
  add(id: string, fields: EntryTexts | undefined): void {
    if (fields === undefined) {
      this.counts.lost++;
      this.settle([id]);
      return;
    }
    this.#held.add(id);
    this.#read(id, fields);
    this.#schedule();
  }

  /** An entry that cannot be read at all. */
  addPoison(id: string, reason: string): void {
    this.#held.add(id);
    this.#batch.ids.push(id);
    this.#batch.deadLetters.push(deadLetterOf(`${this.#stream} ${id}`, [], reason));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#batch.bytes > maxBatchBytes) this.#submit();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#submit();
    });
  }

  acknowledged(ids: readonly string[]): void {
    for (const id of ids) this.#stored.delete(id);
    this.counts.acknowledged += ids.length;
    this.#tell();
  }

  /** Resolves when something here has changed, or `millis` have passed. */
  async change(millis: number): Promise<void> {
    let tell: () => void = () => undefined;
    const changed = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const timer = setTimeout(tell, millis);
    this.#changed.add(tell);
    await changed;
    clearTimeout(timer);
    this.#changed.delete(tell);
  }

  /** What the journal refuses from now on is not tried again. */
  stop(): void {
    this.#stopped.abort();
  }

  #read(id: string, fields: EntryTexts): void {
    const batch = this.#batch;
    const before = batch.lines.length;
    batch.ids.push(id);
    const poison = readEntry(this.#stream, id, fields, batch.lines);
    let bytes = batch.lines.length - before;
    if (poison !== undefined) {
      const letter = deadLetterOf(`${this.#stream} ${id}`, fields.toStrings(), poison);
      bytes = letter.payload.length;
      batch.deadLetters.push(letter);
    }
    batch.bytes += bytes;
    this.#bytes += bytes;
  }

  #submit(): void {
    const batch = this.#batch;
    if (batch.ids.length === 0) return;
    this.#batch = emptyBatch();
    this.#underWay++;
    void this.#deliver(batch).then((taken) => {
      this.#underWay--;
      this.#bytes -= batch.bytes;
      if (!taken) return this.release(batch.ids);
      this.counts.stored += batch.ids.length;
      this.counts.poison += batch.deadLetters.length;
      this.settle(batch.ids);
    });
  }

  /** Until the journal has the batch; false when the source is closing before that. */
  async #deliver({ lines, deadLetters }: Batch): Promise<boolean> {
    const { signal } = this.#stopped;
    for (let wait = firstRetryMillis; ; wait = Math.min(wait * 2, lastRetryMillis)) {
      try {
        await this.#ingest({ source: 'redis', spans: [], lines, ...(deadLetters.length > 0 && { deadLetters }) });
        return true;
      } catch (error) {
        this.#onTrouble(error as Error);
        if (signal.aborted) return false;
        this.#refusals++;
        this.#tell();
        await pause(wait, signal);
        this.#refusals--;
        if (signal.aborted) return false;
      }
    }
  }

  #tell(): void {
    for (const tell of [...this.#changed]) tell();
  }
}

function* take(ids: Iterable<string>, count: number): Generator<string> {
  let left = count;
  for (const id of ids) {
    if (left-- <= 0) return;
    yield id;
  }
}

const emptyBatch = (): Batch => ({ ids: [], lines: new LineWriter(), deadLetters: [], bytes: 0 });
