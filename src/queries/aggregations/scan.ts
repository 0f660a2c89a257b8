import type { CountedMinutes, CountSources } from './context.ts';
import type { Group, KeyColumn } from './group.ts';

/**
 * One SELECT over the documents. Every bucket aggregation that sees a document at most once is a grouping set of the
 * same scan; the metrics of all levels are aggregate functions beside them. Aggregations whose buckets overlap (arrays,
 * long lists of filters) explode rows, so they have a scan of their own, which starts when the buckets above it are known.
 *
 * The statement is built in layers, inside out:
 *   1. keys and arguments as named columns, each expression once;
 *   2. one layer per exploded key (`arrayJoin` in one SELECT would walk equal arrays in step);
 *   3. GROUP BY GROUPING SETS, over groups of all keys where those are few;
 *   4. ranks in the bucket above, where buckets inside of trimmed ones need them;
 *   5. what is shown, without what is over the size and its children.
 */
export class Scan {
  readonly #inputs = new Map<string, string>();
  readonly #aggregates = new Map<string, string>();
  /** Each behind those around it. */
  readonly groups: Group[] = [];
  /** Set when something reads the row that stands for all documents. */
  rootRow = false;
  /** The group whose buckets must be known before this scan; undefined for the first scan. */
  readonly after: Group | undefined;

  /**
   * The group around all others, when it has so many keys that ranking them in a window is too slow: then its best keys
   * are found by a subquery of their own, and only their documents are grouped. Over 1.5 M distinct messages with their
   * levels inside: 1.3 s instead of 10 s. With few keys the second pass costs more than it saves.
   */
  narrowed: Group | undefined;

  constructor(after: Group | undefined) {
    this.after = after;
  }

  /** A column of layer 1 for an expression over the documents. */
  input(sql: string): string {
    return named(this.#inputs, sql, 'v');
  }

  /** A column of layer 3 for an aggregate function over columns of layer 1. */
  aggregate(sql: string): string {
    return named(this.#aggregates, sql, 'm');
  }

  get isEmpty(): boolean {
    return this.groups.length === 0 && !this.rootRow;
  }

  /**
   * Few buckets in one order are trimmed faster where they arrive: the engine needs longer to plan a window than to make
   * them, and an ORDER BY has the best of every bucket above come first.
   */
  get isTrimmedHere(): boolean {
    const limited = this.groups.filter((group) => group.limit !== undefined);
    const [first] = limited;
    if (first === undefined || this.#fastTrim() !== undefined) return false;
    return limited.every((group) => group.isFew && hasSameOrder(group, first));
  }

  /** `from` is what follows FROM; `rowLimit` bounds what can come back; the engine leaves out what is not shown when it `trims`. */
  toSql(from: string, rowLimit: number, trims: boolean): string {
    const columns = this.#columns();
    const documents = this.#narrow(this.#documents(from, columns));
    const finest = this.#finest(documents, columns);
    const grouped = finest === undefined ? this.#grouped(columns, documents) : this.#grouped(columns, finest, merged);
    return this.#shown(grouped, columns, rowLimit, trims);
  }

  /**
   * The same over counts. Undefined when the scan does more than count, or reads what the store has not counted by.
   */
  countedSql(minutes: CountedMinutes): ((sources: CountSources, rowLimit: number, trims: boolean) => string) | undefined {
    const columns = this.#columns();
    if (this.after !== undefined || this.narrowed !== undefined || columns.some(({ explode }) => explode)) return undefined;
    if (![...this.#aggregates.keys()].every((sql) => toSum(sql) !== undefined)) return undefined;
    const inputs = this.#countedInputs(minutes, columns);
    if (!inputs.every(({ counted }) => minutes.covers(counted))) return undefined;
    const groups = inputs.length === 0 ? '' : ` GROUP BY ${inputs.map(({ alias }) => alias).join(', ')}`;
    const select = (shown: readonly string[], total: string, from: string) =>
      `SELECT ${[...shown, `${total} AS n`].join(', ')} FROM ${from}${groups}`;
    return ({ counted, rows }, rowLimit, trims) => {
      const some = rows.map((from) =>
        select(
          inputs.map(({ sql, alias }) => `${sql} AS ${alias}`),
          'count()',
          from,
        ),
      );
      const all = [
        select(
          inputs.map((input) => `${input.counted} AS ${input.alias}`),
          minutes.total,
          counted,
        ),
        ...some,
      ].join(' UNION ALL ');
      return this.#shown(this.#grouped(columns, all, toSum), columns, rowLimit, trims);
    };
  }

  /** The columns of layer 1: over documents, and over rows that stand for those of a minute. */
  #countedInputs({ since, instant, minuteStart }: CountedMinutes, columns: readonly KeyColumn[]) {
    return [
      ...columns.map(({ sql, minute, alias }) => ({
        sql,
        counted: minute?.instant === instant && minute.since <= since ? minute.sql(minuteStart) : sql,
        alias,
      })),
      ...[...this.#inputs].map(([sql, alias]) => ({ sql, counted: sql, alias })),
    ];
  }

  #shown(grouped: string, columns: readonly KeyColumn[], rowLimit: number, trims: boolean): string {
    const order = trims
      ? (this.#fastTrim() ?? this.#sideBySideTrim(columns))
      : `ORDER BY ${this.#commonOrder(columns).join(', ')} LIMIT ${rowLimit}`;
    const trimmed = order === undefined ? this.groups.filter((group) => this.#hasRank(group)) : [];
    const isInherited = trimmed.some((group) => this.#hasDescendants(group));
    const ranks = trimmed.map((group) => `${this.#rank(group)} AS ${group.rank}`);
    const shown = [
      ...(this.groups.length > 0 ? ['s'] : []),
      ...columns.map((column) => `${column.output} AS o_${column.alias}`),
      ...(isInherited ? trimmed.map((group) => group.rank) : ranks),
      ...this.#aggregates.values(),
    ];
    const ranked = isInherited ? `SELECT *, ${ranks.join(', ')} FROM (${grouped})` : grouped;
    const kept = trimmed.length === 0 ? '' : `QUALIFY ${this.groups.flatMap((group) => this.#kept(group, trimmed)).join(' AND ')} `;
    const tail = `${kept}${order ?? `LIMIT ${rowLimit}`} SETTINGS enable_extended_results_for_datetime_functions = 1`;
    return `SELECT ${shown.join(', ') || '1 AS one'} FROM (${ranked}) ${tail}`;
  }

  /** The value of `s` on rows of a group: one bit per key column that the group does not have, first column highest. */
  setOf(group: Group | undefined): bigint {
    const own = new Set(group?.path.flatMap((part) => part.columns));
    return this.#columns().reduce((bits, column) => (bits << 1n) | (own.has(column) ? 0n : 1n), 0n);
  }

  #columns(): readonly KeyColumn[] {
    return [...new Set(this.groups.flatMap((group) => group.path.flatMap((part) => part.columns)))];
  }

  #documents(from: string, columns: readonly KeyColumn[]): string {
    const exploded = columns.filter((column) => column.explode);
    const inputs = [
      ...columns.map((column) => `${column.sql} AS ${column.explode ? `a_${column.alias}` : column.alias}`),
      ...[...this.#inputs].map(([sql, alias]) => `${sql} AS ${alias}`),
    ];
    const base = `SELECT ${inputs.join(', ') || '1 AS one'} FROM ${from}`;
    const sql = exploded.reduce((inner, column) => `SELECT *, arrayJoin(a_${column.alias}) AS ${column.alias} FROM (${inner})`, base);
    const known = this.after?.survivors();
    return known === undefined ? sql : `SELECT * FROM (${sql}) WHERE ${known}`;
  }

  #grouped(
    columns: readonly KeyColumn[],
    documents: string,
    aggregate: (sql: string, alias: string) => string | undefined = (sql) => sql,
  ): string {
    const aggregates = [...this.#aggregates].map(([sql, alias]) => `${aggregate(sql, alias)} AS ${alias}`);
    if (columns.length === 0) return `SELECT ${aggregates.join(', ') || '1 AS one'} FROM (${documents})`;
    const names = columns.map((column) => column.alias);
    const sets = [...(this.rootRow ? ['()'] : []), ...this.groups.map((group) => `(${aliases(group.path).join(', ')})`)];
    const having = [
      ...columns.flatMap((column) => (column.valid === undefined ? [] : [`(${column.valid} OR grouping(${column.alias}) = 1)`])),
      ...this.groups.flatMap((group) => group.having.map((condition) => `(s != ${this.setOf(group)} OR ${condition})`)),
    ];
    return [
      `SELECT grouping(${names.join(', ')}) AS s, ${[...names, ...aggregates].join(', ')}`,
      `FROM (${documents}) GROUP BY GROUPING SETS (${sets.join(', ')})`,
      ...(having.length > 0 ? [`HAVING ${having.join(' AND ')}`] : []),
    ].join(' ');
  }

  #narrow(documents: string): string {
    const group = this.narrowed;
    if (group?.limit === undefined) return documents;
    const keys = aliases([group]).join(', ');
    const used = [...group.order, ...group.having].join(' ');
    const aggregates = [...this.#aggregates]
      .filter(([, alias]) => new RegExp(`\\b${alias}\\b`).test(used))
      .map(([sql, alias]) => `, ${sql} AS ${alias}`);
    const having = [...group.columns.flatMap((column) => column.valid ?? []), ...group.having];
    const grouped = `SELECT ${keys}${aggregates.join('')} FROM (${documents}) GROUP BY ${keys}${having.length > 0 ? ` HAVING ${having.join(' AND ')}` : ''}`;
    const best = `SELECT ${keys} FROM (${grouped}) ORDER BY ${group.ordering().join(', ')} LIMIT ${group.limit}`;
    return `SELECT * FROM (${documents}) WHERE (${keys}) IN (${best})`;
  }

  /** The best of every bucket above come first: keys that a group does not have are the same on all its rows. */
  #commonOrder(columns: readonly KeyColumn[]): readonly string[] {
    const order = this.groups.find((group) => group.limit !== undefined)?.order ?? [];
    return [...order, ...columns.map((column) => column.alias)];
  }

  /**
   * Documents by all keys at once, of which the grouping sets are then made: each of those would go through all documents.
   * Undefined where that may be as many groups as documents, or where a function has no state that is quickly merged.
   */
  #finest(documents: string, columns: readonly KeyColumn[]): string | undefined {
    const aggregates = [...this.#aggregates];
    if (this.groups.length < 2 || columns.length > mostFinest || !this.groups.every((group) => group.isFew)) return undefined;
    if (this.after !== undefined || !aggregates.every(([sql]) => isMergeable.test(sql))) return undefined;
    const keys = columns.map((column) => column.alias).join(', ');
    const states = aggregates.map(([sql, alias]) => `, ${sql.replace('(', 'State(')} AS ${partOf(alias)}`).join('');
    return `SELECT ${keys}${states} FROM (${documents}) GROUP BY ${keys}`;
  }

  #hasDescendants(group: Group): boolean {
    return this.groups.some((other) => other !== group && other.path.includes(group));
  }

  #hasRank(group: Group): boolean {
    return group.limit !== undefined || (group.having.length > 0 && this.#hasDescendants(group));
  }

  /**
   * With one trimmed group and nothing below it, `ORDER BY … LIMIT` keeps a heap of the wanted rows, where a window
   * sorts all groups (1.5 M distinct messages: 250 ms instead of 700 ms).
   */
  #fastTrim(): string | undefined {
    const [only] = this.groups;
    if (only === undefined || this.groups.length > 1 || only.limit === undefined || only.path.length > 1) return undefined;
    return `ORDER BY s != ${this.setOf(only)} DESC, ${only.ordering().join(', ')} LIMIT ${only.limit + (this.rootRow ? 1 : 0)}`;
  }

  /** Of groups beside each other in one order, `LIMIT BY` leaves the best of each; a window each takes the engine far longer to plan. */
  #sideBySideTrim(columns: readonly KeyColumn[]): string | undefined {
    const [first] = this.groups;
    if (first?.limit === undefined) return undefined;
    const isAlike = (group: Group) => group.path.length === 1 && group.limit === first.limit && hasSameOrder(group, first);
    return this.groups.every(isAlike) ? `ORDER BY ${this.#commonOrder(columns).join(', ')} LIMIT ${first.limit} BY s` : undefined;
  }

  /** The place of a bucket among those of the bucket above, from 1; 0 on rows of other groups. */
  #rank(group: Group): string {
    const window = `PARTITION BY ${['s', ...aliases(group.path.slice(0, -1))].join(', ')} ORDER BY ${group.ordering().join(', ')}`;
    return `if(s = ${this.setOf(group)}, row_number() OVER (${window}), 0)`;
  }

  /** Condition on the rows of a group: they and all buckets around them are among the best. */
  #kept(group: Group, trimmed: readonly Group[]): readonly string[] {
    const conditions = trimmed
      .filter((part) => group.path.includes(part))
      .map((part) => {
        const rank = part === group ? part.rank : `max(${part.rank}) OVER (PARTITION BY ${aliases(part.path).join(', ')})`;
        return part.limit === undefined ? `${rank} >= 1` : `${rank} BETWEEN 1 AND ${part.limit}`;
      });
    return conditions.length === 0 ? [] : [`(s != ${this.setOf(group)} OR (${conditions.join(' AND ')}))`];
  }
}

/** Key columns of groups. */
const aliases = (groups: readonly Group[]) => groups.flatMap((group) => group.columns.map((column) => column.alias));

const hasSameOrder = (one: Group, other: Group) => one.order.join() === other.order.join();

/** Keys of which all combinations that occur are still few. */
const mostFinest = 3;

const isMergeable = /^(?:count|sum|avg|min|max)(?:OrNull)?(?:If)?\([\w, ]*\)$/;

/** A column with states of an aggregate function, and the function over those. */
const partOf = (alias: string) => `part_${alias}`;
const merged = (sql: string, alias: string) => `${sql.slice(0, sql.indexOf('('))}Merge(${partOf(alias)})`;

/** A count of documents over rows that stand for `n` of them; undefined for other functions. */
function toSum(sql: string): string | undefined {
  if (sql === 'count()') return 'sum(n)';
  const condition = /^countIf\((\w+)\)$/.exec(sql)?.[1];
  return condition === undefined ? undefined : `sumIf(n, ${condition})`;
}

function named(columns: Map<string, string>, sql: string, prefix: string): string {
  const known = columns.get(sql);
  if (known !== undefined) return known;
  const alias = `${prefix}${columns.size}`;
  columns.set(sql, alias);
  return alias;
}
