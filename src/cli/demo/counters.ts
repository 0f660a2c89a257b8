/** Calls of agents and tools that have ended, and those that failed by kind. */
export class Counters {
  #calls = 0;
  readonly #errors = new Map<string, number>();

  readonly counted = (kind: string | undefined): void => {
    this.#calls++;
    if (kind !== undefined) this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  };

  get calls(): number {
    return this.#calls;
  }

  /** `123 calls, 9 errors (tool_error 5, TimeoutError 4)`, the most frequent first. */
  get text(): string {
    const kinds = [...this.#errors].sort(([, a], [, b]) => b - a);
    const errors = kinds.reduce((sum, [, count]) => sum + count, 0);
    const list = kinds.map(([kind, count]) => `${kind} ${count}`).join(', ');
    return `${this.#calls} calls, ${errors} errors${list === '' ? '' : ` (${list})`}`;
  }
}
