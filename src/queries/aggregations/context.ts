import type { Fields } from '../fields/field.ts';

/** SQL over the documents for what a hit is made of, and how `top_hits` prints one. */
export type HitColumns = Readonly<{
  index: string;
  id: string;
  /** The id, of a value of `id`. Without it the value is the id. */
  readId?: (id: unknown) => string;
  /** SQL of the document, or of the parts that the body of a `top_hits` shows. Read for the documents that are shown only, so it may be expensive. */
  source: (body: Readonly<Record<string, unknown>>) => string;
  /** The document's JSON text, of a value of `source`. Without it the value is the text. */
  read?: (source: unknown) => string;
  /** SQL of what names a row and costs least to be carried through a scan, and the condition on the rows that have such values. */
  place: Readonly<{ columns: readonly string[]; isAt: (places: readonly (readonly unknown[])[]) => string }>;
  /** Replaces the default printer, which knows `_source` filters and `fields`/`docvalue_fields` by name. */
  render?: (hit: FoundHit, body: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}>;

export type FoundHit = Readonly<{ index: string; id: string; source: string; sort: readonly unknown[] | undefined }>;

/** Where documents of a scan that counts come from: each is in one of them. What follows FROM. */
export type CountSources = Readonly<{
  /** Rows that stand for several documents, of whole minutes. */
  counted: string;
  /** The rest, row by row. */
  rows: readonly string[];
}>;

/** The documents of `from`, for scans that count and do not look into a minute: the store knows how many each minute has. */
export type CountedMinutes = Readonly<{
  /** Undefined when nothing is counted by now. The same for all scans of a request. */
  sources: (select: AggregationContext['select']) => Promise<CountSources | undefined>;
  /** SQL of how many documents rows of `counted` stand for. */
  total: string;
  /** No document is older; milliseconds since the epoch. */
  since: number;
  /** Whether an expression reads nothing but the minute and what the store has counted by. */
  covers: (sql: string) => boolean;
  /** SQL of a document's time in milliseconds, and of the start of its minute over `counted`. */
  instant: string;
  minuteStart: string;
}>;

/** The ports of a search that has aggregations. */
export type AggregationContext = Readonly<{
  /** What follows FROM, with the query: `meshscope.logs WHERE (condition)`. */
  from: string;
  /** The same without the query, for `global`, `significant_terms` and `min_doc_count: 0`. It has a WHERE too, or none. */
  fromAll: string;
  /** Undefined when the documents are not counted by what the query asks for. */
  counted?: CountedMinutes | undefined;
  fields: Fields;
  /** Milliseconds since the epoch; one value for the whole request. */
  now: number;
  typedKeys: boolean;
  /** SQL condition, never NULL, for a query of the Elasticsearch DSL. */
  condition: (queryJson: unknown) => string;
  /** Runs one statement; rows as objects, with 64-bit integers as text or numbers. */
  select: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  hits: HitColumns;
  /** Whether a field is known to have few or very many distinct values (messages, ids). A wrong answer only costs time. Default: neither. */
  cardinality?: (field: string) => 'few' | 'many' | undefined;
  /** `search.max_buckets`: more buckets in one answer are `too_many_buckets_exception`. */
  maxBuckets: number;
}>;
