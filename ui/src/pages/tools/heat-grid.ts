import type { HeatCell } from '../../api/tools.ts';

/** Cells by row: row 0 is the bucket of the shortest durations. Buckets between, that no call fell into, are rows too. */
export type HeatGrid = Readonly<{
  /** Limits of the rows in milliseconds, one more than there are rows. */
  limitsMillis: readonly number[];
  columns: number;
  /** `calls[row][column]`. */
  calls: readonly (readonly number[])[];
  most: number;
}>;

/** Half steps of a power of two, as the server cuts durations. */
const bucketOf = (millis: number): number => Math.round(Math.log2(millis * 1e6) * 2);
const millisOf = (bucket: number): number => 2 ** (bucket / 2) / 1e6;

export function heatGrid(cells: readonly HeatCell[], columns: number): HeatGrid {
  const buckets = cells.map(({ from_ms }) => bucketOf(from_ms));
  if (buckets.length === 0) return { limitsMillis: [], columns, calls: [], most: 0 };
  const low = Math.min(...buckets);
  // An even number of rows, because bars have two each.
  const high = low + 2 * Math.ceil((Math.max(...buckets) - low + 1) / 2) - 1;
  const calls = Array.from({ length: high - low + 1 }, () => Array.from({ length: columns }, () => 0));
  for (const [at, { step, calls: count }] of cells.entries()) {
    const row = calls[(buckets[at] as number) - low];
    if (row !== undefined && step < columns) row[step] = (row[step] ?? 0) + count;
  }
  return {
    limitsMillis: Array.from({ length: high - low + 2 }, (_, at) => millisOf(low + at)),
    columns,
    calls,
    most: Math.max(...calls.flat()),
  };
}

/** Durations of two rows together, so that they can be hit with a finger: from 2^n to 2^(n+1). */
export type HeatBar = Readonly<{ fromMillis: number; toMillis: number; calls: number }>;

/** Calls of each pair of rows over all columns, the shortest first. */
export function heatBars({ calls, limitsMillis }: HeatGrid): readonly HeatBar[] {
  const totals = calls.map((row) => row.reduce((sum, count) => sum + count, 0));
  return totals.flatMap((count, row) =>
    row % 2 === 1
      ? []
      : [{ fromMillis: limitsMillis[row] ?? 0, toMillis: limitsMillis[row + 2] ?? 0, calls: count + (totals[row + 1] ?? 0) }],
  );
}

/** How strong a cell is drawn, from 0 to 1: by the logarithm, so that a single slow call is seen beside thousands. */
export const strength = (count: number, most: number): number => (count === 0 ? 0 : 0.15 + (0.85 * Math.log1p(count)) / Math.log1p(most));
