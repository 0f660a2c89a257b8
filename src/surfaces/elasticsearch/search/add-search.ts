import type { Search } from '../../../queries/search/search.ts';
import type { Routes } from '../frame.ts';
import { addSearchEndpoints } from './search-endpoints.ts';

/** Every endpoint that reads documents, and `_delete_by_query`. */
export function addSearch(routes: Routes, search: Search): void {
  addSearchEndpoints(routes, search);
}
