import type { Question } from '../../api/early-answers.ts';
import { type Search, searchOf, searchQuery } from '../../state/search-query.ts';
import { type Interval, rangeOf, resolveTimeRange } from '../../state/time-range.ts';
import { columnsOf, rowsBody, searchPath, timeSort } from './log-record.ts';

export type RowsRequest = Readonly<{
  index: string;
  search: Search;
  interval: Interval;
  columns: readonly string[];
  order: 'asc' | 'desc';
}>;

/** The first page comes soon, the next ones are worth their request. */
export const firstSize = 100;
export const nextSize = 1000;

/** Asks for one page of rows; how many there are in all is another question, which nobody waits for. */
export function rowsBodyOf({ search, interval, columns, order }: RowsRequest, after: readonly unknown[] | undefined): unknown {
  return {
    ...rowsBody(columns, search.text.trim() !== ''),
    query: searchQuery(search, interval),
    sort: timeSort(order),
    size: after === undefined ? firstSize : nextSize,
    track_total_hits: false,
    ...(after === undefined ? {} : { search_after: after }),
  };
}

/** What the page with this state in its URL asks for first. */
export function firstRows(parameters: URLSearchParams, nowMillis: number): readonly Question[] {
  if ((parameters.get('tab') ?? 'lines') !== 'lines' || parameters.get('live') === '1') return [];
  const index = parameters.get('index') ?? '*';
  const request: RowsRequest = {
    index,
    search: searchOf(parameters),
    interval: resolveTimeRange(rangeOf(parameters), nowMillis),
    columns: columnsOf(parameters.get('cols') ?? ''),
    order: parameters.get('order') === 'asc' ? 'asc' : 'desc',
  };
  return [{ method: 'POST', path: searchPath(index), body: JSON.stringify(rowsBodyOf(request, undefined)) }];
}
