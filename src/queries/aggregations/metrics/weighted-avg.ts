import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { asArray, isPresent } from '../field-values.ts';
import { Params } from '../params.ts';
import { numberIn } from '../row.ts';
import { metricArgument, parseMetricField, printed } from './metric-argument.ts';

export const weightedAvg: Kind = {
  type: 'weighted_avg',
  children: 'refused',
  parse(params) {
    const part = (key: string) => {
      const body = params.object(key);
      if (body === undefined) throw illegalArgument(`Required [${key}] was not specified for [weighted_avg] aggregation [${params.name}]`);
      const one = new Params('weighted_avg', params.name, body);
      const source = parseMetricField(one);
      one.finish();
      return source;
    };
    const value = part('value');
    const weight = part('weight');
    const format = params.string('format');
    params.ignore('value_type');
    return (level) => {
      const values = metricArgument(level, value, 'weighted_avg');
      const weights = metricArgument(level, weight, 'weighted_avg');
      if (values === undefined || weights === undefined) return { typedName: 'weighted_avg', read: () => ({ value: null }) };
      const single = weights.array ? `if(length(${weights.sql}) = 1, ${weights.sql}[1], NULL)` : weights.sql;
      const present = level.within(`(${isPresent(values.values, values.sql)}) AND ${single} IS NOT NULL`);
      const [sum, length] = values.array ? [`arraySum(${values.sql})`, `length(${asArray(values.values)})`] : [values.sql, '1'];
      const top = present.aggregate({ name: 'sum', args: [`${sum} * ${single}`] });
      const bottom = present.aggregate({ name: 'sum', args: [`${length} * ${single}`] });
      return {
        typedName: 'weighted_avg',
        read: (row) => {
          const total = numberIn(row, bottom);
          return printed(total === null || total === 0 ? null : (numberIn(row, top) ?? 0) / total, values, format);
        },
        order: (path) => (path.length === 0 || path[0] === 'value' ? `if(${bottom} = 0, NULL, ${top} / ${bottom})` : undefined),
      };
    };
  },
};
