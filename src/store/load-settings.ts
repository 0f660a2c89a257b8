/** Settings of every statement that reads a segment: lines of one kind have more columns than those of another. */
export const segmentReadSettings = 'input_format_tsv_allow_variable_number_of_columns = 1, max_insert_threads = 1';

/** Statements that are tried again after a crash MUST be recognised by every table that they fill, those behind views included. */
export const onceSettings = (token: string): string =>
  `insert_deduplication_token = '${token}', deduplicate_blocks_in_dependent_materialized_views = 1`;
