import { AppError, type ErrorCode } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';

/** An error of a search with the `type` and further members that Elasticsearch gives it. */
export class SearchError extends AppError {
  override readonly type: string;
  override readonly details: JsonObject;

  constructor(type: string, reason: string, details: JsonObject = {}, code: ErrorCode = 'bad_request', options?: ErrorOptions) {
    super(code, reason, options);
    this.name = 'SearchError';
    this.type = type;
    this.details = details;
  }
}

export const illegalArgument = (reason: string) => new SearchError('illegal_argument_exception', reason);
export const parsingError = (reason: string) => new SearchError('parsing_exception', reason);

/** For what Elasticsearch could do and meshscope cannot: refused by name instead of being ignored. */
export const unsupported = (reason: string) => new SearchError('illegal_argument_exception', reason, {}, 'unsupported');

export const contextMissing = (id: string) =>
  new SearchError('search_context_missing_exception', `No search context found for id [${id.slice(0, 100)}]`, {}, 'not_found');

const parseTypes = new Set(['parsing_exception', 'x_content_parse_exception', 'json_parse_exception']);

/**
 * Elasticsearch reports what a shard refuses as `search_phase_execution_exception` around the cause, and what its parser
 * refuses as it is. Errors of the server itself (limits, disk, shutdown) pass unchanged.
 */
export function asPhaseError(error: unknown, indices: readonly string[], phase: 'parse' | 'query'): unknown {
  if (!(error instanceof AppError) || (error.code !== 'bad_request' && error.code !== 'unsupported')) return error;
  const { type, details } = error as AppError & { type?: unknown; details?: JsonObject };
  const cause: JsonObject = { type: typeof type === 'string' ? type : 'illegal_argument_exception', reason: error.message, ...details };
  if (cause.type === 'search_phase_execution_exception' || parseTypes.has(String(cause.type))) return error;
  if (phase === 'parse' && cause.type !== 'query_shard_exception' && cause.type !== 'too_many_clauses') return error;
  const [index = '_na_'] = indices;
  const shown = cause.type === 'query_shard_exception' ? { ...cause, index_uuid: '_na_', index } : cause;
  return new SearchError(
    'search_phase_execution_exception',
    'all shards failed',
    {
      root_cause: [shown],
      phase: 'query',
      grouped: true,
      failed_shards: [{ shard: 0, index, node: 'meshscope', reason: shown }],
      ...(cause.type === 'illegal_argument_exception' ? { caused_by: { ...shown, caused_by: shown } } : {}),
    },
    'bad_request',
    { cause: error },
  );
}
