import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { postJson } from '../../api/http.ts';
import { searchQuery } from '../../state/search-query.ts';
import { type LogRecord, recordOf, type SearchAnswer, searchPath } from './log-record.ts';
import { firstSize, nextSize, type RowsRequest, rowsBodyOf } from './rows-request.ts';

type RowsPage = Readonly<{ records: readonly LogRecord[]; isPartial: boolean }>;

async function fetchPage(request: RowsRequest, after: readonly unknown[] | undefined, signal: AbortSignal): Promise<RowsPage> {
  const answer = await postJson<SearchAnswer>(searchPath(request.index), rowsBodyOf(request, after), signal);
  return { records: answer.hits.hits.map(recordOf), isPartial: answer.timed_out === true };
}

async function fetchTotal({ index, search, interval }: RowsRequest, signal: AbortSignal): Promise<number | undefined> {
  const body = { size: 0, track_total_hits: true, query: searchQuery(search, interval) };
  return (await postJson<SearchAnswer>(searchPath(index), body, signal)).hits.total?.value;
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
  const { index, search, interval } = request;
  const counted = useQuery({
    queryKey: ['log total', index, search, interval],
    // Rows come first: whoever looks for something reads them before the number.
    enabled: enabled && query.isSuccess && query.hasNextPage,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fetchTotal(request, signal),
  });
  const { data, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } = query;
  const records = useMemo(() => (data?.pages ?? []).flatMap((page) => page.records), [data]);
  return {
    records,
    total: data === undefined ? undefined : hasNextPage ? counted.data : records.length,
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
