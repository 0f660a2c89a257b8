import { AppError } from '../../lib/errors.ts';

const initialBytes = 16_384;
/** A buffer that one huge message has grown beyond this is given back. */
const keptBytes = 1_048_576;

/** An escape makes up to six bytes of one, so a record is bounded apart from the request that it came in. */
const maxBytes = 128 * 1024 * 1024;

const quote = 0x22;
const hex = Buffer.from('0123456789abcdef');

/** 0: stands for itself. 1: not ASCII. Otherwise the character behind a backslash, where `u` begins `\u00XX`. */
const treatment = new Uint8Array(256).fill(1, 128).fill(0x75, 0, 32);
for (const [char, behind] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt'])
  treatment[(char as string).charCodeAt(0)] = (behind as string).charCodeAt(0);

/**
 * A growing buffer of JSON text, used again for each record: a hot path, so strings are copied from the message byte by byte and
 * become one JavaScript string at the end. Writing throws `too_large`.
 */
export class JsonBytes {
  bytes: Buffer = Buffer.allocUnsafeSlow(initialBytes);
  length = 0;
  #ascii = true;

  reset(): void {
    this.length = 0;
    this.#ascii = true;
    if (this.bytes.length > keptBytes) this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  #reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > maxBytes) throw new AppError('too_large', `a record takes more than ${maxBytes} bytes as JSON; send smaller values`);
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, 2 * this.bytes.length), maxBytes));
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
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < json.length; i++) bytes[at++] = json.charCodeAt(i);
    this.length = at;
  }

  /** Text that is JSON already. */
  json(json: string): void {
    this.#reserve(Buffer.byteLength(json));
    const written = this.bytes.write(json, this.length, 'utf8');
    if (written !== json.length) this.#ascii = false;
    this.length += written;
  }

  /** What another buffer has, as JSON. */
  raw(json: JsonBytes): void {
    this.#reserve(json.length);
    json.bytes.copy(this.bytes, this.length, 0, json.length);
    this.length += json.length;
    this.#ascii &&= json.#ascii;
  }

  /** Bytes from `start` to `end` as a JSON string of what they are in UTF-8. */
  string(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 2);
    let { bytes } = this;
    let at = this.length;
    bytes[at++] = quote;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      const behind = treatment[byte] as number;
      if (behind === 0) bytes[at++] = byte;
      else if (behind === 1) {
        this.#ascii = false;
        bytes[at++] = byte;
      } else {
        this.length = at;
        this.#reserve(end - i + 6);
        ({ bytes } = this);
        bytes[at++] = 0x5c;
        bytes[at++] = behind;
        if (behind === 0x75) {
          bytes[at++] = 0x30;
          bytes[at++] = 0x30;
          bytes[at++] = hex[byte >> 4] as number;
          bytes[at++] = hex[byte & 15] as number;
        }
      }
    }
    bytes[at++] = quote;
    this.length = at;
  }

  base64(source: Buffer, start: number, end: number): void {
    this.ascii('"');
    this.#reserve(Math.ceil((end - start) / 3) * 4 + 1);
    this.length += this.bytes.write(source.toString('base64', start, end), this.length, 'latin1');
    this.ascii('"');
  }

  /** What was written since `start`, which MUST be the start of a character. */
  text(start = 0): string {
    return this.bytes.toString(this.#ascii ? 'latin1' : 'utf8', start, this.length);
  }
}
