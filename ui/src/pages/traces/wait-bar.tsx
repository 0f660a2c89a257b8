import { useMemo } from 'react';
import { formatDuration, formatShare } from '../../format/quantities.ts';
import type { SpanTable } from './span-table.ts';
import styles from './traces.module.css';
import { waitKinds, waitNames, waitOrder, waitSplit } from './wait-split.ts';
import patterns from './waterfall.module.css';

const colours = { own: '#3b82c4', tool: '#2f9e7f', model: '#8660c9', queue: '#c2701c', human: '#b0569c' } as const;

/** What the trace spent its time on, along its critical path: one bar, and the numbers. */
export function WaitBar({ table }: Readonly<{ table: SpanTable }>) {
  const split = useMemo(() => waitSplit(table, waitKinds(table)), [table]);
  const whole = waitOrder.reduce((sum, kind) => sum + split[kind], 0);
  if (whole <= 0) return null;
  const shown = waitOrder.filter((kind) => split[kind] > 0);
  return (
    <div className={styles.split} title="Along the critical path: what made the trace as long as it is.">
      <div className={styles.splitBar} aria-hidden="true">
        {shown.map((kind) => (
          <span
            key={kind}
            className={patterns[kind]}
            style={{ width: `${(split[kind] / whole) * 100}%`, backgroundColor: colours[kind] }}
          />
        ))}
      </div>
      <ul className={styles.splitList} aria-label="Where the time went">
        {shown.map((kind) => (
          <li key={kind}>
            <span className={`${styles.swatch} ${patterns[kind] ?? ''}`} style={{ backgroundColor: colours[kind] }} aria-hidden="true" />
            {waitNames[kind]} <span className={styles.mono}>{formatDuration(split[kind] / 1e6)}</span>
            <span className={styles.mono}>{formatShare(split[kind] / whole)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
