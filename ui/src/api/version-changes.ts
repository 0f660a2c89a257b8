import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type Interval, stepOf } from '../state/time-range.ts';
import { rangeParameters } from './activity-question.ts';
import { getJson } from './http.ts';

export type VersionChange = Readonly<{ service: string; before: string; version: string; first: string }>;
type VersionChanges = Readonly<{ changes: readonly VersionChange[]; missing: readonly string[] }>;

/** Rounded outwards, so that a page that refreshes each few seconds asks once a minute, or less for longer times. */
export function roundedInterval(interval: Interval): Interval {
  const step = Math.max(60_000, stepOf(interval, 60));
  return { startMillis: Math.floor(interval.startMillis / step) * step, endMillis: Math.ceil(interval.endMillis / step) * step };
}

/** When services changed their version. */
export const versionChangesQuery = (interval: Interval) => {
  const rounded = roundedInterval(interval);
  return queryOptions({
    queryKey: ['version changes', rounded.startMillis, rounded.endMillis],
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
    queryFn: ({ signal }) => getJson<VersionChanges>('/api/changes/versions', rangeParameters(rounded), signal),
  });
};
