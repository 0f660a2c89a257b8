import { isUtf8 } from 'node:buffer';

/** A record that is well-formed MessagePack but cannot become a document; the message is the reason for its dead letter. */
export class UnreadableRecord extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'UnreadableRecord';
  }
}

const escapes: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === 0x22 || byte === 0x5c ? Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)) : undefined,
);

/** 1 for the bytes that stand for themselves: ASCII without those that are escaped. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x80 && escapes[byte] === undefined ? 1 : 0));

const strayBytes: readonly Buffer[] = Array.from({ length: 256 }, (_, byte) => Buffer.from(`\\\\x${byte.toString(16)}`));

/** Bytes of the well-formed UTF-8 character at `at`, or 0 (Unicode, table 3-7). */
function utf8CharacterLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] as number;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  return length > 0 && at + length <= end && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** Growing buffer of JSON text. `bytes` up to `length` is what was written; it is reused, so copy out what is to stay. */
export class JsonWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(16_384);
  length = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Starts anew. A buffer that one huge document has grown is given back. */
  reset(): void {
    this.length = 0;
    if (this.bytes.length > 1_048_576) this.bytes = Buffer.allocUnsafeSlow(16_384);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#maxBytes) throw new UnreadableRecord(`the document is larger than ${this.#maxBytes} bytes`);
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, 2 * this.bytes.length), Math.max(needed, this.#maxBytes)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  /** ASCII text that is JSON already. */
  ascii(json: string): void {
    this.#reserve(json.length);
    for (let i = 0; i < json.length; i++) this.bytes[this.length++] = json.charCodeAt(i);
  }

  /** Text that is JSON already. */
  text(json: string): void {
    this.#reserve(Buffer.byteLength(json));
    this.length += this.bytes.write(json, this.length, 'utf8');
  }

  /** Bytes that are JSON already. */
  raw(json: Uint8Array): void {
    this.#reserve(json.length);
    this.bytes.set(json, this.length);
    this.length += json.length;
  }

  /**
   * A JSON string of the UTF-8 bytes from `start` to `end`. A byte that is no UTF-8 becomes the text `\xNN`, so that a log
   * line with one bad byte stays readable and searchable and the byte can still be told.
   */
  quoted(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 2);
    let { bytes: out, length: at } = this;
    out[at++] = 0x22;
    let wellFormed: boolean | undefined;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (plain[byte] === 1) {
        out[at++] = byte;
        continue;
      }
      // Asked once, at the first byte that is not ASCII: what is before it is whole characters.
      if (byte >= 0x80) wellFormed ??= isUtf8(source.subarray(i, end));
      if (byte >= 0x80 && wellFormed) {
        out[at++] = byte;
        continue;
      }
      const escaped = escapes[byte];
      const characterLength = escaped === undefined ? utf8CharacterLength(source, i, end) : 0;
      const piece = escaped ?? (characterLength > 0 ? source.subarray(i, i + characterLength) : (strayBytes[byte] as Buffer));
      this.length = at;
      this.#reserve(piece.length + end - i + 1);
      out = this.bytes;
      out.set(piece, at);
      at += piece.length;
      if (characterLength > 0) i += characterLength - 1;
    }
    out[at++] = 0x22;
    this.length = at;
  }
}
