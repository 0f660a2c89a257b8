import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { type IndexCounters, type IndexStatistics, noCounters, noStatistics } from './administration-ports.ts';

/** Rows and counters of one index, or of several added up. */
export type Totals = Readonly<{ statistics: IndexStatistics; counters: IndexCounters }>;

export function addTotals(list: readonly Totals[]): Totals {
  const sum = <T extends Readonly<Record<string, number>>>(zero: T, values: readonly T[]): T =>
    Object.fromEntries(Object.keys(zero).map((key) => [key, values.reduce((total, value) => total + (value[key] as number), 0)])) as T;
  return {
    statistics: sum(
      noStatistics,
      list.map((one) => one.statistics),
    ),
    counters: sum(
      noCounters,
      list.map((one) => one.counters),
    ),
  };
}

/** The sections of `_stats`. What meshscope has no counterpart of is zero, so that programs that read it find a number. */
const sections: Readonly<Record<string, (totals: Totals) => object>> = {
  docs: ({ statistics }) => ({ count: statistics.docs, deleted: 0, total_size_in_bytes: statistics.storeBytes }),
  shard_stats: () => ({ total_count: 1 }),
  store: ({ statistics }) => ({
    size_in_bytes: statistics.storeBytes,
    total_data_set_size_in_bytes: statistics.storeBytes,
    reserved_in_bytes: 0,
  }),
  indexing: ({ counters }) => ({
    index_total: counters.indexed,
    index_time_in_millis: counters.indexMillis,
    index_current: 0,
    index_failed: counters.indexFailed,
    delete_total: counters.deleted,
    delete_time_in_millis: 0,
    delete_current: 0,
    noop_update_total: 0,
    is_throttled: false,
    throttle_time_in_millis: 0,
  }),
  get: () => ({
    total: 0,
    time_in_millis: 0,
    exists_total: 0,
    exists_time_in_millis: 0,
    missing_total: 0,
    missing_time_in_millis: 0,
    current: 0,
  }),
  search: ({ counters }) => ({
    open_contexts: 0,
    query_total: counters.searches,
    query_time_in_millis: counters.searchMillis,
    query_current: 0,
    fetch_total: counters.searches,
    fetch_time_in_millis: 0,
    fetch_current: 0,
    scroll_total: 0,
    scroll_time_in_millis: 0,
    scroll_current: 0,
    suggest_total: 0,
    suggest_time_in_millis: 0,
    suggest_current: 0,
  }),
  merges: () => ({
    current: 0,
    current_docs: 0,
    current_size_in_bytes: 0,
    total: 0,
    total_time_in_millis: 0,
    total_docs: 0,
    total_size_in_bytes: 0,
    total_stopped_time_in_millis: 0,
    total_throttled_time_in_millis: 0,
    total_auto_throttle_in_bytes: 0,
  }),
  refresh: () => ({ total: 0, total_time_in_millis: 0, external_total: 0, external_total_time_in_millis: 0, listeners: 0 }),
  flush: () => ({ total: 0, periodic: 0, total_time_in_millis: 0 }),
  warmer: () => ({ current: 0, total: 0, total_time_in_millis: 0 }),
  query_cache: () => ({
    memory_size_in_bytes: 0,
    total_count: 0,
    hit_count: 0,
    miss_count: 0,
    cache_size: 0,
    cache_count: 0,
    evictions: 0,
  }),
  fielddata: () => ({ memory_size_in_bytes: 0, evictions: 0 }),
  completion: () => ({ size_in_bytes: 0 }),
  segments: ({ statistics }) => ({
    count: statistics.parts,
    memory_in_bytes: 0,
    terms_memory_in_bytes: 0,
    stored_fields_memory_in_bytes: 0,
    term_vectors_memory_in_bytes: 0,
    norms_memory_in_bytes: 0,
    points_memory_in_bytes: 0,
    doc_values_memory_in_bytes: 0,
    index_writer_memory_in_bytes: 0,
    version_map_memory_in_bytes: 0,
    fixed_bit_set_memory_in_bytes: 0,
    max_unsafe_auto_id_timestamp: -1,
    file_sizes: {},
  }),
  translog: () => ({
    operations: 0,
    size_in_bytes: 0,
    uncommitted_operations: 0,
    uncommitted_size_in_bytes: 0,
    earliest_last_modified_age: 0,
  }),
  request_cache: () => ({ memory_size_in_bytes: 0, evictions: 0, hit_count: 0, miss_count: 0 }),
  recovery: () => ({ current_as_source: 0, current_as_target: 0, throttle_time_in_millis: 0 }),
  bulk: ({ counters }) => ({
    total_operations: counters.indexed,
    total_time_in_millis: counters.indexMillis,
    total_size_in_bytes: 0,
    avg_time_in_millis: 0,
    avg_size_in_bytes: 0,
  }),
};

const metricNames: Readonly<Record<string, string>> = { merge: 'merges', suggest: 'search' };

/** Checks the metric list of the path. `_all` and none are all sections. Throws 400 for an unknown metric. */
export function wantedSections(metrics: string | undefined, url: string): readonly string[] {
  const names = metrics === undefined || metrics === '_all' ? [] : metrics.split(',').filter((name) => name !== '_all');
  if (names.length === 0) return Object.keys(sections);
  return names.map((name) => {
    const section = Object.hasOwn(metricNames, name) ? (metricNames[name] as string) : name;
    if (!Object.hasOwn(sections, section)) throw illegalArgument(`request [${url}] contains unrecognized metric: [${name}]`);
    return section;
  });
}

/** The chosen sections. There are no replicas, so `primaries` and `total` are the same. */
export function statisticsAnswer(totals: Totals, wanted: readonly string[]): Readonly<{ primaries: object; total: object }> {
  const values = Object.fromEntries(wanted.map((name) => [name, sections[name]?.(totals) ?? {}]));
  return { primaries: values, total: values };
}
