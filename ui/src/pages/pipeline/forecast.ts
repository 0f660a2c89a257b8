/**
 * Days until the store has used up what it may: at the rate of the days that it holds. `undefined` when less than a mebibyte is stored,
 * which says nothing.
 */
export function daysLeft(storedBytes: number, days: number, budgetBytes: number): number | undefined {
  if (storedBytes < 2 ** 20 || days < 1) return undefined;
  return Math.max(0, Math.floor((budgetBytes - storedBytes) / (storedBytes / days)));
}

const yearDays = 365;

/** As people say it. A rate of a few days says little of what is years ahead. */
export function printDaysLeft(days: number): string {
  if (days >= 10 * yearDays) return 'more than ten years';
  if (days >= 2 * yearDays) return `about ${Math.round(days / yearDays)} years`;
  return days === 1 ? '1 day' : `${days} days`;
}
