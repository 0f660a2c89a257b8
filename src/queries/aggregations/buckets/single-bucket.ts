import type { Aggregation, Kind, Planned } from '../aggregation.ts';
import { isPresent, keyValues } from '../field-values.ts';
import type { Level } from '../level.ts';
import type { Params } from '../params.ts';
import { planChildren } from '../plan-children.ts';
import { readChildren } from '../read-children.ts';
import { countIn } from '../row.ts';

/** One bucket with the documents of `inside`; also the way to order outer buckets by `name`, `name>metric`. */
export async function singleBucket(inside: Level, children: readonly Aggregation[], typedName: string): Promise<Planned> {
  const count = inside.documentCount();
  const planned = await planChildren(inside, children);
  return {
    typedName,
    read: (row) => ({ doc_count: countIn(row, count), ...readChildren(children, planned, row) }),
    order: ([name, ...rest]) => {
      if (name === undefined || name === '_count' || name === 'doc_count') return count;
      return planned.get(name)?.order?.(rest);
    },
  };
}

export const filter: Kind = {
  type: 'filter',
  children: 'allowed',
  parse(params) {
    params.ignore(...Object.keys(params.body));
    return async (level, children) => await singleBucket(level.within(level.context.condition(params.body)), children, 'filter');
  },
};

export const missing: Kind = {
  type: 'missing',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const substitute = params.get('missing');
    return async (level, children) => {
      const values = keyValues(level.context.fields, field);
      if (substitute !== undefined || values?.missing === 'never') return await singleBucket(level.within('0'), children, 'missing');
      const inside = values === undefined ? level : level.within(`NOT (${isPresent(values, values.sql)})`);
      return await singleBucket(inside, children, 'missing');
    };
  },
};

/**
 * Aggregations that only choose how Elasticsearch reads documents. All documents are used here, so `sampler` and its
 * relatives are exact, and `nested` sees the outer document, into which arrays of objects are flattened.
 */
export const sampling: readonly Kind[] = [
  passThrough('sampler', ['shard_size']),
  passThrough('diversified_sampler', ['shard_size', 'field', 'max_docs_per_value', 'execution_hint'], 'sampler'),
  passThrough('random_sampler', ['probability', 'seed', 'shard_seed']),
  passThrough('nested', ['path']),
  passThrough('reverse_nested', ['path']),
];

function passThrough(type: string, ignored: readonly string[], typedName = type): Kind {
  return {
    type,
    children: 'allowed',
    parse(params: Params) {
      params.ignore(...ignored);
      if (type === 'nested') params.required('path');
      return async (level, children) => await singleBucket(level, children, typedName);
    },
  };
}
