/** Durations are counted in buckets whose limits grow by this factor, so that counts of parts can be added up. */
const growth = 1.02;

/** The bucket of nanoseconds, which the SQL expression `took` gives. */
export const bucketSql = (took: string): string => `toUInt16(if(${took} <= 1, 0, ceil(log(${took}) / log(${growth}))))`;

/** A map of buckets to counts, of nanoseconds in the SQL expression `took`. */
export const histogramSql = (took: string): string => `sumMap([${bucketSql(took)}], [toUInt64(1)])`;

/** Counts calls and their durations. */
export class DurationHistogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;

  /** Buckets and counts, as `histogramSql` gives them. */
  add([buckets, counts]: readonly [readonly (number | string)[], readonly (number | string)[]]): void {
    for (const [at, bucket] of buckets.entries()) {
      const count = Number(counts[at]);
      this.#buckets.set(Number(bucket), (this.#buckets.get(Number(bucket)) ?? 0) + count);
      this.#count += count;
    }
  }

  addAll(other: DurationHistogram): void {
    this.add([[...other.#buckets.keys()], [...other.#buckets.values()]]);
  }

  /** Each bucket's middle, in nanoseconds, and its count. */
  *entries(): Generator<readonly [nanos: number, count: number]> {
    for (const [bucket, count] of this.#buckets) yield [bucket === 0 ? 1 : growth ** (bucket - 0.5), count];
  }

  /** In milliseconds, right within 1 %; 0 when nothing was counted. */
  percentileMillis(share: number): number {
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      // The middle of the bucket.
      if (seen >= share * this.#count) return bucket === 0 ? 0 : growth ** (bucket - 0.5) / 1e6;
    }
    return 0;
  }
}
