import { Link, useSearch } from 'wouter';
import { formatBytes, formatRate, formatShare } from '../format/quantities.ts';
import { useServerStatus } from '../state/server-status.ts';
import styles from './frame.module.css';
import { pageLink } from './page-link.ts';

/** The loss ledger in one line: whether all that was sent is stored, and for how long it will fit. */
export function StatusLine() {
  const { data, error } = useServerStatus();
  const search = useSearch();
  const href = pageLink('/pipeline', search);
  if (error !== null || data === undefined) {
    return (
      <footer className={styles.status} data-problem={error !== null}>
        {error === null ? '…' : `● ${error.message}`}
      </footer>
    );
  }
  const { status, atMillis } = data;
  const counts = Object.values(status.sources);
  const total = (of: (one: (typeof counts)[number]) => number) => counts.reduce((sum, one) => sum + of(one), 0);
  const lost = total(({ rejected }) => rejected);
  const dead = total(({ dead_lettered }) => dead_lettered);
  const closed = status.listeners.filter(({ problem }) => problem !== undefined).length;
  const seconds = Math.max(1, (atMillis - Date.parse(status.started)) / 1000);
  const hasProblem = dead > 0 || closed > 0 || status.journal.bytes > status.journal.max_bytes / 2;
  return (
    <footer className={styles.status} data-problem={hasProblem}>
      <Link href={href}>
        <span aria-hidden="true">{hasProblem ? '▲' : '●'}</span> {hasProblem ? 'Look at the pipeline' : 'All is stored'}
      </Link>
      <span>{formatRate(total(({ accepted }) => accepted) / seconds)} since start</span>
      <span>journal {formatBytes(status.journal.bytes)}</span>
      <span>
        stored {formatBytes(status.store.bytes)} ({formatShare(status.store.bytes / status.disk.budget)} of the budget)
      </span>
      {dead > 0 && <span>{dead} dead letters</span>}
      {lost > 0 && <span>{lost} refused</span>}
      {closed > 0 && <span>{closed} ports closed</span>}
    </footer>
  );
}
