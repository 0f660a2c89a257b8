/**
 * The field names that meshscope knows: each has a typed column in the table `logs`. They are the vocabulary of MCP Mesh's
 * logging page. Every other field of a record lives in the JSON column `doc`.
 */
export type LogFieldKind =
  /** Few distinct values: LowCardinality(String). */
  | 'keyword'
  /** Many distinct values, looked up whole: String. */
  | 'id'
  /** Prose, looked up by words: String. */
  | 'text'
  | 'float'
  | 'integer'
  /** A JSON object of any shape: its text, for `_source`; its members are searched in `doc`. */
  | 'object';

export type LogField = Readonly<{ path: string; kind: LogFieldKind }>;

export const logFields: readonly LogField[] = [
  { path: 'level', kind: 'keyword' },
  { path: 'msg', kind: 'text' },
  { path: 'name', kind: 'keyword' },
  { path: 'request_id', kind: 'id' },
  { path: 'user_id', kind: 'id' },
  { path: 'service.name', kind: 'keyword' },
  { path: 'service.version', kind: 'keyword' },
  { path: 'service.environment', kind: 'keyword' },
  { path: 'service.instance_id', kind: 'keyword' },
  { path: 'agent.name', kind: 'keyword' },
  { path: 'agent.type', kind: 'keyword' },
  { path: 'kubernetes.namespace', kind: 'keyword' },
  { path: 'kubernetes.pod_name', kind: 'keyword' },
  { path: 'kubernetes.node_name', kind: 'keyword' },
  { path: 'kubernetes.container_name', kind: 'keyword' },
  { path: 'kubernetes.labels', kind: 'object' },
  { path: 'trace.trace_id', kind: 'id' },
  { path: 'trace.span_id', kind: 'id' },
  { path: 'trace.trace_flags', kind: 'keyword' },
  { path: 'request.method', kind: 'keyword' },
  { path: 'request.status', kind: 'keyword' },
  { path: 'request.duration_ms', kind: 'float' },
  { path: 'request.params', kind: 'object' },
  { path: 'exception.type', kind: 'keyword' },
  { path: 'exception.message', kind: 'text' },
  { path: 'exception.traceback', kind: 'text' },
  { path: 'audit.action', kind: 'keyword' },
  { path: 'audit.resource', kind: 'id' },
  { path: 'audit.result', kind: 'keyword' },
  { path: 'audit.user_id', kind: 'id' },
  { path: 'audit.timestamp', kind: 'id' },
  { path: 'metrics.duration_ms', kind: 'float' },
  { path: 'metrics.count', kind: 'integer' },
  { path: 'metrics.size_bytes', kind: 'integer' },
  { path: 'source.file', kind: 'keyword' },
  { path: 'source.line', kind: 'integer' },
  { path: 'source.function', kind: 'keyword' },
];

/** The column of a field: its path with `_` for the dots, because ClickHouse reads a dotted name as a nested column. */
export function logColumn(path: string): string {
  return path.replaceAll('.', '_');
}

/** Objects that hold known fields: `service`, `agent`, … in the order of `logFields`. */
export const logGroups: readonly string[] = [
  ...new Set(logFields.filter((field) => field.path.includes('.')).map((field) => field.path.slice(0, field.path.indexOf('.')))),
];

/**
 * Top-level names under which other conventions send a known field (Elastic Common Schema, OpenTelemetry, pino, …), in
 * order of preference. The name that a record used is stored beside the value, so `_source` gives it back as it was.
 */
export const logAliases = {
  timestamp: ['@timestamp', 'time', 'ts'],
  level: ['severity_text', 'severity', 'log.level'],
  msg: ['message', 'body'],
  'trace.trace_id': ['trace_id', 'traceId'],
  'trace.span_id': ['span_id', 'spanId'],
} as const satisfies Record<string, readonly string[]>;

export type AliasedPath = keyof typeof logAliases;
