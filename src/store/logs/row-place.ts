import { sqlStrings } from '../../lib/sql-text.ts';

/**
 * Where a row is in the table: its time, which is the table's own order, and its segment and row, which name it. Rows that
 * were found by a cheap statement are read by their places, without being looked for again.
 */
export type RowPlace = readonly [time: string, segment: string, row: number];

/** Columns of a `RowPlace`; together they sort as the order of time and arrival. */
export const placeColumns = ['timestamp', '_segment', '_row'] as const;

/** SQL condition: the row is at one of the places, of which there must be one at least. Uses the primary key. */
export function atPlaces(places: readonly RowPlace[]): string {
  const times = new Set(places.map(([time]) => time));
  const rows = places.map(([, segment, row]) => `(${segment}, ${row})`);
  return `timestamp IN (${sqlStrings([...times])}) AND (_segment, _row) IN (${rows.join(', ')})`;
}
