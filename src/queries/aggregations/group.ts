import type { KeyLiteral } from './key-codec.ts';
import type { Row } from './row.ts';

/** A key that is the same for all documents of a minute. */
export type MinuteKey = Readonly<{
  /** SQL of the instant that the key is made of, in milliseconds. */
  instant: string;
  /** The key for SQL of the start of the minute. */
  sql: (minuteStart: string) => string;
  /** Older documents may have keys that begin within a minute; milliseconds since the epoch. */
  since: number;
}>;

/** One key of a bucket aggregation; `multi_terms` and `composite` have several. */
export type KeyColumn = Readonly<{
  alias: string;
  /** Over the documents. An array when `explode`: then a document is in one bucket per element, which MUST be distinct. */
  sql: string;
  explode: boolean;
  /** SQL over the alias that is false for documents without a key; undefined when each document has one. */
  valid: string | undefined;
  /** SQL over the alias whose JSON is exact: 64-bit integers go out as text. */
  output: string;
  /** The output of a row as a SQL literal of the key's type. */
  literal: KeyLiteral;
  minute: MinuteKey | undefined;
}>;

/** The buckets of one aggregation inside one scan. */
export class Group {
  readonly rank: string;
  readonly columns: readonly KeyColumn[];
  /** This group and those around it, outermost first. */
  readonly path: readonly Group[];
  /** ORDER BY terms inside the bucket above; the keys follow as tie-breakers. */
  order: readonly string[] = [];
  /** Best buckets kept per bucket above; undefined keeps all. */
  limit: number | undefined;
  /** Its keys are known to have few distinct values. */
  isFew = false;
  /** Conditions over the aggregates that a bucket must meet. */
  readonly having: string[] = [];
  readonly #rows = new Map<string, Row[]>();

  constructor(above: Group | undefined, columns: readonly KeyColumn[], id: number) {
    this.columns = columns;
    this.rank = `r${id}`;
    this.path = [...(above?.path ?? []), this];
  }

  ordering(): readonly string[] {
    return [...this.order, ...this.columns.map((column) => column.alias)];
  }

  add(parentPath: string, row: Row): void {
    const rows = this.#rows.get(parentPath);
    if (rows === undefined) this.#rows.set(parentPath, [row]);
    else rows.push(row);
  }

  /** Best first where `order` was set, else as the engine returned them. */
  rowsIn(parent: Row): readonly Row[] {
    return this.#rows.get(parent.path) ?? [];
  }

  allRows(): readonly Row[] {
    return [...this.#rows.values()].flat();
  }

  /** Puts buckets in order, and leaves the best of those whose bucket above is left. The group above MUST be trimmed before. */
  trim(): void {
    const above = this.path.at(-2);
    const left = above && new Set(above.allRows().map(({ path }) => path));
    for (const [parent, rows] of this.#rows) {
      if (left?.has(parent) === false) {
        this.#rows.delete(parent);
        continue;
      }
      rows.sort((one, other) => Number(one.values[this.rank] ?? 0) - Number(other.values[this.rank] ?? 0));
      if (this.limit !== undefined && rows.length > this.limit) rows.length = this.limit;
    }
  }

  /**
   * SQL over the keys that holds for documents of the buckets that came back, so that a later scan leaves out the rest.
   * Undefined when no group on the path was trimmed.
   */
  survivors(): string | undefined {
    if (this.path.every((group) => group.limit === undefined && group.having.length === 0)) return undefined;
    const columns = this.path.flatMap((group) => group.columns);
    const tuples = this.allRows().map((row) => `(${columns.map((column) => column.literal(row.values[`o_${column.alias}`])).join(', ')})`);
    if (tuples.length === 0) return '0';
    return `(${columns.map((column) => column.alias).join(', ')}) IN (${tuples.join(', ')})`;
  }
}
