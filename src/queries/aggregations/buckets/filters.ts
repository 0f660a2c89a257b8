import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { isObject } from '../params.ts';
import { applyPipelines } from '../read-children.ts';
import { conditionBuckets } from './condition-buckets.ts';

export const filters: Kind = {
  type: 'filters',
  children: 'allowed',
  parse(params) {
    const json = params.get('filters');
    const otherKey = params.string('other_bucket_key');
    const other = params.boolean('other_bucket', otherKey !== undefined);
    const keyedOutput = params.boolean('keyed', true);
    const named = isObject(json);
    if (!named && !Array.isArray(json)) throw illegalArgument(`[filters] must be an object or an array of queries in [${params.name}]`);
    const queries: readonly (readonly [string, unknown])[] = named
      ? Object.entries(json)
      : json.map((query, index) => [String(index), query]);
    if (queries.length === 0) throw illegalArgument('[filters] cannot be empty');
    return async (level, children) => {
      const conditions = queries.map(([, query]) => level.context.condition(query));
      const all = other ? [...conditions, `NOT (${conditions.map((condition) => `(${condition})`).join(' OR ')})`] : conditions;
      const read = await conditionBuckets(level, all, children);
      const names = [...queries.map(([name]) => name), ...(other ? [otherKey ?? '_other_'] : [])];
      return {
        typedName: 'filters',
        read: (row) => {
          countBuckets(level, all.length);
          const buckets = all.map((_, index) => read(row, index));
          if (!named) return { buckets: applyPipelines(children, buckets) };
          if (!keyedOutput)
            return {
              buckets: applyPipelines(
                children,
                buckets.map((bucket, index) => ({ key: names[index], ...bucket })),
              ),
            };
          const places = new Map(buckets.map((bucket, index) => [bucket as Record<string, unknown>, names[index] as string]));
          const kept = applyPipelines(children, buckets);
          return { buckets: Object.fromEntries(kept.map((bucket) => [places.get(bucket), bucket])) };
        },
      };
    };
  },
};
