/**
 * What every query language is parsed into. Scores are constant here, so `boost`, `tie_breaker`, `constant_score` and
 * the like leave no trace: they change the order of hits by relevance and never which documents match.
 *
 * `field` is the name of a field, a pattern with `*` (any of the matching fields), or `anyField`.
 */
export type Query =
  | Readonly<{ kind: 'all' }>
  | Readonly<{ kind: 'none' }>
  | BoolQuery
  | TermQuery
  | Readonly<{ kind: 'terms'; field: string; values: readonly Value[] }>
  | RangeQuery
  | MatchQuery
  | PhraseQuery
  | PatternQuery
  | FuzzyQuery
  | Readonly<{ kind: 'exists'; field: string }>
  | Readonly<{ kind: 'ids'; values: readonly string[] }>;

/** Integers beyond 2^53 come as bigint or as string, so that they stay exact. */
export type Value = string | number | bigint | boolean;

/** Everything a search without a field looks in (`Fields.searchable`). */
export const anyField = '*';

export type BoolQuery = Readonly<{
  kind: 'bool';
  must: readonly Query[];
  filter: readonly Query[];
  should: readonly Query[];
  mustNot: readonly Query[];
  /** Elasticsearch's text form, for example `2`, `-1`, `75%` or `3<90%`; undefined is 1 without must and filter, else 0. */
  minimumShouldMatch: string | undefined;
}>;

export type TermQuery = Readonly<{ kind: 'term'; field: string; value: Value; caseInsensitive: boolean; lenient: boolean }>;

export type RangeQuery = Readonly<{
  kind: 'range';
  field: string;
  gt: Value | undefined;
  gte: Value | undefined;
  lt: Value | undefined;
  lte: Value | undefined;
  /** Java pattern or format name for the bounds of dates. */
  format: string | undefined;
  timeZone: string | undefined;
  lenient: boolean;
}>;

export type Fuzziness = Readonly<{
  /** `auto`: 0 edits below `low` characters, 1 below `high`, else 2. A number is the edits allowed. */
  edits: number | Readonly<{ low: number; high: number }>;
  /** Characters at the start that must be equal. */
  prefixLength: number;
  /** Whether two swapped neighbours count as one edit. */
  transpositions: boolean;
}>;

export type MatchQuery = Readonly<{
  kind: 'match';
  field: string;
  text: Value;
  operator: 'or' | 'and';
  minimumShouldMatch: string | undefined;
  fuzziness: Fuzziness | undefined;
  /** The last token is the beginning of a token (`match_bool_prefix`). */
  prefixLast: boolean;
  lenient: boolean;
  /** What a text without any token matches. */
  zeroTerms: 'none' | 'all';
}>;

export type PhraseQuery = Readonly<{
  kind: 'phrase';
  field: string;
  text: Value;
  /** How many moves of tokens are forgiven. */
  slop: number;
  /** The last token is the beginning of a token (`match_phrase_prefix`). */
  prefix: boolean;
  lenient: boolean;
}>;

/** `prefix`, `wildcard` (`*`, `?`, backslash escapes) and `regexp` (Lucene's syntax, anchored). */
export type PatternQuery = PatternOf<'prefix'> | PatternOf<'wildcard'> | PatternOf<'regexp'>;

type PatternOf<Kind extends string> = Readonly<{
  kind: Kind;
  field: string;
  value: string;
  caseInsensitive: boolean;
  /** Lower-case the pattern for analysed text, as `query_string` does and the queries of the DSL do not. */
  normalized: boolean;
  /** `regexp`: whether `@ # & < > ~ "` are operators (Lucene's flag ALL) or plain characters (NONE). */
  extendedSyntax: boolean;
}>;

export type FuzzyQuery = Readonly<{ kind: 'fuzzy'; field: string; value: string; fuzziness: Fuzziness; normalized: boolean }>;

export const matchAll: Query = { kind: 'all' };
export const matchNone: Query = { kind: 'none' };

export function boolQuery(parts: Partial<Omit<BoolQuery, 'kind'>>): BoolQuery {
  return { kind: 'bool', must: [], filter: [], should: [], mustNot: [], minimumShouldMatch: undefined, ...parts };
}

/** Any of several queries; what `dis_max` and several fields come to when scores do not matter. */
export function anyOf(queries: readonly Query[]): Query {
  const [only] = queries;
  if (only === undefined) return matchNone;
  return queries.length === 1 ? only : boolQuery({ should: queries });
}

export function allOf(queries: readonly Query[]): Query {
  const [only] = queries;
  if (only === undefined) return matchAll;
  return queries.length === 1 ? only : boolQuery({ must: queries });
}

export function termQuery(field: string, value: Value, options: Partial<Pick<TermQuery, 'caseInsensitive' | 'lenient'>> = {}): TermQuery {
  return { kind: 'term', field, value, caseInsensitive: false, lenient: false, ...options };
}

export function rangeQuery(field: string, bounds: Partial<Omit<RangeQuery, 'kind' | 'field'>>): RangeQuery {
  return {
    kind: 'range',
    field,
    gt: undefined,
    gte: undefined,
    lt: undefined,
    lte: undefined,
    format: undefined,
    timeZone: undefined,
    lenient: false,
    ...bounds,
  };
}

export function matchQuery(field: string, text: Value, options: Partial<Omit<MatchQuery, 'kind' | 'field' | 'text'>> = {}): MatchQuery {
  return {
    kind: 'match',
    field,
    text,
    operator: 'or',
    minimumShouldMatch: undefined,
    fuzziness: undefined,
    prefixLast: false,
    lenient: false,
    zeroTerms: 'none',
    ...options,
  };
}

export function phraseQuery(field: string, text: Value, options: Partial<Omit<PhraseQuery, 'kind' | 'field' | 'text'>> = {}): PhraseQuery {
  return { kind: 'phrase', field, text, slop: 0, prefix: false, lenient: false, ...options };
}

export function patternQuery(
  kind: PatternQuery['kind'],
  field: string,
  value: string,
  options: Partial<Omit<PatternQuery, 'kind' | 'field' | 'value'>> = {},
): PatternQuery {
  return { kind, field, value, caseInsensitive: false, normalized: false, extendedSyntax: true, ...options };
}
