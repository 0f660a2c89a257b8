import type { Aggregation } from '../aggregation.ts';
import type { Level } from '../level.ts';
import { type PlannedChildren, planChildren } from '../plan-children.ts';
import { readChildren } from '../read-children.ts';
import { countIn, emptyRow, type Row } from '../row.ts';

/** `doc_count` and the sub-aggregations of bucket `index`, which exists even without documents. */
export type ConditionBuckets = (row: Row, index: number) => Record<string, unknown> & { doc_count: number };

/** Sub-aggregations times buckets up to here are planned per bucket, in the scan of the level. */
const maxRepeatedGroups = 8;

const bucketTypes = /terms|histogram|composite|grid|significant/;

/**
 * Buckets that are conditions and may overlap (`filters`, `range`). As a rule they cost nothing but `-If` functions. When
 * many of them hold buckets in turn, that would be a grouping set each, so then documents are exploded over the numbers
 * of the conditions that they meet, in a scan of its own.
 */
export async function conditionBuckets(
  level: Level,
  conditions: readonly string[],
  children: readonly Aggregation[],
): Promise<ConditionBuckets> {
  if (conditions.length * countGroups(children) <= maxRepeatedGroups) {
    const parts: { count: string; planned: PlannedChildren }[] = [];
    for (const condition of conditions) {
      const inside = level.within(condition);
      parts.push({ count: inside.documentCount(), planned: await planChildren(inside, children) });
    }
    return (row, index) => {
      const part = parts[index];
      if (part === undefined) throw new Error('BUG: no such condition');
      return { doc_count: countIn(row, part.count), ...readChildren(children, part.planned, row) };
    };
  }
  const numbers = conditions.map((condition, index) => `if(${condition}, ${index + 1}, 0)`);
  const codec = { output: (alias: string) => alias, literal: String };
  const sql = `arrayFilter(x -> x > 0, [${numbers.join(', ')}])`;
  const group = level.groupBy([{ sql, explode: true, missing: 'never', codec }]);
  const inside = level.below(group);
  const count = inside.documentCount();
  const planned = await planChildren(inside, children);
  return (row, index) => {
    const key = `o_${group.columns[0]?.alias}`;
    const found = group.rowsIn(row).find((inner) => Number(inner.values[key]) === index + 1) ?? emptyRow;
    return { doc_count: countIn(found, count), ...readChildren(children, planned, found) };
  };
}

/** Bucket aggregations at any depth that need a grouping set of their own. */
export function countGroups(children: readonly Aggregation[]): number {
  return children.reduce((sum, child) => sum + (bucketTypes.test(child.type) ? 1 : 0) + countGroups(child.children), 0);
}
