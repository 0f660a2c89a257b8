import { isUtf8 } from 'node:buffer';
import { sourceOf, withView } from '../../lib/byte-words.ts';
import { EntryTexts } from './entry-texts.ts';
import type { ReplyElements } from './reply-elements.ts';
import { ProtocolError, type WholeReply } from './reply-reader.ts';

/**
 * Called for each entry in order. `fields` alternates names and values, and is used again for the next entry; undefined when Redis has
 * dropped the entry since it was given to a consumer.
 */
export type VisitEntry = (id: string, fields: EntryTexts | undefined) => void;

/** Visits the answer of `XREADGROUP` for one stream. Returns the number of entries. Throws `ProtocolError`. */
export function visitEntries(reply: WholeReply, visit: VisitEntry): number {
  const cursor = new EntryCursor(reply);
  const streams = cursor.listLength();
  if (streams < 0) return 0;
  if (streams !== 1 || cursor.listLength() !== 2) throw unexpected();
  cursor.text();
  return cursor.visitEach(visit);
}

/** The same for the answer of `XRANGE`. */
export const visitList = (reply: WholeReply, visit: VisitEntry): number => new EntryCursor(reply).visitEach(visit);

const unexpected = () => new ProtocolError('what answers is no Redis: entries of a stream were expected');

const texts = new EntryTexts();
const nothing = sourceOf('');
const noBounds = new Int32Array(0);

class EntryCursor {
  readonly #bytes: Buffer;
  readonly #elements: ReplyElements;
  #at = 0;

  constructor({ bytes, elements }: WholeReply) {
    this.#bytes = bytes;
    this.#elements = elements;
  }

  visitEach(visit: VisitEntry): number {
    const entries = this.listLength();
    const isText = isUtf8(this.#bytes);
    const source = withView(this.#bytes);
    for (let entry = 0; entry < entries; entry++) {
      if (this.listLength() !== 2) throw unexpected();
      const id = this.text();
      const length = this.listLength();
      if (length < 0) {
        visit(id, undefined);
        continue;
      }
      if (!this.#elements.areTexts(this.#at, length)) throw unexpected();
      texts.set(source, this.#elements.bounds, this.#at, length);
      this.#at += length;
      visit(id, isText ? texts : EntryTexts.of(texts.toStrings()));
    }
    // The answer may be large.
    texts.set(nothing, noBounds, 0, 0);
    return Math.max(entries, 0);
  }

  listLength(): number {
    const length = this.#elements.listLength(this.#at++);
    if (length === undefined) throw unexpected();
    return length;
  }

  text(): string {
    if (!this.#elements.areTexts(this.#at, 1)) throw unexpected();
    const at = this.#at++ * 2;
    return this.#bytes.toString('latin1', this.#elements.bounds[at], this.#elements.bounds[at + 1]);
  }
}
