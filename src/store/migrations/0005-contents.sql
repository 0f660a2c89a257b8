CREATE TABLE contents
(
    sha256 String CODEC(ZSTD(1)),
    received DateTime64(3, 'UTC'),
    content String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toDate(received)
ORDER BY sha256
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000, index_granularity = 64;
