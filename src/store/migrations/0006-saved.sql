-- Dashboards, searches and the like, as people saved them. A removed one is a row with an empty content.
CREATE TABLE saved
(
    kind LowCardinality(String),
    id String,
    title String,
    content String,
    updated DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(updated)
ORDER BY (kind, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
