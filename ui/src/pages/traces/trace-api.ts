import { getJson, postJson } from '../../api/http.ts';
import type { Interval } from '../../state/time-range.ts';
import { outlinePath } from './first-outline.ts';

export type TraceState = 'running' | 'complete' | 'abandoned';

export type FoundTrace = Readonly<{
  trace_id: string;
  root_service: string | null;
  root_name: string | null;
  state: TraceState;
  success: boolean;
  start_nanos: string;
  duration_nanos: string;
  span_count: number;
  error_count: number;
  services: readonly string[];
}>;

export type FoundTraces = Readonly<{
  traces: readonly FoundTrace[];
  partial: boolean;
  partial_reason: string | null;
  next_cursor: string | null;
}>;

/** Nanoseconds as decimal text, in milliseconds. */
export const millisOf = (nanos: string): number => Number(nanos) / 1e6;

/** One page; the scatter and the list beside it show what was loaded so far. */
export const pageSize = 200;

export const searchTraces = (q: string, { startMillis, endMillis }: Interval, cursor: string | undefined, signal?: AbortSignal) =>
  getJson<FoundTraces>(
    '/api/traces',
    {
      q: q === '' ? '{}' : q,
      start: new Date(startMillis).toISOString(),
      end: new Date(endMillis).toISOString(),
      limit: pageSize,
      spans_per_set: 0,
      cursor,
    },
    signal,
  );

/** What an operation is for the one that waits for it. */
export type WaitKind = 'own' | 'model' | 'tool' | 'queue' | 'human';

export type Operation = Readonly<{ service: string; name: string; kind: string; work: WaitKind }>;

/** A trace in columns, in the order of its tree; times in nanoseconds since `start_nanos`. */
export type Outline = Readonly<{
  trace_id: string;
  state: TraceState;
  success: boolean;
  start_nanos: string;
  duration_nanos: string;
  services: readonly string[];
  last_seen: string;
  now: string;
  operations: readonly Operation[];
  spans: Readonly<{
    id: readonly string[];
    /** -1: nobody. */
    parent: readonly number[];
    operation: readonly number[];
    start: readonly number[];
    /** -1: it has not ended. */
    duration: readonly number[];
  }>;
  failed: readonly Readonly<{ at: number; message: string }>[];
  orphans: readonly number[];
  human: readonly Readonly<{ at: number; nanos: number }>[];
  critical_path: Readonly<{
    at: readonly number[];
    start: readonly number[];
    end: readonly number[];
    waiting: readonly number[];
  }>;
}>;

export const readOutline = (id: string, signal?: AbortSignal) => getJson<Outline>(outlinePath(id), {}, signal);

type Values = Readonly<Record<string, unknown>>;

export type FullSpan = Readonly<{
  trace_id: string;
  span_id: string;
  parent_span_id: string;
  name: string;
  kind: string;
  status: string;
  status_message: string;
  state: 'open' | 'ended' | 'abandoned';
  service: string;
  start_nanos: string;
  end_nanos: string | null;
  duration_nanos: string | null;
  attributes: Values;
  resource: Values;
  scope: Values;
  events: readonly Values[];
  links: readonly Values[];
  duplicates: number;
}> &
  Values;

export const readSpans = async (id: string, span: string, signal?: AbortSignal): Promise<readonly FullSpan[]> =>
  (await getJson<{ spans: readonly FullSpan[] }>(`/api/traces/${encodeURIComponent(id)}/spans/${encodeURIComponent(span)}`, {}, signal))
    .spans;

type Named = Readonly<{ span_id: string; service: string; name: string }>;

export type Comparison = Readonly<{
  left: string;
  right: string;
  duration_change_nanos: string;
  matched: readonly Readonly<{
    left: Named;
    right: Named;
    left_status: string;
    right_status: string;
    status_changed: boolean;
    duration_change_nanos: string | null;
  }>[];
  added: readonly Named[];
  removed: readonly Named[];
}>;

export const compareTraces = (left: string, right: string, signal?: AbortSignal) =>
  getJson<Comparison>(`/api/traces/${encodeURIComponent(left)}/compare/${encodeURIComponent(right)}`, {}, signal);

export type Difference = Readonly<{ field: string; value: string | number | boolean; selected: number; others: number }>;

export type Differences = Readonly<{ selected: number; others: number; differences: readonly Difference[] }>;

export const explainTraces = (selected: readonly string[], others: readonly string[], signal?: AbortSignal) =>
  postJson<Differences>('/api/traces/differences', { selected, others, limit: 30 }, signal);
