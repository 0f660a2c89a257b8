import type { Level } from './level.ts';
import type { Params } from './params.ts';
import type { Row } from './row.ts';

/** JSON of one aggregation's answer, without `meta`. Keys beyond 2^53 are bigint: the caller's serialiser must print them. */
export type Result = Record<string, unknown>;

/** An aggregation of the request, checked, with what it takes to run it. */
export type Aggregation = Readonly<{
  name: string;
  type: string;
  meta: unknown;
  children: readonly Aggregation[];
  work: Readonly<{ plan: Plan }> | Readonly<{ pipeline: Pipeline }>;
}>;

/**
 * Adds the columns and keys that an aggregation needs to the scan of its level. Runs before any SQL, except for kinds
 * that must look at the data first (`auto_date_histogram`).
 */
export type Plan = (level: Level, children: readonly Aggregation[]) => Planned | Promise<Planned>;

/** An aggregation that has its place in a scan. */
export type Planned = Readonly<{
  /** The answer for one bucket; runs after all scans. A row without values stands for an empty bucket. */
  read: (row: Row) => Result;
  /**
   * SQL over the scan's columns for ordering the surrounding buckets by this aggregation. `path` is what follows the
   * aggregation's name: `['avg']`, `['95']`, or names of sub-aggregations. Undefined when there is no such number.
   */
  order?: (path: readonly string[]) => string | undefined;
  /** Name before `#` with `typed_keys`. */
  typedName: string;
}>;

/** Works on finished buckets; never touches SQL. `siblings` are the answers beside it by name. */
export type Pipeline = Readonly<{
  /** `parent`: changes the buckets of the surrounding aggregation. `sibling`: reads the buckets of one beside it. */
  scope: 'parent' | 'sibling';
  paths: readonly string[];
  /** `parent` scope: takes the ordered buckets, returns those that stay (the same objects, written to in place). */
  buckets?: (buckets: Result[], name: string) => Result[];
  sibling?: (siblings: Readonly<Record<string, Result>>) => Result;
  typedName: string;
}>;

/** One aggregation type; each lives in a file of its own and is listed in `kinds.ts`. */
export type Kind = Readonly<{
  type: string;
  /** Metrics cannot have sub-aggregations. */
  children: 'allowed' | 'refused';
  parse: (params: Params) => Plan;
}>;

export type PipelineKind = Readonly<{
  type: string;
  parsePipeline: (params: Params) => Pipeline;
}>;
