import { AppError } from '../../lib/errors.ts';

/** What a record takes in memory beside its texts: an object of about 35 references. */
const recordBytes = 500;

/**
 * Bounds what one request grows to: each record repeats the attributes of its resource, so a small body of many records below a huge resource
 * would become thousands of times its size.
 */
export class Room {
  readonly #maxBytes: number;
  usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** For one more record with so many bytes of text. Throws `too_large`. */
  take(textBytes: number): void {
    this.usedBytes += textBytes + recordBytes;
    if (this.usedBytes > this.#maxBytes) {
      throw new AppError(
        'too_large',
        `the records of the request take more than ${this.#maxBytes} bytes with the attributes of their resources; send smaller batches`,
      );
    }
  }
}
