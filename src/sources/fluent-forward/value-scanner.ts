import { HeaderReader, MalformedBytes } from './msgpack-header.ts';

/**
 * Finds the end of a MessagePack value in bytes that arrive piece by piece, without decoding it and without reading a
 * byte twice. It counts the values that are still owed instead of keeping a stack, so nesting of any depth costs nothing,
 * and a length that cannot fit is refused when it is declared, before memory is given to it.
 */
export class ValueScanner {
  readonly #maxBytes: number;
  readonly #header = new HeaderReader();
  #owed = 1;
  #position = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Goes on with the value that begins at `start`, of which the bytes up to `end` are there. Returns the position behind
   * the value, or -1 when more bytes are needed. Throws MalformedBytes with an offset relative to `start`.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const header = this.#header;
    while (this.#owed > 0) {
      const at = start + this.#position;
      if (at >= end || !header.read(bytes, at, end)) return -1;
      const next = header.body - start + header.size;
      this.#owed += header.count - 1;
      // Each value owed is at least one byte long.
      if (next + this.#owed > this.#maxBytes) {
        throw new MalformedBytes(`value declares ${next + this.#owed} bytes or more, over the limit of ${this.#maxBytes}`, at - start);
      }
      this.#position = next;
    }
    if (start + this.#position > end) return -1;
    const after = start + this.#position;
    this.#owed = 1;
    this.#position = 0;
    return after;
  }
}

/** The position behind the value at `at`. Throws MalformedBytes (offset within `bytes`) when it does not end by `end`. */
export function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  const header = new HeaderReader();
  let position = at;
  let owed = 1;
  while (owed > 0) {
    if (!header.read(bytes, position, end)) throw new MalformedBytes('value is truncated', position);
    if (header.body + header.size + header.count > end) throw new MalformedBytes('value is longer than what holds it', position);
    position = header.body + header.size;
    owed += header.count - 1;
  }
  return position;
}
