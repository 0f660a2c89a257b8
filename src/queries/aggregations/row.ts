/** One bucket as the engine returned it. */
export type Row = Readonly<{
  /** The keys from the root down to this bucket; equal paths are the same bucket in every scan. */
  path: string;
  values: Readonly<Record<string, unknown>>;
}>;

/** A bucket without documents: every number reads as zero or null, and nothing is inside it. */
export const emptyRow: Row = { path: '\u0001', values: {} };

/** Numbers of 64 bits come as text or as numbers, by the engine's settings. */
export function numberIn(row: Row, column: string): number | null {
  return asNumber(row.values[column]);
}

export function asNumber(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function countIn(row: Row, column: string): number {
  return numberIn(row, column) ?? 0;
}

export function arrayIn(row: Row, column: string): readonly unknown[] {
  const value = row.values[column];
  return Array.isArray(value) ? value : [];
}
