import { elasticsearchError, unsupported } from '../../lib/elasticsearch-errors.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { refuseOthers } from './count-documents.ts';
import { asPhaseError } from './phase-error.ts';
import type { Search, SearchInput } from './search.ts';

/** `_delete_by_query`: the number of documents that were deleted. Everything acknowledged before the call is seen. */
export async function deleteByQuery(search: Search, input: SearchInput): Promise<number> {
  const { query, max_docs: most, size, slice, conflicts: _conflicts, ...others } = input.body;
  refuseOthers(others);
  if (query === undefined || query === null) {
    throw elasticsearchError('action_request_validation_exception', 'Validation Failed: 1: query is missing;');
  }
  if (most !== undefined || size !== undefined) throw unsupported('[max_docs] is not supported: all documents that match are deleted');
  if (slice !== undefined) throw unsupported('[slice] is not supported in _delete_by_query');
  const targets = search.resolve(input);
  if (targets.length === 0) return 0;
  try {
    parseQuery(query);
    await search.ports.refresh();
    const scope = await search.scope(targets);
    return await search.ports.deleteWhere(`${scope.visible} AND ${toCondition(parseQuery(query), scope.fields, { now: scope.now })}`);
  } catch (error) {
    throw asPhaseError(
      error,
      targets.map(({ index }) => index),
      'query',
    );
  }
}
