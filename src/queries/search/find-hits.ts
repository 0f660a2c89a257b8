import type { Row } from '../../store/engine/engine.ts';
import type { RowPlace } from '../../store/logs/row-place.ts';
import type { RunningCount } from '../aggregations/run-aggregations.ts';
import { countAll } from './counted-minutes.ts';
import { fewHits, type SearchPlan } from './search-plan.ts';

type Select = (sql: string) => Promise<readonly Row[]>;

/** How many documents match: up to `limit`, where one is given. */
export type Count = (limit: number | undefined) => Promise<number>;

/** What need not be counted here. */
export type CountedElsewhere = Readonly<{
  /** The aggregations count, or the number is known or not wanted. */
  isCounted: boolean;
  /** What the aggregations count. */
  documents: RunningCount | undefined;
  /** What the store has counted, where that is what is found. */
  counted: SearchPlan['counted'] | undefined;
}>;

/**
 * Rows of the page, and the number of documents. `countTotal` is called once, with a way to count that costs nothing where
 * finding the page has counted too. Where the aggregations count, the page waits for that: whether hits are many or few is
 * found out once.
 */
export async function findHits<T>(
  plan: SearchPlan,
  select: Select,
  { isCounted, documents, counted }: CountedElsewhere,
  countTotal: (count: Count) => Promise<T>,
): Promise<Readonly<{ rows: readonly Row[]; total: T }>> {
  const count: Count = (limit) => countAll(limit === undefined ? counted?.() : undefined, plan.count(limit), select);
  if (plan.inTableOrder === undefined) {
    const [rows, total] = await Promise.all([plan.hits === undefined ? [] : select(plan.hits), countTotal(count)]);
    return { rows, total };
  }
  const { probe, read, readAt, countsTotal } = plan.inTableOrder;
  const few = !isCounted && countsTotal ? fewHits : plan.inTableOrder.few;
  const look = async () => {
    if (documents && countsTotal && (await documents.exceeds(few))) return { n: few + 1, places: [] };
    const [row] = await select(probe(few));
    return { n: Number(row?.n), places: (row?.places ?? []) as readonly RowPlace[] };
  };
  const found = look();
  const known: Count = async (limit) => {
    const { n } = await found;
    return n <= few || (limit !== undefined && limit <= n) ? Math.min(n, limit ?? n) : await count(limit);
  };
  const page = async () => {
    const { n, places } = await found;
    if (n > few) return await select(read);
    return places.length === 0 ? [] : await select(readAt(places));
  };
  const [rows, total] = await Promise.all([page(), countTotal(countsTotal ? known : count)]);
  return { rows, total };
}
