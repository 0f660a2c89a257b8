import type { UseQueryResult } from '@tanstack/react-query';
import type { Changes } from '../../api/changes.ts';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatCount } from '../../format/quantities.ts';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import { printToolId } from '../tools/tool-id.ts';
import { changeLines } from './change-lines.ts';
import styles from './overview.module.css';

const maxShown = 12;

/** How this time differs from the one before: who became slower or fails more, and which versions are new. */
export function WhatChanged({ query }: Readonly<{ query: UseQueryResult<Changes> }>) {
  const { open } = useDrawer();
  const [zone] = useZone();
  const now = useNow();
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">What changed, against the same time before</h2>
      <StateView
        query={query}
        height={120}
        isEmpty={(changes) => changeLines(changes).length === 0}
        empty="Nobody became slower, fails more or has a new version."
      >
        {(changes) => {
          const lines = changeLines(changes);
          return (
            <>
              <ul className={styles.list}>
                {lines.slice(0, maxShown).map(({ key, agent, text, kind, whenMillis }) => (
                  <li key={key} className={styles.change}>
                    <span className={kind === 'bad' ? styles.failed : styles.soft} aria-hidden="true">
                      {kind === 'bad' ? '▲' : '·'}
                    </span>
                    <span>
                      <button
                        type="button"
                        className={styles.open}
                        onClick={() => open({ kind: 'tool', id: printToolId({ server: agent }) })}
                      >
                        {agent}
                      </button>{' '}
                      {text}
                      {whenMillis !== undefined && (
                        <span className={styles.soft} title={formatExactTime(whenMillis, zone)}>
                          {' '}
                          at {formatTime(whenMillis, zone, now).replace(/\.\d+$/, '')}
                        </span>
                      )}
                    </span>
                  </li>
                ))}
              </ul>
              {lines.length > maxShown && <p className={styles.more}>and {lines.length - maxShown} more</p>}
              {changes.calls_before * 10 < changes.calls && (
                <p className={styles.more}>
                  Little is known of the time before ({formatCount(changes.calls_before)} calls), so much looks new.
                </p>
              )}
              {changes.missing.map((reason) => (
                <p key={reason} className={styles.warn}>
                  ▲ Not looked at: {reason}
                </p>
              ))}
            </>
          );
        }}
      </StateView>
    </section>
  );
}
