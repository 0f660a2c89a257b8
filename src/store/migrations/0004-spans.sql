CREATE TABLE spans
(
    _segment UInt64 CODEC(Delta, ZSTD(1)),
    _row UInt32 CODEC(Delta, ZSTD(1)),
    _ingested DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    slot DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_hash UInt64 CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_id String CODEC(ZSTD(1)),
    record LowCardinality(String),
    name LowCardinality(String),
    kind LowCardinality(String),
    start DateTime64(9, 'UTC') CODEC(T64, LZ4),
    end DateTime64(9, 'UTC') CODEC(T64, LZ4),
    duration_ns Int64 CODEC(T64, ZSTD(1)),
    timing UInt8 CODEC(ZSTD(1)),
    status LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    service LowCardinality(String),
    instance LowCardinality(String),
    address LowCardinality(String),
    runtime LowCardinality(String),
    capability LowCardinality(String),
    target LowCardinality(String),
    model LowCardinality(String),
    provider LowCardinality(String),
    input_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
    output_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
    total_tokens Nullable(UInt64) CODEC(T64, ZSTD(1)),
    request_bytes Nullable(UInt64) CODEC(T64, ZSTD(1)),
    response_bytes Nullable(UInt64) CODEC(T64, ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    scope String CODEC(ZSTD(1)),
    events String CODEC(ZSTD(1)),
    links String CODEC(ZSTD(1)),
    trace_state String CODEC(ZSTD(1)),
    flags LowCardinality(String),
    source LowCardinality(String),
    origin String CODEC(ZSTD(1)),
    INDEX record_length length(record) TYPE minmax GRANULARITY 1,
    INDEX start start TYPE minmax GRANULARITY 8,
    INDEX end end TYPE minmax GRANULARITY 8,
    INDEX duration_ns duration_ns TYPE minmax GRANULARITY 1,
    INDEX segment _segment TYPE minmax GRANULARITY 8,
    INDEX parent_id parent_id TYPE bloom_filter(0.01) GRANULARITY 8,
    INDEX span_id span_id TYPE bloom_filter(0.01) GRANULARITY 8,
    INDEX trace_hash trace_hash TYPE bloom_filter(0.001) GRANULARITY 8,
    INDEX attribute_values mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX attribute_names mapKeys(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX resource_names mapKeys(resource) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX attribute_lists (arrayExists(v -> startsWith(v, '['), mapValues(attributes))) TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(_ingested)
ORDER BY (slot, trace_hash, start)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    index_granularity = 1024, min_compress_block_size = 16384, min_bytes_for_wide_part = 134217728;

CREATE TABLE traces
(
    slot DateTime('UTC') CODEC(Delta, ZSTD(1)),
    trace_hash UInt64 CODEC(ZSTD(1)),
    trace_id SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
    start SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1)),
    end SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta, ZSTD(1)),
    last_ingested SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    records SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    started SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    ended SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    errors SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    INDEX start start TYPE minmax GRANULARITY 1,
    INDEX end end TYPE minmax GRANULARITY 1,
    INDEX last_ingested last_ingested TYPE minmax GRANULARITY 1,
    INDEX trace_hash trace_hash TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toDate(slot)
ORDER BY (slot, trace_hash)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, min_bytes_for_wide_part = 134217728;

CREATE MATERIALIZED VIEW traces_of_spans TO traces AS
SELECT
    slot,
    trace_hash,
    any(spans.trace_id) AS trace_id,
    min(spans.start) AS start,
    max(spans.end) AS end,
    max(_ingested) AS last_ingested,
    count() AS records,
    countIf(record = 'start') AS started,
    countIf(record = 'end') AS ended,
    countIf(status = 'error') AS errors
FROM spans
GROUP BY slot, trace_hash;

CREATE TABLE metrics
(
    _segment UInt64 CODEC(Delta, ZSTD(1)),
    _row UInt32 CODEC(Delta, ZSTD(1)),
    _ingested DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    name LowCardinality(String),
    service LowCardinality(String),
    type LowCardinality(String),
    unit LowCardinality(String),
    description LowCardinality(String),
    temporality LowCardinality(String),
    monotonic Bool,
    start DateTime64(9, 'UTC') CODEC(T64, LZ4),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    value Float64 CODEC(ZSTD(1)),
    value_text String CODEC(ZSTD(1)),
    is_integer Bool,
    count Nullable(UInt64) CODEC(T64, ZSTD(1)),
    sum Nullable(Float64) CODEC(ZSTD(1)),
    min Nullable(Float64) CODEC(ZSTD(1)),
    max Nullable(Float64) CODEC(ZSTD(1)),
    details String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    scope String CODEC(ZSTD(1)),
    source LowCardinality(String),
    INDEX segment _segment TYPE minmax GRANULARITY 1,
    INDEX time time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(_ingested)
ORDER BY (name, service, time)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, min_bytes_for_wide_part = 134217728;
