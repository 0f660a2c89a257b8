import type { Kind, PipelineKind } from './aggregation.ts';
import { autoDateHistogram } from './buckets/auto-date-histogram.ts';
import { composite } from './buckets/composite.ts';
import { dateHistogram } from './buckets/date-histogram.ts';
import { filters } from './buckets/filters.ts';
import { geoGrids } from './buckets/geo-grid.ts';
import { global } from './buckets/global.ts';
import { histogram } from './buckets/histogram.ts';
import { multiTerms } from './buckets/multi-terms.ts';
import { dateRange, range } from './buckets/range.ts';
import { rareTerms } from './buckets/rare-terms.ts';
import { significantTerms } from './buckets/significant-terms.ts';
import { filter, missing, sampling } from './buckets/single-bucket.ts';
import { terms } from './buckets/terms.ts';
import { cardinality } from './metrics/cardinality.ts';
import { geoBounds, geoCentroid } from './metrics/geo-metrics.ts';
import { percentileRanks } from './metrics/percentile-ranks.ts';
import { percentiles } from './metrics/percentiles.ts';
import { rate } from './metrics/rate.ts';
import { singleValueMetrics } from './metrics/single-value.ts';
import { boxplot, medianAbsoluteDeviation } from './metrics/spread.ts';
import { extendedStats, stats } from './metrics/stats.ts';
import { topHits } from './metrics/top-hits.ts';
import { topMetrics } from './metrics/top-metrics.ts';
import { weightedAvg } from './metrics/weighted-avg.ts';
import { bucketPipelines } from './pipelines/bucket-scripts.ts';
import { movingPipelines } from './pipelines/moving-functions.ts';
import { seriesPipelines } from './pipelines/over-buckets.ts';
import { siblingPipelines } from './pipelines/sibling-pipelines.ts';

const byType = <T extends Readonly<{ type: string }>>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.type, one]));

/** Every aggregation that is computed from documents. To add one, write its file and list it here. */
export const kinds: ReadonlyMap<string, Kind> = byType([
  terms,
  multiTerms,
  rareTerms,
  significantTerms,
  dateHistogram,
  autoDateHistogram,
  histogram,
  range,
  dateRange,
  filter,
  filters,
  missing,
  global,
  composite,
  ...geoGrids,
  ...sampling,
  ...singleValueMetrics,
  stats,
  extendedStats,
  cardinality,
  percentiles,
  percentileRanks,
  medianAbsoluteDeviation,
  boxplot,
  weightedAvg,
  topHits,
  topMetrics,
  rate,
  geoBounds,
  geoCentroid,
]);

/** Every aggregation that is computed from other aggregations. */
export const pipelineKinds: ReadonlyMap<string, PipelineKind> = byType([
  ...seriesPipelines,
  ...movingPipelines,
  ...bucketPipelines,
  ...siblingPipelines,
]);

/** Known to Elasticsearch, not to us, with the reason or the way around. */
export const refusedTypes: ReadonlyMap<string, string> = new Map([
  ['scripted_metric', 'scripts are not run; use [bucket_script] over metric aggregations'],
  ['ip_range', 'use [filters] with [prefix] or [range] queries'],
  ['ip_prefix', 'use [filters] with [prefix] queries'],
  ['adjacency_matrix', 'use [filters] with a [bool] query per pair'],
  ['inference', 'there are no models to run'],
  ['significant_text', 'use [significant_terms] on a keyword field'],
  ['cumulative_cardinality', 'use [cardinality] per bucket'],
  ['string_stats', 'use [cardinality] and [terms]'],
  ['matrix_stats', 'use [extended_stats] per field'],
  ['variable_width_histogram', 'use [histogram] or [auto_date_histogram]'],
  ['geohex_grid', 'use [geotile_grid] or [geohash_grid]'],
  ['parent', 'there are no join fields'],
  ['children', 'there are no join fields'],
  ['t_test', 'use [extended_stats] per group'],
  ['categorize_text', 'there is no text categoriser'],
]);
