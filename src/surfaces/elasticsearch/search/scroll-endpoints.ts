import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../../lib/errors.ts';
import type { JsonValue } from '../../../lib/json/json-text.ts';
import { readNames } from '../../../queries/search/read-json.ts';
import type { Search } from '../../../queries/search/search.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import type { Answer } from '../send-answer.ts';
import { millisOf, searchOptions } from './search-options.ts';

/** Scrolls and points in time: paging through more than one window. */
export function addScrollEndpoints(routes: Routes, search: Search): void {
  routes.on(['GET', 'POST'], ['/_search/scroll', '/_search/scroll/:scroll'], async (call) => {
    const [id] = idsOf(call, 'scroll_id', 'scroll');
    if (id === undefined) throw missing('scrollId');
    const keepAlive = millisOf(call, 'scroll', call.object().scroll);
    const totalAsInteger = call.flag('rest_total_hits_as_int');
    return { serialised: await search.scroll(id, keepAlive, { ...(totalAsInteger ? { totalAsInteger } : {}), signal: call.signal }) };
  });
  routes.on('DELETE', ['/_search/scroll', '/_search/scroll/:scroll'], (call): Answer => {
    const ids = idsOf(call, 'scroll_id', 'scroll');
    if (ids.length === 0) throw missing('scroll ids');
    return freed(search.closeScrolls(ids), ids.includes('_all'));
  });
  routes.on('POST', '/:index/_pit', async (call) => {
    const { id, _shards } = await openPoint(call, search);
    return { json: { id, _shards } };
  });
  routes.on('DELETE', '/_pit', (call): Answer => {
    const ids = readNames(call.requiredObject().id, 'id');
    if (ids.length === 0) throw illegalArgument('[id] is required to close a point in time');
    return freed(ids.filter((one) => search.closePoint(one)).length, false);
  });
  // The same at OpenSearch's addresses, with its names.
  routes.on('POST', '/:index/_search/point_in_time', async (call) => {
    const { id, _shards } = await openPoint(call, search);
    return { json: { pit_id: id, _shards, creation_time: Date.now() } };
  });
  routes.on('DELETE', '/_search/point_in_time', (call): Answer => {
    const ids = readNames(call.requiredObject().pit_id, 'pit_id');
    if (ids.length === 0) throw illegalArgument('[pit_id] is required to close a point in time');
    return { json: { pits: ids.map((id) => ({ successful: search.closePoint(id), pit_id: id })) } };
  });
}

async function openPoint(call: Call, search: Search) {
  const keepAlive = millisOf(call, 'keep_alive');
  if (keepAlive === undefined) throw illegalArgument('[keep_alive] is required to open a point in time');
  const { id, indices } = await search.openPointInTime(searchOptions(call), keepAlive);
  return { id, _shards: { total: indices, successful: indices, skipped: 0, failed: 0 } };
}

function freed(count: number, always: boolean): Answer {
  return { status: count > 0 || always ? 200 : 404, json: { succeeded: count > 0 || always, num_freed: count } };
}

/** Ids in the body (one, or an array), in the path, or in the query string; older clients send the bare id as the body. */
function idsOf(call: Call, member: string, parameter: string): readonly string[] {
  const given: JsonValue | undefined = call.body.length > 0 ? call.object()[member] : undefined;
  const inBody = readNames(given, member);
  if (inBody.length > 0) return inBody;
  const named = call.param(parameter) ?? call.text(member);
  return named === undefined ? [] : named.split(',');
}

function missing(what: string): AppError {
  return elasticsearchError('action_request_validation_exception', `Validation Failed: 1: ${what} is missing;`);
}
