import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { PipelineKind, Result } from '../aggregation.ts';
import { javaDouble } from '../metrics/percentiles.ts';
import { extendedOf } from '../metrics/stats.ts';
import { isObject, type Params } from '../params.ts';
import { type GapPolicy, parseGapPolicy, parsePath, resolve } from './buckets-path.ts';

type Point = Readonly<{ key: string; value: number }>;

type Summary = (points: readonly Point[]) => Result;

const sum = (points: readonly Point[]) => points.reduce((total, point) => total + point.value, 0);
const extreme = (points: readonly Point[], pick: (left: number, right: number) => number) =>
  points.length === 0 ? null : points.map((point) => point.value).reduce(pick);

/** A metric over the buckets of an aggregation beside it. */
function siblingPipeline(type: string, typedName: string, parse: (params: Params) => Summary): PipelineKind {
  return {
    type,
    parsePipeline(params) {
      const path = parsePath(params);
      const policy = parseGapPolicy(params);
      const summary = parse(params);
      params.ignore('format');
      return { scope: 'sibling', paths: [path], typedName, sibling: (siblings) => summary(pointsOf(siblings, path, policy)) };
    },
  };
}

function pointsOf(siblings: Readonly<Record<string, Result>>, path: string, policy: GapPolicy): readonly Point[] {
  const [name = '', ...rest] = path.split('>');
  let place: unknown = Object.hasOwn(siblings, name) ? siblings[name] : undefined;
  let inner = rest;
  // Single-bucket aggregations may stand before the one with buckets.
  while (isObject(place) && place.buckets === undefined && inner.length > 1) {
    const next = inner[0] as string;
    place = Object.hasOwn(place, next) ? place[next] : undefined;
    inner = inner.slice(1);
  }
  const buckets = isObject(place) ? place.buckets : undefined;
  if (buckets === undefined || inner.length === 0) {
    throw illegalArgument(
      `The first aggregation in buckets_path [${path}] must be a multi-bucket aggregation, followed by [>] and a metric`,
    );
  }
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(buckets)
    ? buckets.map((bucket) => [isObject(bucket) ? String(bucket.key_as_string ?? bucket.key) : '', bucket])
    : Object.entries(isObject(buckets) ? buckets : {});
  return entries.flatMap(([key, bucket]) => {
    if (!isObject(bucket)) return [];
    const value = resolve(bucket, inner.join('>'), policy);
    return Number.isNaN(value) ? [] : [{ key, value }];
  });
}

const withKeys =
  (pick: (left: number, right: number) => number): Summary =>
  (points) => {
    const value = extreme(points, pick);
    return { value, keys: points.filter((point) => point.value === value).map((point) => point.key) };
  };

const statsOf: Summary = (points) => ({
  count: points.length,
  min: extreme(points, (left, right) => Math.min(left, right)),
  max: extreme(points, (left, right) => Math.max(left, right)),
  avg: points.length === 0 ? null : sum(points) / points.length,
  sum: sum(points),
});

function extendedStatsOf(sigma: number): Summary {
  return (points) => {
    const { count, min, max, avg } = statsOf(points) as { count: number; min: number | null; max: number | null; avg: number | null };
    const variance = avg === null ? null : points.reduce((total, { value }) => total + (value - avg) ** 2, 0) / count;
    const sumOfSquares = points.reduce((total, { value }) => total + value * value, 0);
    return extendedOf({ count, min, max, avg, sum: sum(points), sumOfSquares, variance }, sigma);
  };
}

function percentilesOf(params: Params): Summary {
  const percents = params.numbers('percents') ?? [1, 5, 25, 50, 75, 95, 99];
  const wrong = percents.find((percent) => percent < 0 || percent > 100);
  if (wrong !== undefined || percents.length === 0)
    throw illegalArgument('[percents] must only contain non-null doubles from 0.0-100.0 inclusive');
  const keyed = params.boolean('keyed', true);
  return (points) => {
    const sorted = points.map((point) => point.value).sort((left, right) => left - right);
    // The nearest value, without interpolation, as Elasticsearch does for buckets.
    const at = (percent: number) => sorted[Math.round((percent / 100) * (sorted.length - 1))] ?? null;
    if (!keyed) return { values: percents.map((key) => ({ key, value: at(key) })) };
    return { values: Object.fromEntries(percents.map((percent) => [javaDouble(percent), at(percent)])) };
  };
}

export const siblingPipelines: readonly PipelineKind[] = [
  siblingPipeline('avg_bucket', 'simple_value', () => (points) => ({ value: points.length === 0 ? null : sum(points) / points.length })),
  siblingPipeline('sum_bucket', 'simple_value', () => (points) => ({ value: sum(points) })),
  siblingPipeline('max_bucket', 'bucket_metric_value', () => withKeys((left, right) => Math.max(left, right))),
  siblingPipeline('min_bucket', 'bucket_metric_value', () => withKeys((left, right) => Math.min(left, right))),
  siblingPipeline('stats_bucket', 'stats_bucket', () => statsOf),
  siblingPipeline('extended_stats_bucket', 'extended_stats_bucket', (params) => extendedStatsOf(params.number('sigma') ?? 2)),
  siblingPipeline('percentiles_bucket', 'percentiles_bucket', percentilesOf),
];
