import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { countIn, numberIn } from '../row.ts';
import { asString, type MetricArgument, metricArgument, parseMetricField } from './metric-argument.ts';

const basic = { count: 'count', min: 'minOrNull', max: 'maxOrNull', avg: 'avgOrNull', sum: 'sum' } as const;

export const stats: Kind = {
  type: 'stats',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    return (level) => {
      const argument = metricArgument(level, source, 'stats');
      if (argument === undefined) return { typedName: 'stats', read: () => ({ count: 0, min: null, max: null, avg: null, sum: 0 }) };
      const columns = basicColumns((name) => level.aggregate({ name, args: [argument.sql], array: argument.array }));
      return {
        typedName: 'stats',
        read: (row) => {
          const numbers = { count: countIn(row, columns.count), min: numberIn(row, columns.min), max: numberIn(row, columns.max) };
          const answer = { ...numbers, avg: numberIn(row, columns.avg), sum: countIn(row, columns.sum) };
          return { ...answer, ...asStrings(answer, argument, source.format) };
        },
        order: ([key]) => (key !== undefined && Object.hasOwn(columns, key) ? columns[key as keyof typeof columns] : undefined),
      };
    };
  },
};

/** Variances come from the engine's Welford algorithm, which does not cancel as sums of squares do. */
export const extendedStats: Kind = {
  type: 'extended_stats',
  children: 'refused',
  parse(params) {
    const source = parseMetricField(params);
    const sigma = params.number('sigma') ?? 2;
    if (sigma < 0) throw illegalArgument('[sigma] must be greater than or equal to 0');
    return (level) => {
      const argument = metricArgument(level, source, 'extended_stats');
      if (argument === undefined) return { typedName: 'extended_stats', read: () => extendedOf(emptyMoments, sigma) };
      const aggregate = (name: string, sql = argument.sql) => level.aggregate({ name, args: [sql], array: argument.array });
      const columns = basicColumns(aggregate);
      const squares = argument.array ? `arrayMap(x -> x * x, ${argument.sql})` : `${argument.sql} * ${argument.sql}`;
      const sumOfSquares = aggregate('sum', squares);
      const variance = aggregate('varPopStable');
      const byName: Readonly<Record<string, string>> = {
        ...columns,
        sum_of_squares: sumOfSquares,
        variance,
        variance_population: variance,
        variance_sampling: `${variance} * ${columns.count} / (${columns.count} - 1)`,
        std_deviation: `sqrt(${variance})`,
        std_deviation_population: `sqrt(${variance})`,
        std_deviation_sampling: `sqrt(${variance} * ${columns.count} / (${columns.count} - 1))`,
        'std_deviation_bounds.upper': `${columns.avg} + ${sigma} * sqrt(${variance})`,
        'std_deviation_bounds.lower': `${columns.avg} - ${sigma} * sqrt(${variance})`,
        std_upper: `${columns.avg} + ${sigma} * sqrt(${variance})`,
        std_lower: `${columns.avg} - ${sigma} * sqrt(${variance})`,
      };
      return {
        typedName: 'extended_stats',
        read: (row) => {
          const moments = {
            count: countIn(row, columns.count),
            min: numberIn(row, columns.min),
            max: numberIn(row, columns.max),
            avg: numberIn(row, columns.avg),
            sum: countIn(row, columns.sum),
            sumOfSquares: numberIn(row, sumOfSquares),
            variance: numberIn(row, variance),
          };
          const answer = extendedOf(moments, sigma);
          return { ...answer, ...asStrings(answer, argument, source.format) };
        },
        order: (path) => (Object.hasOwn(byName, path.join('.')) ? byName[path.join('.')] : undefined),
      };
    };
  },
};

export type Moments = Readonly<{
  count: number;
  min: number | null;
  max: number | null;
  avg: number | null;
  sum: number;
  sumOfSquares: number | null;
  variance: number | null;
}>;

const emptyMoments: Moments = { count: 0, min: null, max: null, avg: null, sum: 0, sumOfSquares: null, variance: null };

/** All keys of `extended_stats`. Elasticsearch prints `"NaN"` where one value has no sampling variance. */
export function extendedOf({ count, min, max, avg, sum, sumOfSquares, variance }: Moments, sigma: number): Record<string, unknown> {
  const none = count === 0 || avg === null || variance === null;
  const sampling = none ? null : count === 1 ? Number.NaN : (variance * count) / (count - 1);
  const deviation = none ? null : Math.sqrt(variance);
  const samplingDeviation = sampling === null ? null : Math.sqrt(sampling);
  const bound = (sign: number, spread: number | null) => (avg === null || spread === null ? null : orNaN(avg + sign * sigma * spread));
  return {
    count,
    min,
    max,
    avg,
    sum,
    sum_of_squares: none ? null : sumOfSquares,
    variance: none ? null : variance,
    variance_population: none ? null : variance,
    variance_sampling: orNaN(sampling),
    std_deviation: deviation,
    std_deviation_population: deviation,
    std_deviation_sampling: orNaN(samplingDeviation),
    std_deviation_bounds: {
      upper: bound(1, deviation),
      lower: bound(-1, deviation),
      upper_population: bound(1, deviation),
      lower_population: bound(-1, deviation),
      upper_sampling: bound(1, samplingDeviation),
      lower_sampling: bound(-1, samplingDeviation),
    },
  };
}

function orNaN(value: number | null): number | string | null {
  return value !== null && Number.isNaN(value) ? 'NaN' : value;
}

function basicColumns(aggregate: (name: string) => string): Readonly<Record<keyof typeof basic, string>> {
  return {
    count: aggregate(basic.count),
    min: aggregate(basic.min),
    max: aggregate(basic.max),
    avg: aggregate(basic.avg),
    sum: aggregate(basic.sum),
  };
}

function asStrings(
  answer: Readonly<Record<string, unknown>>,
  argument: MetricArgument,
  format: string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    ['min', 'max', 'avg', 'sum'].flatMap((name) => {
      const value = answer[name];
      const text = typeof value === 'number' ? asString(value, argument, format) : undefined;
      return text === undefined ? [] : [[`${name}_as_string`, text]];
    }),
  );
}
