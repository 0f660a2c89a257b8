import { useIsFetching } from '@tanstack/react-query';
import { refreshChoices, useRefresh } from '../state/refresh.tsx';
import { useUrlState } from '../state/use-url-state.ts';
import styles from './frame.module.css';

/** Refresh now, and how often by itself. */
export function RefreshControl() {
  const refresh = useRefresh();
  const isFetching = useIsFetching() > 0;
  const [interval, setRefreshInterval] = useUrlState('refresh', '10');
  return (
    <span className={styles.refresh}>
      <button type="button" className={styles.control} onClick={refresh} aria-label="Refresh" data-busy={isFetching} title="Refresh (r)">
        <span aria-hidden="true">⟳</span>
      </button>
      <select
        aria-label="Refresh by itself"
        className={styles.control}
        value={interval}
        onChange={(event) => setRefreshInterval(event.target.value, { replace: true })}
      >
        <option value="off">Off</option>
        {refreshChoices.map((seconds) => (
          <option key={seconds} value={seconds}>
            {seconds < 60 ? `${seconds} s` : `${seconds / 60} min`}
          </option>
        ))}
      </select>
    </span>
  );
}
