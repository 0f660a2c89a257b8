import { stringifyJson } from '../../../lib/json/json-text.ts';
import { BackgroundSearches, type BackgroundStatus, defaultKeepAliveMillis } from '../../../queries/search/background-searches.ts';
import type { Search } from '../../../queries/search/search.ts';
import { errorEnvelope } from '../describe-error.ts';
import type { Routes } from '../frame.ts';
import type { Answer } from '../send-answer.ts';
import { searchBody } from './search-body.ts';
import { millisOf, searchOptions } from './search-options.ts';

/** `_async_search`. */
export function addBackgroundSearches(routes: Routes, search: Search): void {
  const searches = new BackgroundSearches(search.ports.now ?? Date.now);
  routes.on('POST', ['/_async_search', '/:index/_async_search'], async (call) => {
    const input = { ...searchOptions(call), body: searchBody(call) };
    const wait = millisOf(call, 'wait_for_completion_timeout') ?? 1000;
    const keepAlive = millisOf(call, 'keep_alive') ?? defaultKeepAliveMillis;
    const keep = call.flag('keep_on_completion');
    const status = await searches.submit((signal) => search.search({ ...input, signal }), wait, keepAlive);
    if (!status.running && status.error !== undefined) {
      searches.delete(status.id);
      throw status.error;
    }
    if (status.running || keep) return answer(status, true);
    searches.delete(status.id);
    return answer(status, false);
  });
  routes.on('GET', '/_async_search/:id', async (call) => {
    const wait = millisOf(call, 'wait_for_completion_timeout') ?? 0;
    return answer(await searches.status(call.requiredParam('id'), wait, millisOf(call, 'keep_alive')), true);
  });
  routes.on('GET', '/_async_search/status/:id', async (call) => {
    const { id, running, answer: text, startMillis, expiryMillis } = await searches.status(call.requiredParam('id'), 0, undefined);
    return {
      json: {
        id,
        is_running: running,
        is_partial: running || text === undefined,
        start_time_in_millis: startMillis,
        expiration_time_in_millis: expiryMillis,
        _shards: { total: 1, successful: running ? 0 : 1, skipped: 0, failed: 0 },
        ...(running ? {} : { completion_status: text === undefined ? 400 : 200 }),
      },
    };
  });
  routes.on('DELETE', '/_async_search/:id', (call) => {
    searches.delete(call.requiredParam('id'));
    return { json: { acknowledged: true } };
  });
}

const nothingYet =
  '{"took":0,"timed_out":false,"_shards":{"total":1,"successful":0,"skipped":0,"failed":0},"hits":{"total":{"value":0,"relation":"gte"},"max_score":null,"hits":[]}}';

function answer({ id, running, answer: text, error, startMillis, expiryMillis }: BackgroundStatus, withId: boolean): Answer {
  const head = `${withId ? `"id":${JSON.stringify(id)},` : ''}"is_partial":${text === undefined},"is_running":${running},"start_time_in_millis":${startMillis},"expiration_time_in_millis":${expiryMillis}`;
  if (!running && text === undefined) {
    const { status, body } = errorEnvelope(error);
    return { status, serialised: `{${head},${stringifyJson(body).slice(1)}` };
  }
  return { serialised: `{${head},"response":${text ?? nothingYet}}` };
}
