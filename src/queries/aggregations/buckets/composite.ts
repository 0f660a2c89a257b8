import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn } from '../row.ts';
import { compositeSources, type PlannedSource } from './composite-source.ts';
import { unmapped } from './terms.ts';

/** Pages through all combinations of the keys of its sources, in key order. */
export const composite: Kind = {
  type: 'composite',
  children: 'allowed',
  parse(params) {
    const size = params.integer('size', 10, 1);
    const after = params.object('after');
    const sources = compositeSources(params);
    const wrong = after === undefined ? undefined : sources.find((source) => !Object.hasOwn(after, source.name));
    if (wrong !== undefined || (after !== undefined && Object.keys(after).length !== sources.length)) {
      throw illegalArgument(`[after] has ${Object.keys(after ?? {}).length} value(s) but [sources] has ${sources.length}`);
    }
    return async (level, children) => {
      const planned = sources.map((source) => source.plan(level));
      const keys = planned.filter((source) => source !== undefined);
      if (keys.length < planned.length) return await unmapped(level, children, 'composite', false);
      const group = level.groupBy(keys.map((source) => source.key));
      const inside = level.below(group);
      const count = inside.documentCount();
      const below = await planChildren(inside, children);
      const aliases = group.columns.map((column) => column.alias);
      group.order = keys.map((source, index) => orderOf(source, aliases[index] as string));
      group.limit = size;
      if (after !== undefined)
        group.having.push(
          `(${isAfter(
            keys,
            aliases,
            sources.map((source) => after[source.name]),
          )})`,
        );
      return {
        typedName: 'composite',
        read: (row) => {
          const buckets = group.rowsIn(row).map((inner) => ({
            key: Object.fromEntries(keys.map((source, index) => [source.name, source.print(inner.values[`o_${aliases[index]}`])])),
            doc_count: countIn(inner, count),
            ...readChildren(children, below, inner),
          }));
          countBuckets(level, buckets.length);
          const last = buckets.at(-1);
          return { ...(last === undefined ? {} : { after_key: last.key }), buckets: applyPipelines(children, buckets) };
        },
      };
    };
  },
};

function orderOf(source: PlannedSource, alias: string): string {
  return `${alias} ${source.descending ? 'DESC' : 'ASC'} NULLS ${source.nullsFirst ? 'FIRST' : 'LAST'}`;
}

/** Lexicographic: later in the first key, or equal there and later in the second, and so on. */
function isAfter(keys: readonly PlannedSource[], aliases: readonly string[], values: readonly unknown[]): string {
  const [source, ...rest] = keys;
  const [alias, ...restAliases] = aliases;
  const [value, ...restValues] = values;
  if (source === undefined || alias === undefined) return '0';
  const inner = isAfter(rest, restAliases, restValues);
  if (value === null || value === undefined) {
    const later = source.nullsFirst ? `${alias} IS NOT NULL` : '0';
    return `(${later}) OR (${alias} IS NULL AND (${inner}))`;
  }
  const literal = source.literal(value);
  const later = `ifNull(${alias} ${source.descending ? '<' : '>'} ${literal}, ${source.nullsFirst ? 0 : 1})`;
  return `${later} OR (ifNull(${alias} = ${literal}, 0) AND (${inner}))`;
}
