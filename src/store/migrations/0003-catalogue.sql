CREATE TABLE catalogue
(
    kind LowCardinality(String),
    name String,
    value String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (kind, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE dead_letters
(
    id String,
    received DateTime64(3, 'UTC'),
    source LowCardinality(String),
    target LowCardinality(String),
    reason String,
    payload String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toDate(received)
ORDER BY received
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000;
