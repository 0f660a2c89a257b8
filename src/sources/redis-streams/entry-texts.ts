/**
 * The names and values of one entry, alternating: parts of the bytes that hold them, which are UTF-8. An entry has fifty of them, so there is
 * no string and no object for each.
 */
export class EntryTexts {
  bytes: Buffer = Buffer.alloc(0);
  count = 0;
  #bounds = new Int32Array(256);

  /** Forgets the texts; those that are added next are in `bytes`. */
  clear(bytes: Buffer): void {
    this.bytes = bytes;
    this.count = 0;
  }

  add(start: number, end: number): void {
    const at = this.count * 2;
    if (at === this.#bounds.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.#bounds);
      this.#bounds = larger;
    }
    this.#bounds[at] = start;
    this.#bounds[at + 1] = end;
    this.count++;
  }

  start(text: number): number {
    return this.#bounds[text * 2] as number;
  }

  end(text: number): number {
    return this.#bounds[text * 2 + 1] as number;
  }

  /** What is no UTF-8 becomes U+FFFD. */
  toStrings(): string[] {
    return Array.from({ length: this.count }, (_, at) => this.bytes.toString('utf8', this.start(at), this.end(at)));
  }

  static of(strings: readonly string[]): EntryTexts {
    const parts = strings.map((text) => Buffer.from(text));
    const texts = new EntryTexts();
    texts.clear(Buffer.concat(parts));
    let start = 0;
    for (const { length } of parts) {
      texts.add(start, start + length);
      start += length;
    }
    return texts;
  }
}
