const maxReasons = 5;
const maxNameLength = 100;

/** Records of a request that cannot be stored while the others can: OTLP's partial success. */
export class Rejections {
  readonly #what: string;
  readonly #reasons: string[] = [];
  #warning = '';
  count = 0;

  /** `what` is the plural of the signal's records. */
  constructor(what: string) {
    this.#what = what;
  }

  /** `at` is the record's place among those of the request, from 0. */
  add(at: number, name: string, reason: string): void {
    this.count++;
    if (this.#reasons.length < maxReasons)
      this.#reasons.push(`number ${at + 1} (${JSON.stringify(name.slice(0, maxNameLength))}) ${reason}`);
  }

  /** Something that the sender should know although nothing was rejected. */
  warn(text: string): void {
    this.#warning = text;
  }

  /** Empty when there is nothing to tell. */
  get message(): string {
    if (this.count === 0) return this.#warning;
    const more = this.count > this.#reasons.length ? ` and ${this.count - this.#reasons.length} more` : '';
    return `${this.count} ${this.#what} were rejected: ${this.#reasons.join('; ')}${more}${this.#warning === '' ? '' : `. ${this.#warning}`}`;
  }
}
