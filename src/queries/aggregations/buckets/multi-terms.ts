import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countBuckets } from '../bucket-limit.ts';
import { isPresent, keyValues, withMissing } from '../field-values.ts';
import { keyCodec } from '../key-codec.ts';
import { isObject, Params } from '../params.ts';
import { planChildren } from '../plan-children.ts';
import { applyPipelines, readChildren } from '../read-children.ts';
import { countIn } from '../row.ts';
import { missingLiteral, termKeys, unmapped } from './terms.ts';
import { orderSql, parseOrder } from './terms-order.ts';

export const multiTerms: Kind = {
  type: 'multi_terms',
  children: 'allowed',
  parse(params) {
    const size = params.integer('size', 10, 1);
    const minDocCount = params.integer('min_doc_count', 1, 1);
    const order = parseOrder(params.get('order'), [{ path: '_count', descending: true }]);
    const terms = params.array('terms') ?? [];
    if (terms.length < 2) {
      throw illegalArgument(
        `The [terms] parameter in the aggregation [${params.name}] must be present and have at least 2 fields or scripts. For a single field use the terms aggregation.`,
      );
    }
    const sources = terms.map((json) => {
      if (!isObject(json)) throw parsingError(`[multi_terms] each of [terms] must be an object in [${params.name}]`);
      const one = new Params('multi_terms', params.name, json);
      const source = { field: one.field(), missing: one.get('missing'), format: one.string('format'), params: one };
      one.ignore('value_type');
      one.finish();
      return source;
    });
    params.ignore('shard_size', 'shard_min_doc_count', 'collect_mode', 'show_term_doc_count_error');
    return async (level, children) => {
      const keys = sources.map((source) => {
        const found = keyValues(level.context.fields, source.field);
        if (found === undefined) return undefined;
        const values =
          source.missing === undefined ? found : withMissing(found, missingLiteral(found, source.missing, source.params, level));
        return { values, codec: keyCodec(found, source.format) };
      });
      if (keys.some((key) => key === undefined)) return await unmapped(level, children, 'umterms');
      const known = keys.filter((key) => key !== undefined);
      const group = level.groupBy(known.map(({ values, codec }) => ({ ...termKeys(values, () => undefined).spec, codec })));
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
      const total = level.within(known.map(({ values }) => `(${isPresent(values, values.sql)})`).join(' AND ')).documentCount();
      return {
        typedName: 'multi_terms',
        read: (row) => {
          const buckets = group.rowsIn(row).map((inner) => {
            const parts = known.map(({ codec }, index) => codec.print(inner.values[`o_${group.columns[index]?.alias}`]));
            return {
              key: parts.map((part) => part.key),
              key_as_string: parts.map((part) => part.key_as_string ?? String(part.key)).join('|'),
              doc_count: countIn(inner, count),
              ...readChildren(children, planned, inner),
            };
          });
          countBuckets(level, buckets.length);
          const shown = buckets.reduce((sum, bucket) => sum + bucket.doc_count, 0);
          // With arrays a document is in several buckets, so the rest is a lower bound.
          const other = Math.max(0, countIn(row, total) - shown);
          return { doc_count_error_upper_bound: 0, sum_other_doc_count: other, buckets: applyPipelines(children, buckets) };
        },
      };
    };
  },
};
