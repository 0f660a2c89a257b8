import type { Row } from '../../store/engine/engine.ts';
import type { RowPlace } from '../../store/logs/row-place.ts';
import { fewHits, type SearchPlan } from './search-plan.ts';

type Select = (sql: string) => Promise<readonly Row[]>;

/** How many documents match: up to `limit`, where one is given. */
export type Count = (limit: number | undefined) => Promise<number>;

/**
 * Rows of the page, and the number of documents. `countTotal` is called once, with a way to count that costs nothing where
 * finding the page has counted too; `counts` tells whether it may use that.
 */
export async function findHits<T>(
  plan: SearchPlan,
  select: Select,
  counts: boolean,
  countTotal: (count: Count) => Promise<T>,
): Promise<Readonly<{ rows: readonly Row[]; total: T }>> {
  const count: Count = async (limit) => Number((await select(plan.count(limit)))[0]?.n);
  if (plan.inTableOrder === undefined) {
    const [rows, total] = await Promise.all([plan.hits === undefined ? [] : select(plan.hits), countTotal(count)]);
    return { rows, total };
  }
  const { probe, read, readAt, countsTotal } = plan.inTableOrder;
  const few = counts && countsTotal ? fewHits : plan.inTableOrder.few;
  const probed = select(probe(few)).then(([row]) => ({ n: Number(row?.n), places: (row?.places ?? []) as readonly RowPlace[] }));
  const known: Count = async (limit) => {
    const { n } = await probed;
    return n <= few || (limit !== undefined && limit <= n) ? Math.min(n, limit ?? n) : await count(limit);
  };
  const page = async () => {
    const { n, places } = await probed;
    if (n > few) return await select(read);
    return places.length === 0 ? [] : await select(readAt(places));
  };
  const [rows, total] = await Promise.all([page(), countTotal(countsTotal ? known : count)]);
  return { rows, total };
}
