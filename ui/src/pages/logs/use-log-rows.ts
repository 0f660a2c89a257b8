import { type InfiniteData, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { postJson } from '../../api/http.ts';
import type { Interval } from '../../state/time-range.ts';
import { type Search, searchQuery } from '../../state/use-search.ts';
import { type LogRecord, recordOf, rowsBody, type SearchAnswer, searchPath, timeSort } from './log-record.ts';

export type RowsRequest = Readonly<{
  index: string;
  search: Search;
  interval: Interval;
  columns: readonly string[];
  order: 'asc' | 'desc';
}>;

type RowsPage = Readonly<{ records: readonly LogRecord[]; total: number | undefined; isPartial: boolean }>;

/** The first page comes soon, the next ones are worth their request. */
const firstSize = 200;
const nextSize = 1000;

async function fetchPage(
  { index, search, interval, columns, order }: RowsRequest,
  after: readonly unknown[] | undefined,
  signal: AbortSignal,
) {
  const answer = await postJson<SearchAnswer>(
    searchPath(index),
    {
      ...rowsBody(columns, search.text.trim() !== ''),
      query: searchQuery(search, interval),
      sort: timeSort(order),
      size: after === undefined ? firstSize : nextSize,
      track_total_hits: after === undefined,
      ...(after === undefined ? {} : { search_after: after }),
    },
    signal,
  );
  return { records: answer.hits.hits.map(recordOf), total: answer.hits.total?.value, isPartial: answer.timed_out === true };
}

export type LogRows = Readonly<{
  records: readonly LogRecord[];
  /** How many match, shown or not; undefined before the first answer. */
  total: number | undefined;
  isPartial: boolean;
  /** These are the rows of an older question; the answer to the new one is on its way. */
  isOld: boolean;
  isPending: boolean;
  isFetching: boolean;
  error: unknown;
  more: () => void;
  refetch: () => void;
}>;

/** All records that match, page by page as someone scrolls. */
export function useLogRows(request: RowsRequest, enabled: boolean): LogRows {
  const query = useInfiniteQuery<RowsPage, Error, InfiniteData<RowsPage>, readonly unknown[], readonly unknown[] | undefined>({
    queryKey: ['log rows', request],
    enabled,
    // A refresh asks anew under another key; asking again for 100 pages of the old one would help nobody.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    placeholderData: keepPreviousData,
    initialPageParam: undefined,
    queryFn: ({ pageParam, signal }) => fetchPage(request, pageParam, signal),
    getNextPageParam: ({ records }, pages) =>
      records.length < (pages.length === 1 ? firstSize : nextSize) ? undefined : records.at(-1)?.sort,
  });
  const { data, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  const records = useMemo(() => (data?.pages ?? []).flatMap((page) => page.records), [data]);
  return {
    records,
    total: data?.pages[0]?.total,
    isPartial: data?.pages.some(({ isPartial }) => isPartial) ?? false,
    isOld: isPlaceholderData,
    isPending: query.isPending,
    isFetching: query.isFetching,
    error: query.error,
    more: () => {
      if (hasNextPage && !isFetchingNextPage && !isPlaceholderData) void fetchNextPage();
    },
    refetch: () => void query.refetch(),
  };
}
