import { AppError } from '../../lib/errors.ts';
import { pause } from '../../lib/pause.ts';
import type { ForwardBatch } from './batch.ts';
import type { ForwardCounters, ForwardSettings } from './forward-options.ts';

export type DeliveryPorts = Readonly<{
  /** Sends acknowledgements to the peer. */
  write: (acks: Buffer) => void;
  /** The bytes on their way, or whether a batch is being held back, changed. */
  onChange: () => void;
  /** A batch was refused for good; the connection cannot go on. */
  onFailure: (error: unknown) => void;
}>;

const maxRetryMillis = 5_000;

/**
 * The batches of one connection on their way to the journal. Several are under way at once; their acknowledgements go out
 * in the order of the messages, each only when its batch and all before it are in the journal.
 */
export class Delivery {
  readonly #settings: ForwardSettings;
  readonly #counters: ForwardCounters;
  readonly #ports: DeliveryPorts;
  readonly #abandoned = new AbortController();
  readonly #stopped = new AbortController();
  #tail: Promise<void> = Promise.resolve();
  #failed = false;
  #bytes = 0;
  #heldBack = 0;

  constructor(settings: ForwardSettings, counters: ForwardCounters, ports: DeliveryPorts) {
    this.#settings = settings;
    this.#counters = counters;
    this.#ports = ports;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False while the connection must not be read further. */
  get hasRoom(): boolean {
    return this.#heldBack === 0 && this.#bytes < this.#settings.maxInFlightBytes;
  }

  submit(batch: ForwardBatch): void {
    this.#bytes += batch.bytes;
    this.#ports.onChange();
    const ingested = this.#ingest(batch);
    this.#tail = this.#settle(this.#tail, ingested, batch);
  }

  /** Resolves when no batch is under way. */
  async drained(): Promise<void> {
    for (let tail: unknown; tail !== this.#tail; ) {
      tail = this.#tail;
      await tail;
    }
  }

  /** The peer is gone: a batch that it will send again is not tried again. */
  abandon(): void {
    this.#abandoned.abort();
  }

  /** The source is closing: no batch is tried again. */
  stop(): void {
    this.#stopped.abort();
  }

  async #settle(before: Promise<void>, ingested: Promise<boolean>, batch: ForwardBatch): Promise<void> {
    const succeeded = await ingested;
    await before;
    this.#bytes -= batch.bytes;
    if (!succeeded) {
      this.#failed = true;
      if (batch.unacknowledgeable > 0) this.#counters.lost += batch.documents.length + batch.deadLetters.length;
    } else if (!this.#failed && batch.acks.length > 0) {
      this.#counters.acknowledged += batch.acks.length;
      this.#ports.write(batch.acks.length === 1 ? (batch.acks[0] as Buffer) : Buffer.concat(batch.acks));
    }
    this.#ports.onChange();
  }

  async #ingest(batch: ForwardBatch): Promise<boolean> {
    const { documents, deadLetters } = batch;
    if (documents.length === 0 && deadLetters.length === 0) return true;
    this.#counters.received += documents.length + deadLetters.length;
    const { ingest, index } = this.#settings;
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await ingest({ source: 'fluent-forward', index, documents, ...(deadLetters.length > 0 && { deadLetters }) });
        this.#counters.accepted += result.accepted;
        this.#counters.deadLettered += result.deadLettered;
        return true;
      } catch (error) {
        if (!(await this.#waitBeforeRetry(error, attempt, batch))) {
          this.#ports.onFailure(error);
          return false;
        }
      }
    }
  }

  /** Resolves to false when the batch is not to be tried again. */
  async #waitBeforeRetry(error: unknown, attempt: number, batch: ForwardBatch): Promise<boolean> {
    if (!(error instanceof AppError && error.retryable)) return false;
    const signals = [this.#stopped.signal, ...(batch.unacknowledgeable > 0 ? [] : [this.#abandoned.signal])];
    if (signals.some((signal) => signal.aborted)) return false;
    this.#counters.retries++;
    this.#heldBack++;
    this.#ports.onChange();
    // Half of the pause is chance, so that connections do not come back all at once.
    const pauseMillis = Math.min(this.#settings.retryMillis * 2 ** Math.min(attempt, 16), maxRetryMillis) * (0.5 + Math.random() / 2);
    await pause(pauseMillis, AbortSignal.any(signals));
    this.#heldBack--;
    this.#ports.onChange();
    return !signals.some((signal) => signal.aborted);
  }
}
