import { useCallback } from 'react';
import type { Zone } from '../format/times.ts';
import { useUrlState } from './use-url-state.ts';

const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** In which zone times are shown; an unknown one is that of the browser. */
export function useZone(): readonly [Zone, (zone: string) => void] {
  const [zone, setZone] = useUrlState('tz');
  const set = useCallback((name: string) => setZone(name), [setZone]);
  return [zone !== '' && isZone(zone) ? zone : undefined, set];
}
