/**
 * Durations are counted in buckets, so that counts of parts can be added up. Bucket n has those from 2^(n/36) nanoseconds to below
 * 2^((n+1)/36), so that limits grow by 2 %; 0 also has those of none.
 */
export const perDoubling = 36;
const middle = (bucket: number) => 2 ** ((bucket + 0.5) / perDoubling);

/** The bucket of nanoseconds, which the SQL expression `took` gives. */
export const bucketSql = (took: string): string => `toUInt16(if(${took} <= 1, 0, floor(log2(${took}) * ${perDoubling})))`;

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

  /** In milliseconds, right within 1 %; 0 when nothing was counted. */
  percentileMillis(share: number): number {
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= share * this.#count) return bucket === 0 ? 0 : middle(bucket) / 1e6;
    }
    return 0;
  }
}
