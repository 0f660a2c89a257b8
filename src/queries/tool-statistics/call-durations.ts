/** Durations beyond the first few are counted in buckets whose limits grow by this factor. */
const growth = 1.005;

/** So many durations of a tool are kept as they are, and their percentiles are exact. */
export const maxExact = 100;

/** A map of buckets to counts, of nanoseconds in the SQL expression `took`. */
export const bucketsSql = (took: string): string => `sumMap([toUInt16(ceil(log(greatest(${took}, 1)) / log(${growth})))], [toUInt64(1)])`;

/** 64-bit integers come from the engine as text. */
type Integers = readonly (number | string)[];

/** Durations of calls, in nanoseconds. Parts may be added up. */
export class CallDurations {
  readonly #buckets = new Map<number, number>();
  #exact: number[] = [];
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** `some`: all durations when there are at most `maxExact`; `buckets`: what `bucketsSql` gave. */
  add(
    part: Readonly<{ some: Integers; buckets: readonly [Integers, Integers]; count: number; sum: number; min: number; max: number }>,
  ): void {
    this.#count += part.count;
    this.#sum += part.sum;
    this.#min = Math.min(this.#min, part.min);
    this.#max = Math.max(this.#max, part.max);
    this.#exact = this.#count > maxExact ? [] : [...this.#exact, ...part.some.map(Number)];
    const [buckets, counts] = part.buckets;
    for (const [at, bucket] of buckets.entries())
      this.#buckets.set(Number(bucket), (this.#buckets.get(Number(bucket)) ?? 0) + Number(counts[at]));
  }

  get averageMillis(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count / 1e6;
  }

  get maxMillis(): number {
    return this.#max / 1e6;
  }

  /** The nearest rank. Exact for up to `maxExact` calls, else right within a quarter of a percent. 0 when nothing was counted. */
  percentileMillis(share: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    if (this.#exact.length === this.#count) return (this.#exact.toSorted((a, b) => a - b)[rank - 1] ?? 0) / 1e6;
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      // The middle of the bucket; never outside what was measured.
      if (seen >= rank) return Math.min(this.#max, Math.max(this.#min, growth ** (bucket - 0.5))) / 1e6;
    }
    return this.#max / 1e6;
  }
}
