import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useNow } from './refresh.tsx';
import { absoluteRange, type Interval, rangeOf, resolveTimeRange, type TimeRange } from './time-range.ts';
import { useSetUrlState } from './use-url-state.ts';

/**
 * The time that every page looks at. `interval` changes only when the range changes or the page is refreshed, so it may be part of a
 * query's key.
 */
export function useTimeRange(): Readonly<{
  range: TimeRange;
  interval: Interval;
  setRange: (range: TimeRange) => void;
  /** To the part that was brushed in a chart. The browser's Back leads out again. */
  zoom: (interval: Interval) => void;
}> {
  const [parameters] = useSearchParams();
  const set = useSetUrlState();
  const now = useNow();
  const { from, to } = rangeOf(parameters);
  const interval = useMemo(() => resolveTimeRange({ from, to }, now), [from, to, now]);
  const setRange = useCallback((range: TimeRange) => set(range), [set]);
  const zoom = useCallback((part: Interval) => set(absoluteRange(part)), [set]);
  return { range: { from, to }, interval, setRange, zoom };
}
