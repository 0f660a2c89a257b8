import { sqlString } from '../../../lib/sql-text.ts';
import type { AggregationContext } from '../context.ts';
import { parseAggregations } from '../parse-aggregations.ts';
import { runAggregations } from '../run-aggregations.ts';
import { type TestTable, testFields } from './documents.ts';

/** Queries of the tests: SQL text itself, or one of the three forms that the page's aggregations need. */
export function testCondition(query: unknown): string {
  if (typeof query === 'string') return query;
  const { sql } = query as { sql: string };
  return sql;
}

const atIds = (places: readonly (readonly unknown[])[]) =>
  `(_index, _id) IN (${places.map((place) => `(${place.map((part) => sqlString(String(part))).join(', ')})`).join(', ')})`;

/** Runs aggregations over the test table; statements are those of this run only. */
export async function runOn(
  table: TestTable,
  aggs: unknown,
  where = '1',
  more: Partial<AggregationContext> = {},
): Promise<Record<string, unknown>> {
  table.forget();
  return await runAggregations(parseAggregations(aggs), {
    from: `t.logs WHERE (${where})`,
    fromAll: 't.logs',
    fields: testFields,
    now: Date.UTC(2024, 3, 2),
    typedKeys: false,
    condition: testCondition,
    select: table.select,
    hits: { index: '_index', id: '_id', source: () => '_source', place: { columns: ['_index', '_id'], isAt: atIds } },
    maxBuckets: 65_535,
    ...more,
  });
}
