import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type VersionChange, versionChangesQuery } from '../api/version-changes.ts';
import type { ChartMarker } from '../components/chart-markers.tsx';
import { formatTime } from '../format/times.ts';
import type { Interval } from './time-range.ts';
import { useZone } from './zone.ts';

const none: readonly VersionChange[] = [];

/** New versions of services (of one service, when it is named) as marks of a chart. They can wait until the chart is there: `isWanted`. */
export function useVersionMarkers(interval: Interval, isWanted: boolean, service?: string): readonly ChartMarker[] {
  const [zone] = useZone();
  const { data } = useQuery({ ...versionChangesQuery(interval), enabled: isWanted });
  const changes = data?.changes ?? none;
  return useMemo(
    () =>
      changes
        .filter((change) => service === undefined || change.service === service)
        .map(({ service: name, before, version, first }) => {
          const atMillis = Date.parse(first);
          const time = formatTime(atMillis, zone, interval.endMillis).replace(/\.\d+$/, '');
          return { atMillis, text: `${name}: version ${before} → ${version} at ${time}` };
        }),
    [changes, service, zone, interval.endMillis],
  );
}
