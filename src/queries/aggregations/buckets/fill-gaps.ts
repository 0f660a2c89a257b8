import { tooManyBuckets } from '../bucket-limit.ts';
import type { Level } from '../level.ts';

export type Bounds = Readonly<{ min: number | undefined; max: number | undefined }>;

/**
 * The starts of all buckets from the first to the last, with those that hold nothing. `extended` widens the range,
 * `hard` cuts it. Stops with `too_many_buckets_exception` before it makes more than one answer may hold.
 */
export function fillGaps(
  keys: readonly number[],
  interval: Readonly<{ start: (value: number) => number; next: (start: number) => number }>,
  extended: Bounds | undefined,
  hard: Bounds | undefined,
  level: Level,
): readonly number[] {
  const candidates = (bound: number | undefined) => (bound === undefined ? [] : [interval.start(bound)]);
  const starts = [...keys.slice(0, 1), ...candidates(extended?.min)];
  const ends = [...keys.slice(-1), ...candidates(extended?.max)];
  if (starts.length === 0 || ends.length === 0) return keys;
  const first = Math.min(...starts);
  const last = Math.max(...ends);
  const { maxBuckets } = level.context;
  const known = new Set(keys);
  const filled: number[] = [];
  for (let start = first; start <= last; start = interval.next(start)) {
    // A clock change can put a stored key between two computed edges; no bucket may get lost.
    filled.push(start);
    known.delete(start);
    if (filled.length > maxBuckets) throw tooManyBuckets(maxBuckets);
  }
  const all = known.size === 0 ? filled : [...filled, ...known].sort((left, right) => left - right);
  return all.filter(
    (start) => (hard?.max === undefined || start < hard.max) && (hard?.min === undefined || interval.next(start) > hard.min),
  );
}
