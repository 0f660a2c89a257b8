import { AppError, type ErrorCode } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';

/** Codes that are not here are `exception`. */
const types: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request: 'illegal_argument_exception',
  unsupported: 'illegal_argument_exception',
  unauthorized: 'security_exception',
  forbidden: 'security_exception',
  not_found: 'resource_not_found_exception',
  conflict: 'version_conflict_engine_exception',
  too_large: 'content_too_long_exception',
  query_too_expensive: 'circuit_breaking_exception',
  journal_full: 'es_rejected_execution_exception',
  disk_full: 'cluster_block_exception',
  shutting_down: 'node_closed_exception',
};

/** What an error is to a client. A Fastify error carries `statusCode`; anything that is no `AppError` either is a 500. */
export function describeError(error: unknown): Readonly<{ status: number; type: string; reason: string; details: JsonObject }> {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof AppError) {
    const { status, code, type = types[code] ?? 'exception', details } = error;
    return { status, type, reason, details };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500
    ? { status, type: 'illegal_argument_exception', reason, details: {} }
    : { status: 500, type: 'exception', reason, details: {} };
}

/** The `error` member of an item of `_bulk`, `_msearch` or `_mget`. `root_cause` is left out, as Elasticsearch does in bulk items. */
export function errorItem(error: unknown): Readonly<{ status: number; error: JsonObject }> {
  const { status, type, reason, details } = describeError(error);
  const { root_cause: _, ...members } = details;
  return { status, error: { type, reason, ...members } };
}

/** The body of a failed request: `{error: {root_cause, type, reason, ...}, status}`. */
export function errorEnvelope(error: unknown, withTrace = false): Readonly<{ status: number; body: JsonObject }> {
  const { status, type, reason, details } = describeError(error);
  const { root_cause: rootCause, ...members } = details;
  const cause = { type, reason, ...members };
  const trace = withTrace && error instanceof Error ? { stack_trace: error.stack ?? reason } : {};
  return { status, body: { error: { root_cause: rootCause ?? [cause], ...cause, ...trace }, status } };
}
