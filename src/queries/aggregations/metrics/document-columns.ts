import type { FoundHit, HitColumns } from '../context.ts';

/** SQL of the columns that `readDocument` reads; `body` is that of a `top_hits` which alone shows the document. */
export const documentColumns = ({ index, id, source }: HitColumns, body: Readonly<Record<string, unknown>> = {}): readonly string[] => [
  `${index} AS _index`,
  `${id} AS _id`,
  `${source(body)} AS _source`,
];

export const readDocument = (
  { readId = String, read = String }: HitColumns,
  row: Readonly<Record<string, unknown>>,
): Omit<FoundHit, 'sort'> => ({
  index: String(row._index),
  id: readId(row._id),
  source: read(row._source),
});
