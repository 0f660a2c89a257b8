/**
 * How one field of a document is read in SQL. A field name reaches rows in several ways: a typed column for the names
 * that meshscope knows, and paths of the JSON column `doc` for everything else, where each row may hold another type.
 * Each such way is a *reading*; a row has values in at most one reading of a field. (The exception is a document that has the
 * field under two of its names, such as `msg` and `message`: both values are its values.)
 *
 * Elasticsearch's model holds: a field is a bag of zero or more values, and arrays are flattened into it.
 */
export type ValueType = 'string' | 'integer' | 'float' | 'boolean' | 'time';

export type Reading = Readonly<{
  /**
   * SQL expression. `string`: String or LowCardinality(String); `integer`: Int64; `float`: Float64; `boolean`: Bool;
   * `time`: DateTime64(9, 'UTC'). An array reading has `Array(…)` of that (elements are never NULL).
   */
  sql: string;
  type: ValueType;
  array: boolean;
  /**
   * How a row without a value shows: `empty` is the empty string or the empty array; `null` is SQL NULL; `never` means
   * that each row has a value.
   */
  missing: 'empty' | 'null' | 'never';
  /**
   * A reading that counts only in some rows: `sql` above is `if(where, plain, …)`. Conditions SHOULD be written as
   * `where AND test(plain)`, which lets the engine skip by the index of the column that `where` names.
   */
  masked?: Readonly<{ plain: string; where: string }>;
}>;

/** Types of Elasticsearch's mapping that a field can report. */
export type MappedType =
  | 'keyword'
  | 'text'
  | 'long'
  | 'double'
  | 'float'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'date_nanos'
  | 'ip'
  | 'geo_point'
  | 'object'
  | 'match_only_text'
  | 'wildcard'
  | 'constant_keyword';

export type Field = Readonly<{
  /** Canonical name: aliases such as `severity_text` are resolved already, a `.keyword` that the mapping lacks is gone. */
  name: string;
  type: MappedType;
  /**
   * `exact`: `term` compares whole values (keyword, numbers, dates). `tokens`: `term` compares one lower-case token (a
   * mapped `text`). `both`: a string nobody mapped, which Elasticsearch would index both ways: whole value or token.
   */
  terms: 'exact' | 'tokens' | 'both';
  /** Empty when no document can have the field: every condition on it is false, every aggregation of it empty. */
  readings: readonly Reading[];
  /** Longest string, in characters, that exact conditions and aggregations see (`ignore_above`); 0 is no limit. */
  ignoreAbove: number;
  /** First pattern of the mapping's `format`, for printing dates; undefined prints `strict_date_optional_time`. */
  dateFormat: string | undefined;
}>;

/** What the fields of a set of indices are. One instance serves one request, so that a request sees one state. */
export interface Fields {
  /** Never fails: an unknown name gives a field without readings. */
  find(name: string): Field;
  /** Names that match a pattern with `*`; used by `exists`, `query_string` with `field.*`, `_field_caps`. */
  matching(pattern: string): readonly Field[];
  /**
   * SQL text of everything a search without a field looks in: expressions of type String or Array(String).
   * `msg` comes first because it has the text index.
   */
  readonly searchable: readonly Reading[];
  /** Of numbers and truth values: what a search without a field compares with a word that is one. */
  readonly searchableValues: readonly Reading[];
}
