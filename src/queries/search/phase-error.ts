import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';
import { AppError } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';

const parseTypes = new Set(['parsing_exception', 'x_content_parse_exception', 'json_parse_exception']);

/**
 * Elasticsearch reports what a shard refuses as `search_phase_execution_exception` around the cause, and what its parser
 * refuses as it is. Errors of the server itself (limits, disk, shutdown) pass unchanged.
 */
export function asPhaseError(error: unknown, indices: readonly string[], phase: 'parse' | 'query'): unknown {
  if (!(error instanceof AppError) || (error.code !== 'bad_request' && error.code !== 'unsupported')) return error;
  const { type = 'illegal_argument_exception', message: reason, details } = error;
  const cause: JsonObject = { type, reason, ...details };
  if (cause.type === 'search_phase_execution_exception' || parseTypes.has(String(cause.type))) return error;
  if (phase === 'parse' && cause.type !== 'query_shard_exception' && cause.type !== 'too_many_clauses') return error;
  const [index = '_na_'] = indices;
  const shown = cause.type === 'query_shard_exception' ? { ...cause, index_uuid: '_na_', index } : cause;
  return elasticsearchError('search_phase_execution_exception', 'all shards failed', {
    details: {
      root_cause: [shown],
      phase: 'query',
      grouped: true,
      failed_shards: [{ shard: 0, index, node: 'meshscope', reason: shown }],
      ...(cause.type === 'illegal_argument_exception' ? { caused_by: { ...shown, caused_by: shown } } : {}),
    },
    cause: error,
  });
}
