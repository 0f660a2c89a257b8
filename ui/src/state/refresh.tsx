import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { openedAtMillis } from './opened-at.ts';
import { useUrlState } from './use-url-state.ts';

type Refresh = Readonly<{ nowMillis: number; refresh: () => void }>;

const RefreshContext = createContext<Refresh>({ nowMillis: 0, refresh: () => {} });

/** In seconds; `off` is the word in the URL for none. */
export const refreshChoices: readonly number[] = [5, 10, 30, 60, 300];

/** Moves "now" on at the interval of the URL (`refresh=10`), and not while nobody looks at the tab. */
export function RefreshProvider({ children }: Readonly<{ children: ReactNode }>) {
  const [nowMillis, setNow] = useState(openedAtMillis);
  const [interval] = useUrlState('refresh', '10');
  const seconds = Number(interval);
  const refresh = useCallback(() => setNow(Date.now()), []);
  useEffect(() => {
    if (!(seconds >= 1)) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') refresh();
    }, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, refresh]);
  const value = useMemo(() => ({ nowMillis, refresh }), [nowMillis, refresh]);
  return <RefreshContext value={value}>{children}</RefreshContext>;
}

/** The "now" that relative times count from; it moves when the page is refreshed. */
export const useNow = (): number => useContext(RefreshContext).nowMillis;

export const useRefresh = (): (() => void) => useContext(RefreshContext).refresh;
