import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';

/** Counts the bytes of all bodies in flight, so that many clients at once cannot take more memory than the budget. */
export class BodyBudget {
  readonly maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  hold(bytes: number): void {
    // A body alone is let in whatever its size: the limit of one body already bounds it.
    if (this.#held > 0 && this.#held + bytes > this.maxBytes) {
      throw elasticsearchError('es_rejected_execution_exception', 'too many request bytes in flight; send the request again later', {
        code: 'too_busy',
      });
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
