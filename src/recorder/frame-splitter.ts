import { createHash, type Hash } from 'node:crypto';

/** One line of a conversation, without its line end. */
export type RawFrame = Readonly<{
  /** Of the line as it was sent, without its line end. */
  bytes: number;
  /** The whole line, or its first part when it is longer than the limit. */
  head: Buffer;
  cut: boolean;
  /** The end of a line that was cut, at most `tailBytes`. */
  tail: Buffer;
  /** SHA-256 of the whole line in hexadecimal digits, for lines that were cut. */
  sha256: string | undefined;
}>;

const tailBytes = 256;
const nothing = Buffer.alloc(0);

/**
 * Cuts a stream into lines at byte 0x0A and gives each as a frame; `\r` before it is dropped, empty lines are left out. It keeps
 * slices of the chunks and joins them once per line, so a message that arrives in many chunks costs no more than one that
 * does not. What it keeps of a line is bounded by `limit` bytes, whatever the line's length.
 */
export class FrameSplitter {
  readonly #limit: number;
  readonly #onFrame: (frame: RawFrame) => void;
  #parts: Buffer[] = [];
  #kept = 0;
  #bytes = 0;
  #hash: Hash | undefined;
  #tail = nothing;
  #last = 0;
  #broken = false;

  constructor(limit: number, onFrame: (frame: RawFrame) => void) {
    this.#limit = limit;
    this.#onFrame = onFrame;
  }

  /** A part of the stream is missing here: the line that it is in, and what follows up to the next line end, is no frame. */
  skip(): void {
    this.#clear();
    this.#broken = true;
  }

  push(whole: Buffer): void {
    let chunk = whole;
    if (this.#broken) {
      const end = chunk.indexOf(0x0a);
      if (end === -1) return;
      this.#broken = false;
      chunk = chunk.subarray(end + 1);
    }
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      this.#take(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    if (from < chunk.length) this.#take(chunk.subarray(from));
  }

  /** The stream has ended: what stands behind the last line end is a line too. */
  end(): void {
    this.#finish();
  }

  #take(part: Buffer): void {
    if (part.length === 0) return;
    if (this.#bytes + part.length > this.#limit && this.#hash === undefined) {
      this.#hash = createHash('sha256');
      for (const kept of this.#parts) this.#hash.update(kept);
    }
    if (this.#hash !== undefined) {
      this.#hash.update(part);
      this.#tail = Buffer.concat([this.#tail, part.subarray(-tailBytes)]).subarray(-tailBytes);
    }
    const room = this.#limit - this.#kept;
    if (room > 0) {
      const kept = part.length <= room ? part : part.subarray(0, room);
      this.#parts.push(kept);
      this.#kept += kept.length;
    }
    this.#bytes += part.length;
    this.#last = part[part.length - 1] as number;
  }

  #finish(): void {
    const carriage = this.#last === 0x0d && this.#hash === undefined ? 1 : 0;
    const bytes = this.#bytes - carriage;
    if (bytes > 0) {
      const head = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
      this.#onFrame({
        bytes,
        head: carriage === 1 ? head.subarray(0, bytes) : head,
        cut: this.#hash !== undefined,
        tail: this.#tail,
        sha256: this.#hash?.digest('hex'),
      });
    }
    this.#clear();
  }

  #clear(): void {
    this.#parts = [];
    this.#kept = 0;
    this.#bytes = 0;
    this.#hash = undefined;
    this.#tail = nothing;
    this.#last = 0;
  }
}
