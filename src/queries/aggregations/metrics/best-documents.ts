import type { Level } from '../level.ts';
import { arrayIn, type Row } from '../row.ts';
import { rankSql, type SortKey } from './sort-keys.ts';

/**
 * SQL values of the `size` documents of each bucket that sort first, kept by the scan itself. Measured on 5 M documents:
 * one document by one number takes 0.15 s (`argMin`), several take 1 s (`groupArraySorted` of a flat tuple; nested tuples
 * take 4.5 s, so the tuple MUST stay flat).
 */
export function bestDocuments(level: Level, sort: readonly SortKey[], outputs: readonly string[], size: number): BestDocuments {
  const ranks = sort.flatMap(rankSql);
  if (ranks.length === 0) {
    return reader(level.aggregate({ name: 'groupArray', parameters: [size], args: [tuple(outputs)] }), 0);
  }
  if (size > 1) {
    return reader(level.aggregate({ name: 'groupArraySorted', parameters: [size], args: [tuple([...ranks, ...outputs])] }), ranks.length);
  }
  // Without a document `argMin` gives empty values instead of none.
  const count = level.documentCount();
  const wrap = (call: string) => `if(${count} = 0, [], [${call}])`;
  const rank = ranks.length === 1 ? (ranks[0] as string) : tuple(ranks);
  return reader(level.aggregate({ name: 'argMin', args: [tuple(outputs), rank], wrap }), 0);
}

export type BestDocuments = Readonly<{
  /** Values of the documents in a bucket, best first. */
  read: (row: Row) => readonly (readonly unknown[])[];
  /** SQL of one output of the best document, by its place in `outputs`. */
  first: (output: number) => string;
}>;

function reader(column: string, skip: number): BestDocuments {
  return {
    read: (row) => arrayIn(row, column).map((entry) => (Array.isArray(entry) ? entry.slice(skip) : [])),
    first: (output) => `tupleElement(${column}[1], ${skip + output + 1})`,
  };
}

/** A constant keeps it a tuple when there is one part only; it stands last, so places do not shift. */
const tuple = (parts: readonly string[]) => `(${[...parts, '1'].join(', ')})`;
