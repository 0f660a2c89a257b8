import { isUtf8 } from 'node:buffer';
import { EntryTexts } from './entry-texts.ts';
import { ProtocolError } from './reply-reader.ts';

/**
 * Called for each entry in order. `fields` alternates names and values, and is used again for the next entry; undefined when Redis has
 * dropped the entry since it was given to a consumer.
 */
export type VisitEntry = (id: string, fields: EntryTexts | undefined) => void;

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

const texts = new EntryTexts();
const nothing = Buffer.alloc(0);

/** Reads values out of a whole answer, which was walked before: what it says of its lengths is true. */
class EntryCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  visitEach(visit: VisitEntry): number {
    const entries = this.listLength();
    const isText = isUtf8(this.#bytes);
    for (let entry = 0; entry < entries; entry++) {
      if (this.listLength() !== 2) throw unexpected();
      const id = this.text();
      const length = this.listLength();
      if (length < 0) {
        visit(id, undefined);
        continue;
      }
      texts.clear(this.#bytes);
      for (let at = 0; at < length; at++) {
        const bytes = this.#textLength();
        texts.add(this.#at, this.#at + bytes);
        this.#at += bytes + 2;
      }
      visit(id, isText ? texts : EntryTexts.of(texts.toStrings()));
    }
    // The answer may be large.
    texts.clear(nothing);
    return Math.max(entries, 0);
  }

  listLength(): number {
    const type = this.#bytes[this.#at];
    // Version 2 of the protocol also writes the absent list as an absent string.
    if (type !== list && !(type === bulk && this.#bytes[this.#at + 1] === minus)) throw unexpected();
    return this.#length();
  }

  text(): string {
    const length = this.#textLength();
    const start = this.#at;
    this.#at = start + length + 2;
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** The text is then at `#at`. */
  #textLength(): number {
    if (this.#bytes[this.#at] !== bulk) throw unexpected();
    const length = this.#length();
    if (length < 0) throw unexpected();
    return length;
  }

  /** Of the value or list that begins here; the next byte is then the first behind the line. */
  #length(): number {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let value = 0;
    for (let digit = (bytes[at] as number) - 0x30; digit >= 0 && digit <= 9; digit = (bytes[++at] as number) - 0x30)
      value = value * 10 + digit;
    if (bytes[at] === minus) {
      this.#at = at + 4;
      return -1;
    }
    this.#at = at + 2;
    return value;
  }
}
