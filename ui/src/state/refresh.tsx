import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { openedAtMillis } from './opened-at.ts';
import { useUrlState } from './use-url-state.ts';

type Refresh = Readonly<{ nowMillis: number; refresh: () => void }>;

/** How often it is looked whether it is time. */
const lookMillis = 250;

const RefreshContext = createContext<Refresh>({ nowMillis: 0, refresh: () => {} });

/** In seconds; `off` is the word in the URL for none. */
export const refreshChoices: readonly number[] = [5, 10, 30, 60, 300];

/**
 * Moves "now" on at the interval of the URL (`refresh=10`), and not while nobody looks at the tab. A new "now" makes new questions of
 * all that are asked; an answer that takes longer than the interval is waited for, or it would never be seen.
 */
export function RefreshProvider({ children }: Readonly<{ children: ReactNode }>) {
  const [nowMillis, setNow] = useState(openedAtMillis);
  const [interval] = useUrlState('refresh', '10');
  const seconds = Number(interval);
  const client = useQueryClient();
  const refresh = useCallback(() => setNow(Date.now()), []);
  useEffect(() => {
    if (!(seconds >= 1)) return;
    let due = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      if (Date.now() < due || document.visibilityState !== 'visible' || client.isFetching() > 0) return;
      due = Date.now() + seconds * 1000;
      refresh();
    }, lookMillis);
    return () => clearInterval(timer);
  }, [seconds, refresh, client]);
  const value = useMemo(() => ({ nowMillis, refresh }), [nowMillis, refresh]);
  return <RefreshContext value={value}>{children}</RefreshContext>;
}

/** The "now" that relative times count from; it moves when the page is refreshed. */
export const useNow = (): number => useContext(RefreshContext).nowMillis;

export const useRefresh = (): (() => void) => useContext(RefreshContext).refresh;
