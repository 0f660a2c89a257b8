import type { AggregationContext } from '../context.ts';
import type { TestTable } from './documents.ts';
import { runOn } from './run.ts';

export type Answer = Record<string, unknown>;

/** The answer of one aggregation. */
export async function answerOf(table: TestTable, agg: unknown, where?: string, more?: Partial<AggregationContext>): Promise<Answer> {
  return (await runOn(table, { x: agg }, where, more)).x as Answer;
}

export async function bucketsOf(table: TestTable, agg: unknown, where?: string): Promise<Answer[]> {
  return (await answerOf(table, agg, where)).buckets as Answer[];
}

/** Key and count of each bucket. */
export const summary = (all: readonly Answer[]) => all.map((bucket) => [bucket.key_as_string ?? bucket.key, bucket.doc_count]);
