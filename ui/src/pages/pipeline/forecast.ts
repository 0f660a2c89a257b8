/**
 * Days until the store has used up what it may: at the rate of the days that it holds. `undefined` when less than a mebibyte is stored,
 * which says nothing.
 */
export function daysLeft(storedBytes: number, days: number, budgetBytes: number): number | undefined {
  if (storedBytes < 2 ** 20 || days < 1) return undefined;
  return Math.max(0, Math.floor((budgetBytes - storedBytes) / (storedBytes / days)));
}
