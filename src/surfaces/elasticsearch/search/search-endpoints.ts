import type { Search } from '../../../queries/search/search.ts';
import type { Routes } from '../frame.ts';
import { searchBody } from './search-body.ts';
import { millisOf, searchOptions } from './search-options.ts';

/** `_search`. */
export function addSearchEndpoints(routes: Routes, search: Search): void {
  routes.on(['GET', 'POST'], ['/_search', '/:index/_search'], async (call) => {
    const input = { ...searchOptions(call), body: searchBody(call) };
    const keepAlive = millisOf(call, 'scroll');
    return { serialised: keepAlive === undefined ? await search.search(input) : await search.openScroll(input, keepAlive) };
  });
}
