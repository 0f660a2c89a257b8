import type { Kind } from '../aggregation.ts';
import { missingLiteral } from '../buckets/terms.ts';
import { asArray, keyValues, withMissing } from '../field-values.ts';
import { numberIn } from '../row.ts';
import { parseMetricField } from './metric-argument.ts';

/**
 * `uniqCombined64(20)` gives the exact number up to 20,000 distinct values and is within 0.1 % beyond (Elasticsearch is
 * exact to `precision_threshold`, 3,000 by default), in at most 0.8 MB per bucket; `uniqExact` would keep every value.
 */
const precision = 20;

export const cardinality: Kind = {
  type: 'cardinality',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    params.ignore('precision_threshold', 'rehash', 'execution_hint');
    return (level) => {
      const found = keyValues(level.context.fields, source.field);
      if (found === undefined) {
        const column = source.missing === undefined ? undefined : level.documentCount();
        return { typedName: 'cardinality', read: (row) => ({ value: column === undefined ? 0 : Math.min(1, numberIn(row, column) ?? 0) }) };
      }
      const values = source.missing === undefined ? found : withMissing(found, missingLiteral(found, source.missing, params, level));
      const array = values.array || values.missing === 'empty';
      const sql = array && !values.array ? asArray(values) : values.sql;
      const column = level.aggregate({ name: 'uniqCombined64', parameters: [precision], args: [sql], array });
      return {
        typedName: 'cardinality',
        read: (row) => ({ value: numberIn(row, column) ?? 0 }),
        order: (path) => (path.length === 0 || path[0] === 'value' ? column : undefined),
      };
    };
  },
};
