import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Interval } from '../state/time-range.ts';
import { rangeParameters } from './activity-question.ts';
import { getJson } from './http.ts';

type Numbers = Readonly<{ calls: number; errors: number; p50_ms: number; p95_ms: number; p99_ms: number }>;

export type MeshNode = Readonly<{ service: string; spans: number }> & Numbers;
/** `inferred`: the callee sends no spans; its caller names it. */
export type MeshEdge = Readonly<{ caller: string; callee: string; inferred: boolean }> & Numbers;
export type MeshMap = Readonly<{ nodes: readonly MeshNode[]; edges: readonly MeshEdge[] }>;

export const mapQuery = (interval: Interval) =>
  queryOptions({
    queryKey: ['map', interval.startMillis, interval.endMillis],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) => getJson<MeshMap>('/api/traces/map', rangeParameters(interval), signal),
  });
