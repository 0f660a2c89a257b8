import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import { type JsonObject, joinObjects } from '../../../lib/json/json-text.ts';
import { countDocuments, validateQuery } from '../../../queries/search/count-documents.ts';
import { deleteByQuery } from '../../../queries/search/delete-by-query.ts';
import { enumerateTerms } from '../../../queries/search/enumerate-terms.ts';
import { fieldCapabilities } from '../../../queries/search/field-capabilities.ts';
import { readNames } from '../../../queries/search/read-json.ts';
import { type Search, tookSince } from '../../../queries/search/search.ts';
import type { Call } from '../call.ts';
import type { Routes } from '../frame.ts';
import { searchBody } from './search-body.ts';
import { searchOptions } from './search-options.ts';

const shardsOf = (total: number) => ({ total, successful: total, skipped: 0, failed: 0 });

/** Endpoints that take a query and answer with something other than documents. */
export function addCountEndpoints(routes: Routes, search: Search): void {
  routes.on(['GET', 'POST'], ['/_count', '/:index/_count'], async (call) => {
    const { count, shards } = await countDocuments(search, { ...searchOptions(call), body: searchBody(call) });
    return { json: { count, _shards: shardsOf(shards) } };
  });
  routes.on(['GET', 'POST'], ['/_validate/query', '/:index/_validate/query'], async (call) => {
    const whole = searchBody(call);
    const { explain: _, ...others } = whole;
    // Of a search the parameter is a member of the body; here it asks for the reason.
    const body = call.text('explain') === undefined ? whole : others;
    const error = await validateQuery(search, { ...searchOptions(call), body });
    const index = call.param('index') ?? '_all';
    const explanation = error === undefined ? { index, valid: true } : { index, valid: false, error };
    return {
      json: {
        valid: error === undefined,
        _shards: { total: 1, successful: 1, failed: 0 },
        ...(call.flag('explain') ? { explanations: [explanation] } : {}),
      },
    };
  });
  routes.on(['GET', 'POST'], ['/_field_caps', '/:index/_field_caps'], async (call) => {
    const patterns = fieldPatterns(call);
    return { json: await fieldCapabilities(search, searchOptions(call), patterns) };
  });
  routes.on(['GET', 'POST'], '/:index/_terms_enum', async (call) => {
    const { terms, shards } = await enumerateTerms(search, { ...searchOptions(call), body: call.object() });
    return { json: { _shards: { total: shards, successful: shards, failed: 0 }, terms, complete: true } };
  });
  routes.on(['GET', 'POST'], ['/_search_shards', '/:index/_search_shards'], (call) => {
    const targets = search.resolve(searchOptions(call));
    return {
      json: {
        nodes: {},
        indices: Object.fromEntries(targets.map(({ index }) => [index, {}])),
        shards: targets.map(({ index }) => [
          { state: 'STARTED', primary: true, node: 'meshscope', relocating_node: null, shard: 0, index },
        ]),
      },
    };
  });
  routes.on('POST', '/:index/_delete_by_query', (call) => answerDelete(call, search));
}

function fieldPatterns(call: Call): readonly string[] {
  const given = call.text('fields') ?? call.object().fields;
  const patterns = (typeof given === 'string' ? given.split(',') : readNames(given, 'fields')).map((part) => part.trim());
  const named = patterns.filter((pattern) => pattern !== '');
  if (named.length === 0) throw illegalArgument('no fields were requested: [fields] is missing');
  return named;
}

async function answerDelete(call: Call, search: Search) {
  const started = performance.now();
  const body: JsonObject = joinObjects(
    searchBody(call),
    call.text('max_docs') === undefined ? {} : { max_docs: call.text('max_docs') as string },
  );
  const { index, readOptions } = searchOptions(call);
  const work = deleteByQuery(search, { index, readOptions: readOptions ?? {}, body });
  const deleted = await work;
  return {
    json: {
      took: tookSince(started),
      timed_out: false,
      total: deleted,
      deleted,
      batches: deleted === 0 ? 0 : 1,
      version_conflicts: 0,
      noops: 0,
      retries: { bulk: 0, search: 0 },
      throttled_millis: 0,
      requests_per_second: -1,
      throttled_until_millis: 0,
      failures: [],
    },
  };
}
