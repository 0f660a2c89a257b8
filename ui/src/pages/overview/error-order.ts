import type { ChangedError } from '../../api/changes.ts';
import type { Interval } from '../../state/time-range.ts';

const rank = { new: 1, more: 2, known: 3 } as const;

/**
 * What began lately comes first: kinds that are new in the last third of the time, then the other new ones, then those that became frequent. The most
 * frequent first among equals.
 */
export function newestFirst(errors: readonly ChangedError[], { startMillis, endMillis }: Interval): readonly ChangedError[] {
  const late = endMillis - (endMillis - startMillis) / 3;
  const rankOf = ({ change, first }: ChangedError) => (change === 'new' && first !== null && Date.parse(first) >= late ? 0 : rank[change]);
  return errors.toSorted((a, b) => rankOf(a) - rankOf(b) || b.count - a.count);
}
