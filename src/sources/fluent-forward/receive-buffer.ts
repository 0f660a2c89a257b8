import { MalformedBytes } from './msgpack-header.ts';
import { ValueScanner } from './value-scanner.ts';

const nothing = Buffer.alloc(0);

/** Cuts a stream of bytes into whole MessagePack values, holding at most one incomplete value and the bytes behind it. */
export class ReceiveBuffer {
  #scanner: ValueScanner;
  #bytes: Buffer = nothing;
  #start = 0;
  #end = 0;
  /** Stream offset of `#bytes[0]`. */
  #base = 0;

  constructor(maxValueBytes: number) {
    this.#scanner = new ValueScanner(maxValueBytes);
  }

  /** Only between values. */
  setMaxValueBytes(maxValueBytes: number): void {
    this.#scanner = new ValueScanner(maxValueBytes);
  }

  /** Memory held, in bytes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** Bytes of a value that is not complete. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Bytes of the stream before the next value. */
  get offset(): number {
    return this.#base + this.#start;
  }

  /** Takes over `chunk`, which the caller must not change afterwards. */
  append(chunk: Buffer): void {
    const pending = this.pending;
    if (pending === 0) {
      this.#base = this.offset;
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#bytes.length) {
      const needed = pending + chunk.length;
      const bytes = needed <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(bytes, 0, this.#start, this.#end);
      this.#base += this.#start;
      this.#bytes = bytes;
      this.#start = 0;
      this.#end = pending;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole value, valid until the next `append`. Throws MalformedBytes with the offset within the stream. */
  next(): Buffer | undefined {
    if (this.pending === 0) {
      this.#base += this.#start;
      this.#bytes = nothing;
      this.#start = 0;
      this.#end = 0;
      return undefined;
    }
    try {
      const after = this.#scanner.scan(this.#bytes, this.#start, this.#end);
      if (after < 0) return undefined;
      const value = this.#bytes.subarray(this.#start, after);
      this.#start = after;
      return value;
    } catch (error) {
      if (error instanceof MalformedBytes) throw new MalformedBytes(error.message, this.offset + error.offset);
      throw error;
    }
  }

  /** Lets go of all bytes, for good: an incomplete value is not gone on with. */
  clear(): void {
    this.#base += this.#end;
    this.#bytes = nothing;
    this.#start = 0;
    this.#end = 0;
  }
}
