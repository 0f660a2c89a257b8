import { type AliasedPath, logAliases, logFields } from '../../model/log-fields.ts';

/**
 * Names under which other conventions (OpenTelemetry, Elastic Common Schema, Fluentd's Kubernetes filter) send a field that
 * meshscope knows. Those of `logAliases` are stored in the field's column; documents keep the others in `doc`. A query for
 * one name finds documents that used another.
 */
const conventions: Readonly<Record<string, readonly string[]>> = {
  level: ['loglevel'],
  msg: [],
  name: ['logger', 'logger_name', 'log.logger'],
  user_id: ['user.id', 'enduser.id'],
  'service.environment': ['deployment.environment', 'deployment.environment.name'],
  'service.instance_id': ['service.instance.id'],
  'kubernetes.namespace': ['k8s.namespace.name', 'kubernetes.namespace_name'],
  'kubernetes.pod_name': ['k8s.pod.name', 'kubernetes.pod.name'],
  'kubernetes.node_name': ['k8s.node.name', 'kubernetes.host', 'kubernetes.node.name'],
  'kubernetes.container_name': ['k8s.container.name', 'kubernetes.container.name'],
  'trace.trace_id': ['trace.id'],
  'trace.span_id': ['span.id'],
  'trace.trace_flags': ['trace_flags'],
  'exception.type': ['error.type'],
  'exception.message': ['error.message'],
  'exception.traceback': ['exception.stacktrace', 'error.stack_trace'],
  'source.file': ['code.file.path', 'code.filepath', 'log.origin.file.name'],
  'source.line': ['code.line.number', 'code.lineno', 'log.origin.file.line'],
  'source.function': ['code.function.name', 'code.function', 'log.origin.function'],
};

const stored: Readonly<Record<string, readonly string[]>> = logAliases;

/** Every other name of each known field, those that have the column first. */
export const otherNames: ReadonlyMap<string, readonly string[]> = new Map(
  ['timestamp', ...logFields.map((field) => field.path)].map((path) => [path, [...(stored[path] ?? []), ...(conventions[path] ?? [])]]),
);

const canonicalNames: ReadonlyMap<string, string> = new Map(
  [...otherNames].flatMap(([path, names]) => names.map((name) => [name, path] as const)),
);

/** The known field that a name means; the name itself when it means none. */
export function canonicalName(name: string): string {
  return canonicalNames.get(name) ?? name;
}

/** Whether the loader puts values that came under `name` into the column of the known field. */
export function isStoredAlias(canonical: string, name: string): canonical is AliasedPath {
  return stored[canonical]?.includes(name) === true;
}
