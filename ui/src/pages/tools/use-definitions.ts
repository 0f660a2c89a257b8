import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { postJson } from '../../api/http.ts';
import type { ChartMarker } from '../../components/chart-markers.tsx';
import { formatTime } from '../../format/times.ts';
import type { Interval } from '../../state/time-range.ts';
import { useZone } from '../../state/zone.ts';
import { changedAt, definitionHistory, type HistoryAnswer } from './definition-history.ts';

/** All texts that the definition of a tool has had; of a server without a tool nothing is asked. */
export const useDefinitions = (interval: Interval, server: string, tool: string | undefined) =>
  useQuery({
    queryKey: ['definitions', server, tool, interval.endMillis],
    enabled: tool !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      postJson<HistoryAnswer>('/elasticsearch/mcp-calls*/_search', definitionHistory(interval, server, tool ?? ''), signal),
  });

/** When the definition of a tool became another, as marks of a chart. */
export function useDefinitionMarkers(interval: Interval, server: string, tool: string | undefined): readonly ChartMarker[] {
  const [zone] = useZone();
  const { data } = useDefinitions(interval, server, tool);
  return useMemo(
    () =>
      (data === undefined ? [] : changedAt(data)).map((atMillis) => ({
        atMillis,
        text: `Another definition since ${formatTime(atMillis, zone, interval.endMillis).replace(/\.\d+$/, '')}`,
      })),
    [data, zone, interval.endMillis],
  );
}
