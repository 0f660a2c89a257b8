import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Interval } from '../state/time-range.ts';
import { activityParameters, activityPath, rangeParameters } from './activity-question.ts';
import { getJson } from './http.ts';

/** One value for each step; percentiles are null where nothing was called. */
export type ActivitySeries = Readonly<{
  calls: readonly number[];
  errors: readonly number[];
  p50_ms: readonly (number | null)[];
  p95_ms: readonly (number | null)[];
  total: Readonly<{ calls: number; errors: number; p50_ms: number; p95_ms: number }>;
}>;

export type ActivityDetail = Readonly<{
  outcomes: Readonly<Record<string, readonly number[]>>;
  clients: Readonly<Record<string, number>>;
  request_bytes: readonly number[];
  response_bytes: readonly number[];
  heatmap: readonly HeatCell[];
}>;

export type HeatCell = Readonly<{ step: number; from_ms: number; to_ms: number; calls: number }>;

export type Activity = Readonly<{
  start: string;
  step_ms: number;
  steps: number;
  all: ActivitySeries;
  servers: readonly Readonly<{ server: string; series: ActivitySeries }>[];
  tools: readonly Readonly<{ server: string; tool: string; series: ActivitySeries }>[];
  left_out: number;
  detail: ActivityDetail | null;
}>;

/** Without `tool`: all tools of the server. */
export type ToolName = Readonly<{ server: string; tool?: string | undefined }>;

const named = (name: ToolName | undefined) => ({ service: name?.server, tool: name?.tool });

export const activityQuery = (interval: Interval, name?: ToolName, mostSteps = 60) =>
  queryOptions({
    queryKey: ['activity', interval.startMillis, interval.endMillis, name?.server, name?.tool, mostSteps],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) => getJson<Activity>(activityPath, { ...activityParameters(interval, mostSteps), ...named(name) }, signal),
  });

export type SingleCall = Readonly<{
  trace_id: string;
  span_id: string;
  server: string;
  tool: string;
  client: string;
  outcome: string;
  error_type: string;
  failed: boolean;
  start: string;
  duration_ms: number;
  request_bytes: number | null;
  response_bytes: number | null;
}>;

export type CallOrder = 'slowest' | 'failing';

/** The slowest calls, or the newest ones that failed. */
export const callsQuery = (interval: Interval, name: ToolName, order: CallOrder, limit: number) =>
  queryOptions({
    queryKey: ['calls', interval.startMillis, interval.endMillis, name.server, name.tool, order, limit],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      getJson<Readonly<{ calls: readonly SingleCall[] }>>(
        '/api/tools/calls',
        {
          ...rangeParameters(interval),
          ...named(name),
          operations: true,
          limit,
          ...(order === 'failing' ? { failed: true, order: 'newest' } : { order: 'slowest' }),
        },
        signal,
      ),
  });

export type ToolRow = Readonly<{
  server: string;
  tool: string;
  calls: number;
  errors: number;
  errors_by_kind: readonly Readonly<{ kind: string; type: string; calls: number }>[];
  clients: readonly string[];
  avg_ms: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
  slowest_trace_id: string;
  slowest_span_id: string;
  request_bytes: number | null;
  response_bytes: number | null;
  first_seen: string;
  last_seen: string;
}>;

export const toolsQuery = (interval: Interval, service?: string) =>
  queryOptions({
    queryKey: ['tools', interval.startMillis, interval.endMillis, service],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      getJson<Readonly<{ tools: readonly ToolRow[]; total: number }>>(
        '/api/tools',
        { ...rangeParameters(interval), service, limit: 1000 },
        signal,
      ),
  });

export type RunningOperation = Readonly<{
  trace_id: string;
  span_id: string;
  service: string;
  name: string;
  start: string;
  running_ms: number;
  silent: boolean;
}>;

export const runningQuery = (nowMillis: number) =>
  queryOptions({
    queryKey: ['running', nowMillis],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      getJson<Readonly<{ total: number; operations: readonly RunningOperation[] }>>('/api/traces/running', { limit: 50 }, signal),
  });
