import { type ByteSource, hasBackslash, hasControl, hasQuote, viewOf, wordBytes } from '../../lib/byte-words.ts';
import { escapedText, escapes } from '../../model/signal-lines.ts';
import type { SpanLines } from '../../model/span-lines.ts';

const firstBytes = 64 * 1024;
const maxPlain = 64;
const tab = 0x09;
const lineEnd = 0x0a;
const quote = 0x22;
const point = 0x2e;
const zero = 0x30;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** ClickHouse's `TSV`: the letter behind a backslash, for bytes that cannot stand for themselves. */
const letters = new Uint8Array(256);
for (const [char, letter] of Object.entries(escapes)) letters[char.charCodeAt(0)] = letter.charCodeAt(1);

/**
 * Writes lines of spans into one growing buffer, from bytes. The loops take four at a time, and those that are left one by one, because the
 * texts are short: a call of `copy` costs more than twenty turns.
 */
export class LineWriter implements SpanLines {
  #rowsAt: number[] = [];
  #buffer: Buffer = Buffer.allocUnsafe(firstBytes);
  #view: DataView = viewOf(this.#buffer);
  #length = 0;

  get rowsAt(): readonly number[] {
    return this.#rowsAt;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** Forgets everything. Returns the size of the memory that it keeps, in bytes. */
  clear(): number {
    this.#rowsAt = [];
    this.#length = 0;
    return this.#buffer.length;
  }

  /** Takes back what was written behind `length`. */
  cutTo(length: number): void {
    this.#length = length;
  }

  tab(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = tab;
  }

  endLine(): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = lineEnd;
  }

  /** The row is inserted here when it is known. */
  row(): void {
    this.#rowsAt.push(this.#length);
  }

  /** Bytes that are escaped already. */
  raw({ bytes, view }: ByteSource): void {
    const { length } = bytes;
    this.#reserve(length);
    const to = this.#length;
    let at = 0;
    for (; at + wordBytes <= length; at += wordBytes) this.#view.setInt32(to + at, view.getInt32(at));
    for (; at < length; at++) this.#buffer[to + at] = bytes[at] as number;
    this.#length = to + length;
  }

  /** Makes an object of the members behind `from`, each of which has a comma before it. */
  closeObject(from: number): void {
    this.#reserve(1);
    this.#buffer[from] = openBrace;
    this.#buffer[this.#length++] = closeBrace;
  }

  text(text: string): void {
    if (!this.#writePlain(text)) {
      const escaped = escapedText(text);
      this.#reserve(escaped.length * 3);
      this.#length += this.#buffer.write(escaped, this.#length, 'utf8');
    }
  }

  escaped({ bytes, view }: ByteSource, start: number, end: number): void {
    this.#reserve((end - start) * 2);
    const buffer = this.#buffer;
    let to = this.#length;
    let at = start;
    for (; at + wordBytes <= end; at += wordBytes, to += wordBytes) {
      const word = view.getInt32(at);
      if (hasControl(word) || hasBackslash(word)) break;
      this.#view.setInt32(to, word);
    }
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      const letter = letters[byte] as number;
      if (letter !== 0) buffer[to++] = backslash;
      buffer[to++] = letter === 0 ? byte : letter;
    }
    this.#length = to;
  }

  /** A JSON string. False, and nothing is written, when a byte of it cannot stand for itself. */
  quoted({ bytes, view }: ByteSource, start: number, end: number): boolean {
    this.#reserve(end - start + 2);
    const buffer = this.#buffer;
    let to = this.#length;
    buffer[to++] = quote;
    let at = start;
    for (; at + wordBytes <= end; at += wordBytes, to += wordBytes) {
      const word = view.getInt32(at);
      if (hasControl(word) || hasBackslash(word) || hasQuote(word)) return false;
      this.#view.setInt32(to, word);
    }
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte < 0x20 || byte === quote || byte === backslash) return false;
      buffer[to++] = byte;
    }
    buffer[to++] = quote;
    this.#length = to;
    return true;
  }

  /**
   * A plain decimal such as `12.345` times 10 to the power of `places`, as an integer; digits behind the last place are cut off. False, and
   * nothing is written, for everything else, and for what may be beyond 64 bits.
   */
  scaled(bytes: Uint8Array, start: number, end: number, places: number): boolean {
    if (end - start > 40) return false;
    this.#reserve(40 + places);
    const buffer = this.#buffer;
    const first = this.#length;
    let to = first;
    let missing = -1;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === point && missing < 0) missing = places;
      else if (byte < zero || byte > 0x39) return false;
      else if (missing !== 0) {
        if (missing > 0) missing--;
        if (to > first || byte !== zero) buffer[to++] = byte;
      }
    }
    if (to === first) return false;
    for (let left = missing < 0 ? places : missing; left > 0; left--) buffer[to++] = zero;
    // 2^63 is 9223372036854775808.
    if (to - first > 19 || (to - first === 19 && buffer[first] === 0x39)) return false;
    this.#length = to;
    return true;
  }

  /** False, and nothing is written, for what is long or has other than printable ASCII. */
  #writePlain(text: string): boolean {
    const { length } = text;
    if (length > maxPlain) return false;
    this.#reserve(length);
    const to = this.#length;
    for (let at = 0; at < length; at++) {
      const char = text.charCodeAt(at);
      if (char < 0x20 || char > 0x7e || char === backslash) return false;
      this.#buffer[to + at] = char;
    }
    this.#length = to + length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#buffer.length) this.#grow(bytes);
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}
