const firstElements = 4096;
const keptElements = 256 * 1024;
const listMark = -1;
const otherMark = -2;

/**
 * What a reply is made of, in the order of its bytes: of each string where it begins and ends, of each list how many elements follow. The
 * walk that looks for the end of the reply comes by all of it, and nobody need do that again.
 */
export class ReplyElements {
  /** Two numbers for each element. Positions count from the first byte of the reply. */
  bounds = new Int32Array(firstElements * 2);
  count = 0;

  clear(): void {
    this.count = 0;
    // One large answer must not hold memory for ever.
    if (this.bounds.length > keptElements * 2) this.bounds = new Int32Array(firstElements * 2);
  }

  addText(start: number, end: number): void {
    this.#add(start, end);
  }

  /** -1: there is no list, which Redis also says with a string that is not there. */
  addList(length: number): void {
    this.#add(listMark, length);
  }

  addOther(): void {
    this.#add(otherMark, 0);
  }

  #add(first: number, second: number): void {
    const at = this.count * 2;
    if (at === this.bounds.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.bounds);
      this.bounds = larger;
    }
    this.bounds[at] = first;
    this.bounds[at + 1] = second;
    this.count++;
  }

  /** Of the list `element`; undefined when that is none. */
  listLength(element: number): number | undefined {
    return this.bounds[element * 2] === listMark ? this.bounds[element * 2 + 1] : undefined;
  }

  /** Whether so many elements are strings. */
  areTexts(first: number, count: number): boolean {
    if (first + count > this.count) return false;
    for (let element = first; element < first + count; element++) if ((this.bounds[element * 2] as number) < 0) return false;
    return true;
  }
}
