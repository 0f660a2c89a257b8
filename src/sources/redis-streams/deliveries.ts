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

type Batch = { readonly ids: string[]; readonly lines: LineWriter; readonly deadLetters: DeadLetter[]; bytes: number };

const maxHeldEntries = 20_000;
const maxHeldBytes = 64 * 1024 ** 2;
const maxBatchBytes = 8 * 1024 ** 2;
const maxSpare = 8;
const maxSpareBytes = 4 * 1024 ** 2;
const firstRetryMillis = 250;
const lastRetryMillis = 5000;

/**
 * The entries of one stream on their way to the journal. They outlive connections: what Redis was not told because the connection broke is
 * told on the next. An entry is *held* from when it was read until it may be acknowledged, and *stored* from then until Redis has confirmed.
 * Ids are kept in lists, because looking each up costs as much as reading it; who asks for one pays for that.
 */
export class Deliveries {
  readonly #stream: string;
  readonly #ingest: IngestSpans;
  readonly #onTrouble: (error: Error) => void;
  /** Stored, in the order in which Redis is told of them; in lists as they came, because copying ids is most of what they cost. */
  readonly #stored: (readonly string[])[] = [];
  readonly #batches = new Set<Batch>();
  /** Held, and in no batch yet. */
  readonly #announced = new Set<string>();
  readonly #changed = new Set<() => void>();
  readonly #stopped = new AbortController();
  #batch: Batch = emptyBatch(new LineWriter());
  /** Whose lines are in the journal: their memory is used again, because much of it that comes and goes makes V8 mark everything, again and again. */
  readonly #spare: LineWriter[] = [];
  #scheduled = false;
  #bytes = 0;
  #heldInBatches = 0;
  #refusals = 0;
  readonly counts: DeliveryCounts = { stored: 0, poison: 0, lost: 0, acknowledged: 0 };

  constructor(stream: string, ingest: IngestSpans, onTrouble: (error: Error) => void) {
    this.#stream = stream;
    this.#ingest = ingest;
    this.#onTrouble = onTrouble;
  }

  /** False while no more may be read. */
  get hasRoom(): boolean {
    return this.#refusals === 0 && this.held < maxHeldEntries && this.#bytes < maxHeldBytes;
  }

  /** Bytes of what is on its way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The journal refuses what is held now. */
  get isHeldBack(): boolean {
    return this.#refusals > 0;
  }

  /** How many entries are held. */
  get held(): number {
    return this.#heldInBatches + this.#announced.size;
  }

  heldIds(): ReadonlySet<string> {
    const ids = new Set(this.#announced);
    for (const batch of [...this.#batches, this.#batch]) for (const id of batch.ids) ids.add(id);
    return ids;
  }

  /** How many ids Redis is still to be told of. */
  get unconfirmed(): number {
    return this.#stored.reduce((sum, { length }) => sum + length, 0);
  }

  /** Ids that Redis is to be told of: those that were stored first, at least `count` if there are so many; the same again until `acknowledged` is called. */
  unacknowledged(count: number): readonly string[] {
    const ids: string[] = [];
    for (const stored of this.#stored) {
      if (ids.length >= count) break;
      for (const id of stored) ids.push(id);
    }
    return ids;
  }

  get isDone(): boolean {
    return this.#batches.size === 0 && this.#stored.length === 0 && this.#batch.ids.length === 0;
  }

  /** Those that are neither held nor stored. */
  unknown(ids: readonly string[]): readonly string[] {
    if (ids.length === 0) return [];
    const held = this.heldIds();
    const stored = new Set(this.#stored.flat());
    return ids.filter((id) => !held.has(id) && !stored.has(id));
  }

  /** Marks entries that are about to be read again, so that nobody else does. */
  hold(ids: readonly string[]): void {
    for (const id of ids) this.#announced.add(id);
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.#announced.delete(id);
    this.#tell();
  }

  /** The entries are stored already, or there is nothing left to store. */
  settle(ids: readonly string[]): void {
    if (this.#announced.size > 0) for (const id of ids) this.#announced.delete(id);
    if (ids.length > 0) this.#stored.push(ids);
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
    this.#hold(id);
    this.#read(id, fields);
    this.#schedule();
  }

  /** An entry that cannot be read at all. */
  addPoison(id: string, reason: string): void {
    this.#hold(id);
    this.#batch.deadLetters.push(deadLetterOf(`${this.#stream} ${id}`, [], reason));
    this.#schedule();
  }

  #hold(id: string): void {
    if (this.#announced.size > 0) this.#announced.delete(id);
    this.#batch.ids.push(id);
    this.#heldInBatches++;
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

  /** Redis has confirmed the `count` ids that `unacknowledged` returned. */
  acknowledged(count: number): void {
    for (let left = count; left > 0; ) left -= this.#stored.shift()?.length ?? left;
    this.counts.acknowledged += count;
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
    this.#batch = emptyBatch(this.#spare.pop() ?? new LineWriter());
    this.#batches.add(batch);
    void this.#deliver(batch).then((taken) => {
      this.#batches.delete(batch);
      if (this.#spare.length < maxSpare && batch.lines.clear() <= maxSpareBytes) this.#spare.push(batch.lines);
      this.#heldInBatches -= batch.ids.length;
      this.#bytes -= batch.bytes;
      if (!taken) return this.#tell();
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

const emptyBatch = (lines: LineWriter): Batch => ({ ids: [], lines, deadLetters: [], bytes: 0 });
