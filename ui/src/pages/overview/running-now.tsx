import type { UseQueryResult } from '@tanstack/react-query';
import type { RunningOperation } from '../../api/tools.ts';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatDuration } from '../../format/quantities.ts';
import styles from './overview.module.css';

type Running = Readonly<{ total: number; operations: readonly RunningOperation[] }>;

const maxShown = 12;

/** What has begun and not ended, the longest first. */
export function RunningNow({ query }: Readonly<{ query: UseQueryResult<Running> }>) {
  const { open } = useDrawer();
  return (
    <section aria-labelledby="running">
      <h2 id="running">Running now</h2>
      <StateView
        query={query}
        height={120}
        isEmpty={({ operations }) => operations.length === 0}
        empty="Nothing is known to run. Recorders and agents of MCP Mesh tell of calls while they run; OpenTelemetry tells when they have ended."
      >
        {({ operations, total }) => (
          <>
            <ul className={styles.list}>
              {operations.slice(0, maxShown).map((one) => (
                <li key={`${one.trace_id} ${one.span_id}`}>
                  <button type="button" className={styles.line} onClick={() => open({ kind: 'trace', id: one.trace_id })}>
                    <span className={styles.took}>{formatDuration(one.running_ms)}</span>
                    <span className={styles.ellipsis}>
                      {one.service} › {one.name}
                      {one.silent && <span className={styles.warn}> ▲ nothing heard of it for long</span>}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            {total > maxShown && <p className={styles.more}>and {total - maxShown} more</p>}
          </>
        )}
      </StateView>
    </section>
  );
}
