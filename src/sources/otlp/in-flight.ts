import { AppError } from '../../lib/errors.ts';

/** Counts bytes of what is being worked on. One request alone is let in whatever its size: its own limit bounds it. */
export class InFlight {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** Throws `too_busy`. */
  hold(bytes: number): void {
    if (this.#held > 0 && this.#held + bytes > this.#maxBytes) {
      throw new AppError('too_busy', 'too many request bytes are in flight; send the request again later');
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}
