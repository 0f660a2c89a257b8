import { isAscii } from 'node:buffer';
import { ProtocolError } from './reply-reader.ts';

/**
 * Called for each entry in order. `fields` alternates names and values, and is used again for the next entry; undefined when Redis has
 * dropped the entry since it was given to a consumer.
 */
export type VisitEntry = (id: string, fields: readonly string[] | undefined) => void;

/** Visits the answer of `XREADGROUP` for one stream. Returns the number of entries. Throws `ProtocolError`. */
export function visitEntries(reply: Buffer, visit: VisitEntry): number {
  const cursor = new EntryCursor(reply);
  const streams = cursor.listLength();
  if (streams < 0) return 0;
  if (streams !== 1 || cursor.listLength() !== 2) throw unexpected();
  cursor.text();
  return cursor.visitEach(visit);
}

/** The same for the answer of `XRANGE`. */
export const visitList = (reply: Buffer, visit: VisitEntry): number => new EntryCursor(reply).visitEach(visit);

const unexpected = () => new ProtocolError('what answers is no Redis: entries of a stream were expected');

const bulk = 0x24;
const list = 0x2a;
const minus = 0x2d;

const fields: string[] = [];
const names: string[] = new Array<string>(4096).fill('');
const maxNameLength = 64;

/**
 * Reads values out of one string that is the whole answer: a string for each value from its bytes costs several times as much, and an entry
 * has fifty of them. Latin-1 gives one character for each byte, so that lengths in bytes are lengths in characters. The answer was walked
 * before, so what it says of its lengths is true.
 */
class EntryCursor {
  readonly #bytes: Buffer;
  readonly #text: string;
  readonly #ascii: boolean;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#ascii = isAscii(bytes);
  }

  visitEach(visit: VisitEntry): number {
    const entries = this.listLength();
    for (let entry = 0; entry < entries; entry++) {
      if (this.listLength() !== 2) throw unexpected();
      const id = this.text();
      const length = this.listLength();
      if (length < 0) {
        visit(id, undefined);
        continue;
      }
      fields.length = length;
      for (let at = 0; at < length; at++) fields[at] = at % 2 === 0 ? this.#name() : this.text();
      visit(id, fields);
    }
    return Math.max(entries, 0);
  }

  listLength(): number {
    const type = this.#text.charCodeAt(this.#at);
    // Version 2 of the protocol also writes the absent list as an absent string.
    if (type !== list && !(type === bulk && this.#text.charCodeAt(this.#at + 1) === minus)) throw unexpected();
    return this.#length();
  }

  text(): string {
    if (this.#text.charCodeAt(this.#at) !== bulk) throw unexpected();
    const length = this.#length();
    if (length < 0) throw unexpected();
    const start = this.#at;
    this.#at = start + length + 2;
    return this.#ascii ? this.#text.slice(start, start + length) : this.#bytes.toString('utf8', start, start + length);
  }

  /** The same few names come again and again, in any order. They are remembered by a cheap hash, as strings whose own hash is known. */
  #name(): string {
    const before = this.#at;
    const length = this.#length();
    const start = this.#at;
    if (length <= 0 || length > maxNameLength || !this.#ascii) {
      this.#at = before;
      return this.text();
    }
    const text = this.#text;
    const first = text.charCodeAt(start);
    const middle = text.charCodeAt(start + (length >> 1));
    const last = text.charCodeAt(start + length - 1);
    const hash = (length * 31 + first * 131 + middle * 17 + last * 521) & 4095;
    const known = names[hash] as string;
    if (known.length === length && text.startsWith(known, start)) {
      this.#at = start + length + 2;
      return known;
    }
    this.#at = before;
    const name = Buffer.from(this.text()).toString();
    names[hash] = name;
    return name;
  }

  /** Of the value or list that begins here; the next byte is then the first behind the line. */
  #length(): number {
    const text = this.#text;
    let at = this.#at + 1;
    let value = 0;
    for (let digit = text.charCodeAt(at) - 0x30; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 0x30) value = value * 10 + digit;
    if (text.charCodeAt(at) === minus) {
      this.#at = at + 4;
      return -1;
    }
    this.#at = at + 2;
    return value;
  }
}
