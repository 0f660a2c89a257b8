import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { keyValues, withMissing } from '../field-values.ts';
import { keyCodec } from '../key-codec.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn } from '../row.ts';
import { countGroups } from './condition-buckets.ts';
import { parseIncludeExclude } from './include-exclude.ts';
import { missingLiteral, termKeys, unmapped } from './terms.ts';

/** Exact where Elasticsearch uses a filter that may lose terms. Rare keys are picked in SQL; too many are an error. */
export const rareTerms: Kind = {
  type: 'rare_terms',
  children: 'allowed',
  parse(params) {
    const field = params.field();
    const most = params.integer('max_doc_count', 1, 1);
    if (most > 100) throw illegalArgument(`[max_doc_count] must be smaller than or equal to: [100], found [${most}]`);
    const missing = params.get('missing');
    const filter = parseIncludeExclude(params);
    const format = params.string('format');
    params.ignore('precision', 'value_type', 'script');
    return async (level, children) => {
      const values = keyValues(level.context.fields, field);
      if (values === undefined) return await unmapped(level, children, 'umrareterms', false);
      const codec = keyCodec(values, format);
      const present = missing === undefined ? values : withMissing(values, missingLiteral(values, missing, params, level));
      const group = level.groupByField(field, { ...termKeys(present, filter).spec, codec }, countGroups(children) > 0);
      const inside = level.below(group);
      const count = inside.documentCount();
      group.having.push(`${count} <= ${most}`);
      group.order = [`${count} ASC`];
      group.limit = level.context.maxBuckets + 1;
      const planned = await planChildren(inside, children);
      const key = `o_${group.columns[0]?.alias}`;
      return {
        typedName: values.kind === 'string' ? 'srareterms' : 'lrareterms',
        read: (row) => {
          const buckets = group.rowsIn(row).map((inner) => ({
            ...codec.print(inner.values[key]),
            doc_count: countIn(inner, count),
            ...readChildren(children, planned, inner),
          }));
          countBuckets(level, buckets.length);
          return { buckets: applyPipelines(children, buckets) };
        },
      };
    };
  },
};
