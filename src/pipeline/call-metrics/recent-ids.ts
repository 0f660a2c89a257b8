/** Remembers at least the last `capacity` ids, and at most twice as many. */
export class RecentIds {
  readonly #capacity: number;
  #newer = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** False when it is known already. */
  add(id: string): boolean {
    if (this.#newer.has(id) || this.#older.has(id)) return false;
    if (this.#newer.size >= this.#capacity) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
    return true;
  }
}
