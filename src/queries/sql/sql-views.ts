/** A table for statements of strangers. The comment of a column is what its readers are told. */
export type SqlView = Readonly<{ name: string; comment: string; columns: readonly SqlColumn[]; from: string; end?: string }>;
export type SqlColumn = Readonly<{ name: string; type: string; sql: string; comment?: string }>;

const text = (name: string, sql = name, comment?: string): SqlColumn => ({
  name,
  type: 'String',
  sql,
  ...(comment === undefined ? {} : { comment }),
});
const column = (name: string, type: string, sql: string, comment?: string): SqlColumn => ({
  name,
  type,
  sql,
  ...(comment === undefined ? {} : { comment }),
});

/** Values of attributes are stored as JSON. */
const plainValues = (map: string) =>
  `mapApply((k, v) -> (toString(k), multiIf(NOT startsWith(v, '"'), v, position(v, '\\\\') = 0, substring(v, 2, length(v) - 2), JSONExtractString(v))), ${map})`;

const instant = "DateTime64(9, 'UTC')";
const attributes = 'Map(String, String)';

const logs: SqlView = {
  name: 'logs',
  comment: 'one row for each log record',
  from: 'meshscope.logs',
  columns: [
    column('timestamp', instant, 'timestamp'),
    text('index', '_index', 'mcp-calls has what recorders saw of MCP servers'),
    text('level', 'level', 'as it came'),
    text('msg'),
    text('name'),
    text('request_id'),
    text('user_id'),
    text('service_name'),
    text('service_version'),
    text('service_environment'),
    text('agent_name'),
    text('agent_type'),
    text('kubernetes_namespace'),
    text('kubernetes_pod_name'),
    text('trace_id', 'trace_trace_id'),
    text('span_id', 'trace_span_id'),
    text('request_method'),
    text('request_status'),
    column('request_duration_ms', 'Nullable(Float64)', 'request_duration_ms'),
    text('request_params', 'request_params', 'JSON'),
    text('exception_type'),
    text('exception_message'),
    text('exception_traceback'),
    text('tool', `ifNull(doc.tool.:String, '')`),
    column('fields', 'String', 'toJSONString(doc)', 'JSON of the members that no other column has; costs most'),
  ],
};

const spans: SqlView = {
  name: 'spans',
  comment:
    "one row for each report about an operation: record is 'span' for a whole one, MCP Mesh's agents send 'start' and 'end' or 'error' with the same span_id. " +
    'Both sides of a call may report it (kind)',
  from: 'meshscope.spans',
  columns: [
    column('start_time', instant, 'start'),
    column('end_time', instant, 'end'),
    column(
      'duration_ms',
      'Float64',
      'if(bitTest(timing, 2), duration_ns, greatest(toInt64(0), toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start))) / 1e6',
    ),
    text('trace_id'),
    text('span_id'),
    text('parent_id', 'parent_id', 'empty for a root'),
    text('record'),
    text('name'),
    text('kind', 'kind', 'internal, server, client, producer, consumer or empty'),
    text('status', 'status', 'ok, error or empty'),
    text('status_message'),
    text('service'),
    text('instance'),
    text('runtime'),
    text('capability'),
    text('target', 'target', 'who was called, where that is known'),
    text('model'),
    text('provider'),
    column('input_tokens', 'Nullable(UInt64)', 'input_tokens'),
    column('output_tokens', 'Nullable(UInt64)', 'output_tokens'),
    column('request_bytes', 'Nullable(UInt64)', 'request_bytes'),
    column('response_bytes', 'Nullable(UInt64)', 'response_bytes'),
    column('attributes', attributes, plainValues('attributes')),
    column('resource', attributes, plainValues('resource')),
    text('source', 'source', 'redis, otlp, zipkin'),
  ],
};

const traces: SqlView = {
  name: 'traces',
  comment: 'one row for each trace, running or ended',
  from: 'meshscope.traces',
  end: ' GROUP BY trace_hash',
  columns: [
    text('trace_id', 'toString(any(traces.trace_id))'),
    column('start_time', instant, "CAST(min(traces.start), 'DateTime64(9, \\'UTC\\')')"),
    column('end_time', instant, "CAST(max(traces.end), 'DateTime64(9, \\'UTC\\')')"),
    column('duration_ms', 'Float64', '(toUnixTimestamp64Nano(max(traces.end)) - toUnixTimestamp64Nano(min(traces.start))) / 1e6'),
    column('records', 'UInt64', 'toUInt64(sum(traces.records))', 'rows of spans'),
    column('errors', 'UInt64', 'toUInt64(sum(traces.errors))', 'rows of spans that failed'),
  ],
};

const metrics: SqlView = {
  name: 'metrics',
  comment: 'one row for each data point',
  from: 'meshscope.metrics',
  columns: [
    column('time', instant, 'time'),
    text('name'),
    text('service'),
    text('type', 'type', 'gauge, sum, histogram, exponential_histogram or summary'),
    text('unit'),
    text('temporality'),
    column('value', 'Float64', 'value', 'of gauges and sums'),
    column('count', 'Nullable(UInt64)', 'count', 'of histograms, with sum, min and max'),
    column('sum', 'Nullable(Float64)', 'sum'),
    column('min', 'Nullable(Float64)', 'min'),
    column('max', 'Nullable(Float64)', 'max'),
    column('attributes', attributes, plainValues('attributes')),
    column('resource', attributes, plainValues('resource')),
  ],
};

export const sqlViews: readonly SqlView[] = [logs, spans, traces, metrics];

const byName: ReadonlyMap<string, string> = new Map(
  sqlViews.map(({ name, columns, from, end = '' }) => [
    name,
    `(SELECT ${columns.map(({ name: own, sql }) => (sql === own ? own : `${sql} AS \`${own}\``)).join(', ')} FROM ${from}${end})`,
  ]),
);

/** The subquery that stands for a table, or undefined when there is no such table. */
export const sqlViewText = (name: string): string | undefined => byName.get(name);

/** Of tables and of all their columns. */
export const sqlNames: ReadonlySet<string> = new Set(sqlViews.flatMap(({ name, columns }) => [name, ...columns.map((one) => one.name)]));
