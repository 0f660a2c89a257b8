/**
 * Server settings of the embedded engine. Its own defaults are for a machine that it has to itself: caches of several
 * GiB and pools for dozens of cores. Sizes here follow the memory budget (bytes).
 */
export function engineConfigXml(memoryBytes: number): string {
  const share = (part: number) => Math.floor(memoryBytes * part);
  const settings: Readonly<Record<string, number>> = {
    max_server_memory_usage: memoryBytes,
    mark_cache_size: share(0.05),
    primary_index_cache_size: share(0.05),
    index_mark_cache_size: share(0.02),
    index_uncompressed_cache_size: 0,
    // What the last hour's dashboards read again and again; the engine leaves it alone for statements over more than a million rows.
    uncompressed_cache_size: share(0.02),
    mmap_cache_size: 0,
    query_condition_cache_size: share(0.01),
    text_index_tokens_cache_size: share(0.02),
    text_index_header_cache_size: share(0.02),
    text_index_postings_cache_size: share(0.02),
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 2,
    background_schedule_pool_size: 4,
    background_common_pool_size: 2,
    background_fetches_pool_size: 1,
    background_move_pool_size: 1,
    background_message_broker_schedule_pool_size: 1,
    background_distributed_schedule_pool_size: 1,
    background_buffer_flush_schedule_pool_size: 1,
    tables_loader_background_pool_size: 1,
    tables_loader_foreground_pool_size: 2,
  };
  const lines = Object.entries(settings).map(([name, value]) => ` <${name}>${value}</${name}>`);
  return `<clickhouse>\n${lines.join('\n')}\n <merge_tree><number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge><number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation><number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition></merge_tree>\n</clickhouse>\n`;
}
