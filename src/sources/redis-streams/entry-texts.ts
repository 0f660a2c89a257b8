import { type ByteSource, viewOf, withView } from '../../lib/byte-words.ts';

/**
 * The names and values of one entry, alternating: parts of the bytes that hold them, which are UTF-8. An entry has fifty of them, so there is
 * no string and no object for each.
 */
export class EntryTexts implements ByteSource {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = viewOf(this.bytes);
  count = 0;
  #bounds: Int32Array = new Int32Array(0);
  #first = 0;

  /** `count` texts from `first` on; `bounds` has where each begins and ends in the bytes. */
  set({ bytes, view }: ByteSource, bounds: Int32Array, first: number, count: number): void {
    this.bytes = bytes;
    this.view = view;
    this.count = count;
    this.#bounds = bounds;
    this.#first = first * 2;
  }

  start(text: number): number {
    return this.#bounds[this.#first + text * 2] as number;
  }

  end(text: number): number {
    return this.#bounds[this.#first + text * 2 + 1] as number;
  }

  /** What is no UTF-8 becomes U+FFFD. */
  toStrings(): string[] {
    return Array.from({ length: this.count }, (_, at) => this.bytes.toString('utf8', this.start(at), this.end(at)));
  }

  static of(strings: readonly string[]): EntryTexts {
    const parts = strings.map((text) => Buffer.from(text));
    const bounds = new Int32Array(parts.length * 2);
    let start = 0;
    for (const [at, { length }] of parts.entries()) {
      bounds[at * 2] = start;
      start += length;
      bounds[at * 2 + 1] = start;
    }
    const texts = new EntryTexts();
    texts.set(withView(Buffer.concat(parts)), bounds, 0, parts.length);
    return texts;
  }
}
