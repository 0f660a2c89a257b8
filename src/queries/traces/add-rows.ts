import type { Row } from '../../store/engine/engine.ts';

/** Adds the numbers `sums` of each row to those of its texts `key`, as JSON, from earlier slices. Sums of nothing are NULL, and count as 0. */
export function addRows(sums: Map<string, number[]>, rows: readonly Row[]): void {
  for (const row of rows) {
    const key = JSON.stringify(row.key);
    const values = (row.sums as readonly unknown[]).map((value) => Number(value ?? 0));
    const known = sums.get(key);
    sums.set(key, known ? known.map((value, at) => value + (values[at] ?? 0)) : values);
  }
}
