CREATE TABLE fields
(
    _index LowCardinality(String),
    path String,
    type LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (_index, path, type)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW fields_of_documents TO fields AS
SELECT _index, pair.1 AS path, pair.2 AS type
FROM
(
    SELECT _index, arrayJoin(arrayFlatten(arrayMap((path, types) -> arrayMap(type -> (path, type), types), mapKeys(paths), mapValues(paths)))) AS pair
    FROM
    (
        SELECT _index, distinctJSONPathsAndTypes(doc) AS paths
        FROM logs
        GROUP BY _index
    )
);

CREATE MATERIALIZED VIEW fields_of_columns TO fields AS
SELECT _index, arrayJoin(arrayFilter(name -> notEmpty(name), present)) AS path, 'column' AS type
FROM
(
    SELECT _index, [
        if(max(notEmpty(level)), 'level', ''),
        if(max(notEmpty(msg)), 'msg', ''),
        if(max(notEmpty(name)), 'name', ''),
        if(max(notEmpty(request_id)), 'request_id', ''),
        if(max(notEmpty(user_id)), 'user_id', ''),
        if(max(notEmpty(service_name)), 'service.name', ''),
        if(max(notEmpty(service_version)), 'service.version', ''),
        if(max(notEmpty(service_environment)), 'service.environment', ''),
        if(max(notEmpty(service_instance_id)), 'service.instance_id', ''),
        if(max(notEmpty(agent_name)), 'agent.name', ''),
        if(max(notEmpty(agent_type)), 'agent.type', ''),
        if(max(notEmpty(kubernetes_namespace)), 'kubernetes.namespace', ''),
        if(max(notEmpty(kubernetes_pod_name)), 'kubernetes.pod_name', ''),
        if(max(notEmpty(kubernetes_node_name)), 'kubernetes.node_name', ''),
        if(max(notEmpty(kubernetes_container_name)), 'kubernetes.container_name', ''),
        if(max(notEmpty(kubernetes_labels)), 'kubernetes.labels', ''),
        if(max(notEmpty(trace_trace_id)), 'trace.trace_id', ''),
        if(max(notEmpty(trace_span_id)), 'trace.span_id', ''),
        if(max(notEmpty(trace_trace_flags)), 'trace.trace_flags', ''),
        if(max(notEmpty(request_method)), 'request.method', ''),
        if(max(notEmpty(request_status)), 'request.status', ''),
        if(max(isNotNull(request_duration_ms)), 'request.duration_ms', ''),
        if(max(notEmpty(request_params)), 'request.params', ''),
        if(max(notEmpty(exception_type)), 'exception.type', ''),
        if(max(notEmpty(exception_message)), 'exception.message', ''),
        if(max(notEmpty(exception_traceback)), 'exception.traceback', ''),
        if(max(notEmpty(audit_action)), 'audit.action', ''),
        if(max(notEmpty(audit_resource)), 'audit.resource', ''),
        if(max(notEmpty(audit_result)), 'audit.result', ''),
        if(max(notEmpty(audit_user_id)), 'audit.user_id', ''),
        if(max(notEmpty(audit_timestamp)), 'audit.timestamp', ''),
        if(max(isNotNull(metrics_duration_ms)), 'metrics.duration_ms', ''),
        if(max(isNotNull(metrics_count)), 'metrics.count', ''),
        if(max(isNotNull(metrics_size_bytes)), 'metrics.size_bytes', ''),
        if(max(notEmpty(source_file)), 'source.file', ''),
        if(max(isNotNull(source_line)), 'source.line', ''),
        if(max(notEmpty(source_function)), 'source.function', '')
    ] AS present
    FROM logs
    GROUP BY _index
);
