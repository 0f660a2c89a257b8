import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Method, Routes } from '../frame.ts';

/** What Elasticsearch has and a store of logs does not: refused by name, so that nobody waits for an effect. */
const refused: readonly (readonly [methods: readonly Method[], paths: readonly string[], reason: string])[] = [
  [['POST'], ['/:index/_update_by_query'], 'records do not change. Write them again with the same [_id]'],
  [['POST'], ['/_reindex'], 'read with a scroll and write with [_bulk]'],
  [['GET', 'POST'], ['/:index/_explain/:id'], 'there are no scores to explain'],
  [
    ['GET', 'POST'],
    ['/:index/_termvectors', '/:index/_termvectors/:id', '/_mtermvectors', '/:index/_mtermvectors'],
    'term vectors are not kept',
  ],
  [
    ['GET', 'POST'],
    ['/_search/template', '/:index/_search/template', '/_msearch/template', '/:index/_msearch/template', '/_render/template'],
    'there are no templates of searches',
  ],
  [['GET', 'POST'], ['/:index/_rank_eval', '/_rank_eval', '/:index/_knn_search', '/:index/_graph/explore'], 'there are no scores'],
  [['GET', 'POST'], ['/:index/_mvt/:field/:zoom/:x/:y'], 'there are no map tiles'],
];

export function addRefusedEndpoints(routes: Routes): void {
  for (const [methods, paths, reason] of refused) {
    routes.on(methods, paths, (call) => {
      throw illegalArgument(`[${call.path.slice(0, 200)}] is not supported by meshscope: ${reason}`);
    });
  }
}
