import type { Kind, PipelineKind } from './aggregation.ts';
import { dateHistogram } from './buckets/date-histogram.ts';
import { filters } from './buckets/filters.ts';
import { rareTerms } from './buckets/rare-terms.ts';
import { filter, missing, sampling } from './buckets/single-bucket.ts';
import { terms } from './buckets/terms.ts';
import { cardinality } from './metrics/cardinality.ts';
import { percentiles } from './metrics/percentiles.ts';
import { singleValueMetrics } from './metrics/single-value.ts';
import { topHits } from './metrics/top-hits.ts';

const byType = <T extends Readonly<{ type: string }>>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [one.type, one]));

/** Every aggregation that is computed from documents. To add one, write its file and list it here. */
export const kinds: ReadonlyMap<string, Kind> = byType([
  terms,
  rareTerms,
  dateHistogram,
  filter,
  filters,
  missing,
  ...sampling,
  ...singleValueMetrics,
  cardinality,
  percentiles,
  topHits,
]);

/** Every aggregation that is computed from other aggregations. */
export const pipelineKinds: ReadonlyMap<string, PipelineKind> = byType<PipelineKind>([]);

/** Known to Elasticsearch, not to us, with the reason or the way around. */
export const refusedTypes: ReadonlyMap<string, string> = new Map([
  ['scripted_metric', 'scripts are not run; use [bucket_script] over metric aggregations'],
  ['ip_range', 'use [filters] with [prefix] or [range] queries'],
  ['ip_prefix', 'use [filters] with [prefix] queries'],
  ['adjacency_matrix', 'use [filters] with a [bool] query per pair'],
  ['inference', 'there are no models to run'],
  ['significant_text', 'use [significant_terms] on a keyword field'],
  ['categorize_text', 'there is no text categoriser'],
]);
