import type { Kind } from '../aggregation.ts';
import { arrayIn, asNumber, numberIn } from '../row.ts';
import { metricArgument, parseMetricField } from './metric-argument.ts';
import { readDigest } from './percentiles.ts';

const quantile = (q: number, values: string) => `arrayReduce('quantileExactInclusive(${q})', ${values})`;

/** Both need the values twice, so the engine gathers them, 8 bytes each, and only the result leaves it. */
export const medianAbsoluteDeviation: Kind = {
  type: 'median_absolute_deviation',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    readDigest(params);
    return (level) => {
      const argument = metricArgument(level, source, 'median_absolute_deviation');
      if (argument === undefined) return { typedName: 'median_absolute_deviation', read: () => ({ value: null }) };
      const wrap = (all: string) => `if(empty(${all}), NULL, ${quantile(0.5, `arrayMap(x -> abs(x - ${quantile(0.5, all)}), ${all})`)})`;
      const column = level.aggregate({ name: 'groupArray', args: [argument.sql], array: argument.array, wrap });
      return {
        typedName: 'median_absolute_deviation',
        read: (row) => ({ value: numberIn(row, column) }),
        order: (path) => (path.length === 0 || path[0] === 'value' ? column : undefined),
      };
    };
  },
};

const boxKeys = ['min', 'max', 'q1', 'q2', 'q3', 'lower', 'upper'];

/** The whiskers are the outermost values within 1.5 times the distance of the quartiles. */
export const boxplot: Kind = {
  type: 'boxplot',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    readDigest(params);
    return (level) => {
      const argument = metricArgument(level, source, 'boxplot');
      const nothing = { min: 'Infinity', max: '-Infinity', q1: 'NaN', q2: 'NaN', q3: 'NaN', lower: 'Infinity', upper: '-Infinity' };
      if (argument === undefined) return { typedName: 'boxplot', read: () => nothing };
      const wrap = (all: string) => {
        const [q1, q2, q3] = [0.25, 0.5, 0.75].map((q) => quantile(q, all));
        const reach = `1.5 * (${q3} - ${q1})`;
        const lower = `arrayMin(arrayFilter(x -> x >= ${q1} - ${reach}, ${all}))`;
        const upper = `arrayMax(arrayFilter(x -> x <= ${q3} + ${reach}, ${all}))`;
        return `if(empty(${all}), [], [arrayMin(${all}), arrayMax(${all}), ${q1}, ${q2}, ${q3}, ${lower}, ${upper}])`;
      };
      const column = level.aggregate({ name: 'groupArray', args: [argument.sql], array: argument.array, wrap });
      return {
        typedName: 'boxplot',
        read: (row) => {
          const values = arrayIn(row, column);
          return values.length === 0 ? nothing : Object.fromEntries(boxKeys.map((key, index) => [key, asNumber(values[index])]));
        },
        order: ([key]) => {
          const index = boxKeys.indexOf(key ?? '');
          return index < 0 ? undefined : `${column}[${index + 1}]`;
        },
      };
    };
  },
};
