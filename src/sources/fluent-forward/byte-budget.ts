/**
 * Bytes that all connections hold together. Over the limit everyone waits but one, which may go on to the end of its message:
 * were all to wait in the middle of one, none could ever finish.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #held = new Map<object, number>();
  readonly #waiting = new Set<() => void>();
  #used = 0;
  #exempt: object | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Says how much `holder` holds now, and whether it is in the middle of a message. With 0 it is forgotten. */
  hold(holder: object, bytes: number, isMidMessage: boolean): void {
    this.#used += bytes - (this.#held.get(holder) ?? 0);
    if (bytes > 0) this.#held.set(holder, bytes);
    else this.#held.delete(holder);
    if (this.#exempt === holder && !isMidMessage) this.#exempt = undefined;
    if (this.#used < this.#limit || this.#exempt === undefined) this.#wake();
  }

  mayGrow(holder: object): boolean {
    if (this.#used < this.#limit || this.#exempt === holder) return true;
    if (this.#exempt !== undefined) return false;
    this.#exempt = holder;
    return true;
  }

  /** Calls `wake` whenever it is worth asking again. Returns how to stop that. */
  onRoom(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
