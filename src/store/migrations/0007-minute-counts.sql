CREATE TABLE uncounted
(
    _index LowCardinality(String),
    day Date
)
ENGINE = ReplacingMergeTree
ORDER BY (_index, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1;

INSERT INTO uncounted (_index, day) SELECT DISTINCT '', toDate(_ingested) FROM logs;

CREATE TABLE minute_counts
(
    day Date,
    minute Int32 CODEC(Delta, ZSTD(1)),
    _index LowCardinality(String),
    level LowCardinality(String),
    agent_name LowCardinality(String),
    exception_type LowCardinality(String),
    service_name LowCardinality(String),
    service_environment LowCardinality(String),
    n UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = SummingMergeTree(n)
PARTITION BY day
ORDER BY (minute, _index, level, agent_name, exception_type, service_name, service_environment)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW minutes_of_logs TO minute_counts AS
SELECT
    toDate(_ingested) AS day,
    toInt32(intDiv(toUnixTimestamp64Milli(timestamp) + 10000000800000, 60000) - 166666680) AS minute,
    _index,
    level,
    agent_name,
    exception_type,
    service_name,
    service_environment,
    count() AS n
FROM logs
WHERE empty(_id)
GROUP BY day, minute, _index, level, agent_name, exception_type, service_name, service_environment;
