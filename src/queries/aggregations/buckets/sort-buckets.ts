import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Result } from '../aggregation.ts';
import { bucketNumber } from '../bucket-path.ts';
import type { OrderTerm } from './terms-order.ts';

/** Orders buckets that come by ascending key; sorting is stable, so the key breaks ties. */
export function sortBuckets(buckets: Result[], order: readonly OrderTerm[]): Result[] {
  const [only] = order;
  if (order.length === 1 && only?.path === '_key') return only.descending ? buckets.reverse() : buckets;
  return buckets.sort((left, right) => {
    for (const term of order) {
      const difference = compare(numberOf(left, term.path), numberOf(right, term.path), term.descending);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function numberOf(bucket: Result, path: string): number | null {
  if (path === '_key') return Number(bucket.key);
  const value = bucketNumber(bucket, path);
  if (value === undefined) throw illegalArgument(`Invalid aggregation order path [${path}]. It does not name a metric of the buckets.`);
  return value;
}

function compare(left: number | null, right: number | null, descending: boolean): number {
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  return descending ? right - left : left - right;
}
