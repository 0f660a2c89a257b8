import { sqlNumber, sqlString } from '../../../lib/sql-text.ts';
import type { Aggregation, Kind, Planned, Result } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { parseDate } from '../date-value.ts';
import { type FieldValues, isPresent, keyValues, withMissing } from '../field-values.ts';
import { type KeyCodec, keyCodec } from '../key-codec.ts';
import type { KeySpec, Level } from '../level.ts';
import type { Params } from '../params.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn, emptyRow } from '../row.ts';
import { countGroups } from './condition-buckets.ts';
import { type KeyFilter, parseIncludeExclude } from './include-exclude.ts';
import { type OrderTerm, orderSql, parseOrder } from './terms-order.ts';

const byCount: readonly OrderTerm[] = [{ path: '_count', descending: true }];

/**
 * Counts are exact, so `doc_count_error_upper_bound` is always 0. `sum_other_doc_count` is the number of values in the
 * level less those shown, which needs no window over the groups.
 */
export const terms: Kind = {
  type: 'terms',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const size = params.integer('size', 10, 1);
    const minDocCount = params.integer('min_doc_count', 1, 0);
    const order = parseOrder(params.get('order'), byCount);
    const missing = params.get('missing');
    const format = params.string('format');
    const filter = parseIncludeExclude(params);
    const showError = params.boolean('show_term_doc_count_error', false);
    params.ignore('shard_size', 'shard_min_doc_count', 'execution_hint', 'collect_mode', 'value_type', 'script');
    return async (level, children) => {
      const values = keyValues(level.context.fields, field);
      if (values === undefined) return unmapped(level, children, 'umterms');
      const codec = keyCodec(values, format);
      const present = missing === undefined ? values : withMissing(values, missingLiteral(values, missing, params, level));
      const keys = termKeys(present, filter);
      const group = level.groupByField(field, { ...keys.spec, codec }, countGroups(children) > 0);
      const inside = level.below(group);
      const count = inside.documentCount();
      const planned = await planChildren(inside, children);
      group.order = orderSql(
        order,
        group.columns.map((column) => column.alias),
        count,
        planned,
      );
      group.limit = size;
      if (minDocCount > 1) group.having.push(`${count} >= ${minDocCount}`);
      const total = keys.total(level);
      const absent = minDocCount === 0 ? absentKeys(level, keys.spec, codec, size) : undefined;
      const key = `o_${group.columns[0]?.alias}`;
      return {
        typedName: values.kind === 'string' ? 'sterms' : values.kind === 'float' ? 'dterms' : 'lterms',
        read: (row) => {
          const error = showError ? { doc_count_error_upper_bound: 0 } : {};
          const found = group.rowsIn(row).map((inner) => ({
            ...codec.print(inner.values[key]),
            doc_count: countIn(inner, count),
            ...error,
            ...readChildren(children, planned, inner),
          }));
          const shown = found.reduce((sum, bucket) => sum + bucket.doc_count, 0);
          const extra = (absent?.() ?? []).filter((output) => !group.rowsIn(row).some((inner) => inner.values[key] === output));
          const empty = extra.map((output) => ({
            ...codec.print(output),
            doc_count: 0,
            ...error,
            ...readChildren(children, planned, emptyRow),
          }));
          const buckets = withAbsent(found, empty, order).slice(0, size);
          countBuckets(level, buckets.length);
          return {
            doc_count_error_upper_bound: 0,
            sum_other_doc_count: countIn(row, total) - shown,
            buckets: applyPipelines(children, buckets),
          };
        },
      };
    };
  },
};

/** No document can have the field. The children are still planned, so that their errors show. */
export async function unmapped(level: Level, children: readonly Aggregation[], typedName: string, counters = true): Promise<Planned> {
  await planChildren(level.within('0'), children);
  const empty = counters ? { doc_count_error_upper_bound: 0, sum_other_doc_count: 0 } : {};
  return { typedName, read: () => ({ ...empty, buckets: [] }) };
}

/** The keys of a field as one column, and the column with the number of (document, key) pairs in a level. */
export function termKeys(
  values: FieldValues,
  filter: KeyFilter,
): { spec: Pick<KeySpec, 'sql' | 'explode' | 'missing'>; total: (level: Level) => string } {
  if (values.array) {
    const condition = filter('x', values);
    const sql = `arrayDistinct(${condition === undefined ? values.sql : `arrayFilter(x -> ${condition}, ${values.sql})`})`;
    return {
      spec: { sql, explode: true, missing: 'never' },
      total: (level) => level.aggregate({ name: 'sum', args: [`length(${sql})`] }),
    };
  }
  const condition = filter(values.sql, values);
  if (condition === undefined) {
    const present = isPresent(values, values.sql);
    return {
      spec: { sql: values.sql, explode: false, missing: values.missing },
      total: (level) => (present === '1' ? level : level.within(present)).documentCount(),
    };
  }
  const both = `ifNull((${isPresent(values, values.sql)}) AND (${condition}), 0)`;
  const missing = values.missing === 'empty' ? 'empty' : 'null';
  return {
    spec: { sql: `if(${both}, ${values.sql}, ${missing === 'empty' ? "''" : 'NULL'})`, explode: false, missing },
    total: (level) => level.within(both).documentCount(),
  };
}

/** The `missing` value as a literal of the field's kind. */
export function missingLiteral(values: FieldValues, missing: unknown, params: Params, level: Level): string {
  switch (values.kind) {
    case 'string':
      return sqlString(String(missing));
    case 'boolean':
      return missing === true || missing === 'true' || missing === 1 ? 'true' : 'false';
    case 'time':
      return `toInt64(${parseDate(missing, { now: level.context.now, format: undefined })})`;
    default: {
      const number = Number(missing);
      if (typeof missing === 'object' || !Number.isFinite(number)) throw params.wrongValue('missing', missing);
      return values.kind === 'integer' && Number.isSafeInteger(number) ? `toInt64(${number})` : `toFloat64(${sqlNumber(number)})`;
    }
  }
}

/** Keys that the indices have and the query did not meet, for `min_doc_count: 0`; known once the scans are done. */
function absentKeys(
  level: Level,
  spec: Pick<KeySpec, 'sql' | 'explode' | 'missing'>,
  codec: KeyCodec,
  size: number,
): () => readonly unknown[] {
  let keys: readonly unknown[] = [];
  level.request.besideScans.push(async () => {
    const present = spec.explode
      ? '1'
      : isPresent({ array: false, missing: spec.missing, sql: '', kind: 'string', dateFormat: undefined }, 'k');
    const inner = `SELECT ${spec.explode ? `arrayJoin(${spec.sql})` : spec.sql} AS k FROM ${level.context.fromAll}`;
    const rows = await level.context.select(
      `SELECT ${codec.output('k')} AS key FROM (${inner}) WHERE ${present} GROUP BY k ORDER BY k LIMIT ${Math.min(2 * size, level.context.maxBuckets)}`,
    );
    keys = rows.map((row) => row.key);
  });
  return () => keys;
}

function withAbsent<T extends Result & { doc_count: number }>(found: readonly T[], empty: readonly T[], order: readonly OrderTerm[]): T[] {
  if (empty.length === 0) return [...found];
  const [first] = order;
  if (first?.path === '_key') {
    const sign = first.descending ? -1 : 1;
    return [...found, ...empty].sort((left, right) => sign * compareKeys(left.key, right.key));
  }
  if (first?.path === '_count' && !first.descending) return [...empty, ...found];
  return [...found, ...empty];
}

function compareKeys(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
}
