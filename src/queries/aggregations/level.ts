import type { AggregationContext } from './context.ts';
import { Group, type KeyColumn, type MinuteKey } from './group.ts';
import type { KeyCodec } from './key-codec.ts';
import type { Row } from './row.ts';
import { Scan } from './scan.ts';

/** What all levels of one request share. */
export type RequestState = {
  readonly context: AggregationContext;
  readonly scans: Scan[];
  /** Statements that need nothing from the scans, so they run at the same time. */
  readonly besideScans: (() => Promise<void>)[];
  /** Work that needs the buckets, such as fetching the documents of `top_hits`; runs once after all scans. */
  readonly afterScans: (() => Promise<void>)[];
  /** What follows FROM. `global` reads all documents of the indices instead of those of the query. */
  readonly from: string;
  buckets: number;
  groups: number;
};

/** An aggregate function; `parameters` are those in the first parentheses. */
export type AggregateCall = Readonly<{
  name: string;
  parameters?: readonly (string | number)[];
  args: readonly string[];
  array?: boolean;
  /** SQL around the call, for what is computed from a state that must not leave the engine. */
  wrap?: (call: string) => string;
}>;

/** Start of the bucket that a row is in or below, and where the next one starts; milliseconds. */
export type DateBuckets = Readonly<{ start: (row: Row) => number; next: (start: number) => number }>;

export type KeySpec = Readonly<{
  sql: string;
  /** `sql` is an array of distinct keys. */
  explode: boolean;
  missing: 'empty' | 'null' | 'never';
  codec: Pick<KeyCodec, 'output' | 'literal'>;
  minute?: MinuteKey | undefined;
}>;

/**
 * A place in the tree of aggregations: all documents, the buckets of a group, and in either the documents that meet a
 * condition. A condition costs no grouping set: it becomes `-If` on the metrics, and NULL in the keys further in.
 */
export class Level {
  readonly request: RequestState;
  readonly group: Group | undefined;
  readonly condition: string | undefined;
  /** The date histogram that this level is a bucket of, for `rate`. */
  readonly dates: DateBuckets | undefined;
  readonly #scan: Scan;

  constructor(request: RequestState, scan: Scan, group?: Group, condition?: string, dates?: DateBuckets) {
    this.request = request;
    this.dates = dates;
    this.#scan = scan;
    this.group = group;
    this.condition = condition;
  }

  get context(): AggregationContext {
    return this.request.context;
  }

  within(condition: string): Level {
    const both = this.condition === undefined ? condition : `(${this.condition}) AND (${condition})`;
    return new Level(this.request, this.#scan, this.group, both, this.dates);
  }

  /** SQL for an expression over the documents, for use inside an aggregate function of this level. */
  input(sql: string): string {
    return this.#scan.input(sql);
  }

  /** Column of the row with the result of an aggregate function over the documents of this level. */
  aggregate(call: AggregateCall): string {
    if (this.group === undefined) this.#scan.rootRow = true;
    const args = call.args.map((sql) => this.#scan.input(sql));
    const condition = this.condition === undefined ? [] : [this.#scan.input(this.condition)];
    const name = `${call.name}${call.array === true ? 'Array' : ''}${condition.length > 0 ? 'If' : ''}`;
    const parameters = call.parameters === undefined ? '' : `(${call.parameters.join(', ')})`;
    const sql = `${name}${parameters}(${[...args, ...condition].join(', ')})`;
    return this.#scan.aggregate(call.wrap?.(sql) ?? sql);
  }

  documentCount(): string {
    return this.aggregate({ name: 'count', args: [] });
  }

  /** Buckets below this level. Keys that explode start a scan of their own, after the scan that this level is in. */
  groupBy(keys: readonly KeySpec[]): Group {
    const explode = keys.some((key) => key.explode);
    return this.#groupIn(explode ? this.#newScan() : this.#scan, keys);
  }

  /**
   * As `groupBy`, for a group with a `limit`. At the root, a field with very many values gets a scan of its own: neither
   * its groups nor their aggregate states then meet the windows and metrics of the others. `nested` tells whether there
   * are groups inside; see `Scan.narrowed`.
   */
  groupByField(field: string, key: KeySpec, nested: boolean): Group {
    const cardinality = this.context.cardinality?.(field);
    if (this.group === undefined && !key.explode && cardinality === 'many') {
      const scan = this.#newScan();
      const group = this.#groupIn(scan, [key]);
      if (nested) scan.narrowed = group;
      return group;
    }
    const group = this.groupBy([key]);
    group.isFew = cardinality === 'few';
    return group;
  }

  #newScan(): Scan {
    const scan = new Scan(this.group);
    this.request.scans.push(scan);
    return scan;
  }

  #groupIn(scan: Scan, keys: readonly KeySpec[]): Group {
    const id = this.request.groups++;
    const columns = keys.map((key, index) => this.#column(key, `k${id}_${index}`));
    const group = new Group(this.group, columns, id);
    scan.groups.push(group);
    return group;
  }

  below(group: Group, dates?: DateBuckets): Level {
    const scan = this.request.scans.find((one) => one.groups.includes(group));
    if (scan === undefined) throw new Error('BUG: a group without a scan');
    return new Level(this.request, scan, group, undefined, dates ?? this.dates);
  }

  #column(key: KeySpec, alias: string): KeyColumn {
    const { condition } = this;
    const { minute } = key;
    const column = { alias, explode: key.explode, output: key.codec.output(alias), literal: key.codec.literal, minute };
    const present = key.missing === 'empty' ? `${alias} != ''` : key.missing === 'null' ? `${alias} IS NOT NULL` : undefined;
    if (condition === undefined) return { ...column, sql: key.sql, valid: key.explode ? undefined : present };
    if (key.explode) return { ...column, sql: `if(${condition}, ${key.sql}, [])`, valid: undefined };
    const where = (sql: string) => `if(${condition}, ${sql}, ${key.missing === 'empty' ? "''" : 'NULL'})`;
    return {
      ...column,
      sql: where(key.sql),
      valid: key.missing === 'empty' ? present : `${alias} IS NOT NULL`,
      minute: minute && { ...minute, sql: (start) => where(minute.sql(start)) },
    };
  }
}
