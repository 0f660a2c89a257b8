import type { IndexCounters } from './surfaces/elasticsearch/administration/administration-ports.ts';

type Counts = { -readonly [Name in keyof IndexCounters]: number };

/** Counters per index, for `_stats`. */
export class IndexCounts {
  readonly #counts = new Map<string, Counts>();

  add(index: string, name: keyof IndexCounters, amount: number): void {
    const counts = this.#counts.get(index) ?? { indexed: 0, indexFailed: 0, indexMillis: 0, deleted: 0, searches: 0, searchMillis: 0 };
    counts[name] += amount;
    this.#counts.set(index, counts);
  }

  get(index: string): IndexCounters | undefined {
    return this.#counts.get(index);
  }
}
