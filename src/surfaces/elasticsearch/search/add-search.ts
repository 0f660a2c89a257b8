import type { Search } from '../../../queries/search/search.ts';
import type { Routes } from '../frame.ts';
import { addBackgroundSearches } from './background-endpoints.ts';
import { addCountEndpoints } from './count-endpoints.ts';
import { addDocumentReads } from './document-read-endpoints.ts';
import { addMultiSearch } from './multi-search.ts';
import { addRefusedEndpoints } from './refused-endpoints.ts';
import { addScrollEndpoints } from './scroll-endpoints.ts';
import { addSearchEndpoints } from './search-endpoints.ts';

/** Every endpoint that reads documents, and `_delete_by_query`. */
export function addSearch(routes: Routes, search: Search): void {
  addSearchEndpoints(routes, search);
  addMultiSearch(routes, search);
  addScrollEndpoints(routes, search);
  addBackgroundSearches(routes, search);
  addCountEndpoints(routes, search);
  addDocumentReads(routes, search);
  addRefusedEndpoints(routes);
}
