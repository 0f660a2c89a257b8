import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Interval } from '../state/time-range.ts';
import { rangeParameters } from './activity-question.ts';
import { getJson } from './http.ts';

export type ChangedError = Readonly<{
  message: string;
  pattern: string;
  count: number;
  count_before: number;
  change: 'new' | 'more' | 'known';
  agent: string;
  exception: string;
  trace_id: string;
  first: string | null;
  last: string | null;
}>;

export type ChangedNumbers = Readonly<{
  agent: string;
  calls: number;
  calls_before: number;
  p95_ms: number;
  p95_ms_before: number;
  error_rate: number;
  error_rate_before: number;
}>;

/** The chosen time, compared with the stretch of the same length before it. */
export type Changes = Readonly<{
  before: Readonly<{ start: string; end: string }>;
  calls: number;
  calls_before: number;
  error_records: number;
  error_records_before: number;
  errors: readonly ChangedError[];
  errors_total: number;
  failing_more: readonly ChangedNumbers[];
  slower: readonly ChangedNumbers[];
  new_agents: readonly string[];
  silent_agents: readonly string[];
  new_versions: readonly Readonly<{ service: string; version: string; before: readonly string[]; first: string }>[];
  not_compared: number;
  missing: readonly string[];
}>;

export const changesQuery = (interval: Interval) =>
  queryOptions({
    queryKey: ['changes', interval.startMillis, interval.endMillis],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) => getJson<Changes>('/api/changes', { ...rangeParameters(interval), limit: 100 }, signal),
  });
