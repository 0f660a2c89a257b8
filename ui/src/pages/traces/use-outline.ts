import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type SpanTable, spanTable } from './span-table.ts';
import { type Outline, readOutline } from './trace-api.ts';

/**
 * When to ask again. A trace that runs each second; one that fell silent a moment ago less often, because what is late may still come. A large one
 * takes longer to answer and is asked for as rarely.
 */
export function pauseMillis({ state, spans, now, last_seen }: Outline): number | false {
  const least = spans.id.length / 10;
  if (state === 'running') return Math.max(1000, least);
  return Date.parse(now) - Date.parse(last_seen) < 30_000 ? Math.max(5000, least) : false;
}

/** A trace as it is now, ready to be drawn. */
export function useOutline(id: string) {
  const asked = useQuery({
    queryKey: ['trace outline', id],
    queryFn: ({ signal }) => readOutline(id, signal),
    structuralSharing: false,
    // A trace that is not there may be on its way: someone has its id.
    refetchInterval: ({ state }) => (state.data === undefined ? (state.error === null ? false : 3000) : pauseMillis(state.data)),
  });
  const table = useMemo((): SpanTable | undefined => (asked.data === undefined ? undefined : spanTable(asked.data)), [asked.data]);
  return { asked: { ...asked, data: table }, table };
}
