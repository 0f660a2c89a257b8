import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type SpanTable, spanTable } from './span-table.ts';
import { type Outline, readOutline } from './trace-api.ts';

/** A trace that runs is asked for again each second; a large one less often, as its answer takes longer. */
const pauseMillis = ({ state, spans }: Outline): number | false => (state === 'running' ? Math.max(1000, spans.id.length / 10) : false);

/** A trace as it is now, ready to be drawn. */
export function useOutline(id: string) {
  const asked = useQuery({
    queryKey: ['trace outline', id],
    queryFn: ({ signal }) => readOutline(id, signal),
    structuralSharing: false,
    refetchInterval: ({ state }) => (state.data === undefined ? false : pauseMillis(state.data)),
  });
  const table = useMemo((): SpanTable | undefined => (asked.data === undefined ? undefined : spanTable(asked.data)), [asked.data]);
  return { asked: { ...asked, data: table }, table };
}
