import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Pipeline, PipelineKind, Result } from '../aggregation.ts';
import { calendarUnit, parseDuration } from '../buckets/date-interval.ts';
import type { Params } from '../params.ts';
import { printNumber } from '../print-number.ts';
import { setOwn } from '../read-children.ts';
import { orNull, parseGapPolicy, parsePath, resolve } from './buckets-path.ts';

/** Numbers for the buckets of the surrounding histogram, in order; undefined leaves a bucket without an answer. */
type Series = (values: readonly number[], buckets: readonly Result[]) => readonly (Result | undefined)[];

export function seriesPipeline(type: string, parse: (params: Params) => Series, typedName = 'simple_value'): PipelineKind {
  return {
    type,
    parsePipeline(params): Pipeline {
      const path = parsePath(params);
      const policy = parseGapPolicy(params);
      const format = params.string('format');
      const series = parse(params);
      return {
        scope: 'parent',
        paths: [path],
        typedName,
        buckets: (buckets, name) => {
          const answers = series(
            buckets.map((bucket) => resolve(bucket, path, policy)),
            buckets,
          );
          for (const [index, bucket] of buckets.entries()) {
            const answer = answers[index];
            if (answer === undefined) continue;
            const text =
              format !== undefined && typeof answer.value === 'number' ? { value_as_string: printNumber(answer.value, format) } : {};
            setOwn(bucket, name, { ...answer, ...text });
          }
          return buckets;
        },
      };
    },
  };
}

const valueOnly = (value: number): Result => ({ value: orNull(value) });

const derivative = seriesPipeline(
  'derivative',
  (params) => {
    const unit = params.string('unit');
    const calendar = unit === undefined ? undefined : calendarUnit(unit);
    const average: Readonly<Record<string, number>> = {
      second: 1e3,
      minute: 6e4,
      hour: 36e5,
      day: 864e5,
      week: 6048e5,
      month: 2592e6,
      quarter: 7776e6,
      year: 31536e6,
    };
    const unitMillis = unit === undefined ? undefined : calendar === undefined ? parseDuration(unit, 'unit') : average[calendar];
    return (values, buckets) =>
      values.map((value, index) => {
        if (index === 0) return undefined;
        const change = value - (values[index - 1] as number);
        if (unitMillis === undefined) return valueOnly(change);
        const distance = Number(buckets[index]?.key) - Number(buckets[index - 1]?.key);
        return { value: orNull(change), normalized_value: orNull((change * unitMillis) / distance) };
      });
  },
  'derivative',
);

const cumulativeSum = seriesPipeline('cumulative_sum', () => (values) => {
  let sum = 0;
  return values.map((value) => {
    if (Number.isFinite(value)) sum += value;
    return { value: sum };
  });
});

const serialDiff = seriesPipeline('serial_diff', (params) => {
  const lag = params.integer('lag', 1, 1);
  return (values) =>
    values.map((value, index) => {
      const before = values[index - lag];
      if (before === undefined || !Number.isFinite(before) || !Number.isFinite(value)) return undefined;
      return { value: value - before };
    });
});

type Normalizer = (
  value: number,
  all: Readonly<{ min: number; max: number; sum: number; mean: number; values: readonly number[] }>,
) => number;

const normalizers: Readonly<Record<string, Normalizer>> = {
  rescale_0_1: (value, { min, max }) => (value - min) / (max - min),
  rescale_0_100: (value, { min, max }) => (100 * (value - min)) / (max - min),
  percent_of_sum: (value, { sum }) => value / sum,
  mean: (value, { mean, min, max }) => (value - mean) / (max - min),
  'z-score': (value, { mean, values }) =>
    (value - mean) / Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length),
  softmax: (value, { max, values }) => Math.exp(value - max) / values.reduce((sum, one) => sum + Math.exp(one - max), 0),
};

const normalize = seriesPipeline('normalize', (params) => {
  const method = params.required('method');
  const normalizer = Object.hasOwn(normalizers, method) ? normalizers[method] : undefined;
  if (normalizer === undefined) throw illegalArgument(`invalid method [${method}]`);
  return (all) => {
    const values = all.filter((value) => Number.isFinite(value));
    const sum = values.reduce((total, value) => total + value, 0);
    const min = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const max = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    return all.map((value) => valueOnly(normalizer(value, { min, max, sum, mean: sum / values.length, values })));
  };
});

export const seriesPipelines: readonly PipelineKind[] = [derivative, cumulativeSum, serialDiff, normalize];
