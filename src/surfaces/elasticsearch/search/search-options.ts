import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { parseMillis } from '../../../lib/quantity.ts';
import type { SearchInput } from '../../../queries/search/search.ts';
import type { Call } from '../call.ts';
import { readOptions } from '../read-options.ts';

/** What the query parameters of a search say beside the body. Those that tune shards are accepted and mean nothing here. */
export function searchOptions(call: Call): Omit<SearchInput, 'body'> {
  const type = call.text('search_type');
  if (type !== undefined && type !== 'query_then_fetch' && type !== 'dfs_query_then_fetch') {
    throw illegalArgument(`No search type for [${type}]`);
  }
  return {
    index: call.param('index'),
    readOptions: readOptions(call),
    typedKeys: call.flag('typed_keys'),
    totalAsInteger: call.flag('rest_total_hits_as_int'),
    signal: call.signal,
  };
}

/** A span in the query string, such as `?scroll=1m`; undefined without it. */
export function millisOf(call: Call, name: string, given: unknown = undefined): number | undefined {
  const text = call.text(name) ?? given;
  if (text === undefined || text === null) return undefined;
  const millis = typeof text === 'string' ? parseMillis(text) : undefined;
  if (millis === undefined || millis < 0) {
    throw illegalArgument(
      `failed to parse setting [${name}] with value [${String(text).slice(0, 100)}] as a time value: unit is missing or unrecognized`,
    );
  }
  return millis;
}
