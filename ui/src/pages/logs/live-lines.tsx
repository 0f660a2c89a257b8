import { useMemo, useRef, useState } from 'react';
import { useSearch } from '../../state/use-search.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { LogTable } from './log-table.tsx';
import styles from './logs.module.css';
import { ProblemNote } from './problem-note.tsx';
import { mostTailRows } from './tail-buffer.ts';
import { useColumns } from './use-columns.ts';
import { useLiveTail } from './use-live-tail.ts';

/** What arrives now, the newest on top. It rests while someone looks further down or at one record. */
export function LiveLines({ index }: Readonly<{ index: string }>) {
  const { search } = useSearch();
  const { columns, addColumn } = useColumns();
  const [wrap] = useUrlState('wrap');
  const [openKey, setOpenKey] = useUrlState('row');
  const [isAtTop, setAtTop] = useState(true);
  const isPaused = !isAtTop || openKey !== '';
  const request = useMemo(() => ({ index, search, columns }), [index, search, columns]);
  const { buffer, error, hasJumped, release } = useLiveTail(request, isPaused);
  const { shown, waitingCount } = buffer;
  const place = useRef<HTMLDivElement>(null);
  const resume = () => {
    release();
    setOpenKey('', { replace: true });
    place.current?.querySelector('[role="grid"]')?.scrollTo({ top: 0 });
  };
  return (
    <div className={styles.lines}>
      <p className={styles.summary}>
        <span role="status">
          {isPaused ? 'Paused while you read' : 'Live'}: {shown.length.toLocaleString('en')} records
          {shown.length === mostTailRows ? ' (the newest; older ones are under Lines without Live)' : ''}
        </span>
        {waitingCount > 0 && (
          <button type="button" className={styles.link} onClick={resume}>
            {waitingCount.toLocaleString('en')} wait: show
          </button>
        )}
        {hasJumped && <span>More arrived than can be shown: some were passed over.</span>}
      </p>
      {error !== undefined && <ProblemNote error={error} />}
      {shown.length === 0 && error === undefined && (
        <p className={styles.empty}>Nothing has arrived yet. What comes and matches the search appears here.</p>
      )}
      {shown.length > 0 && (
        <div ref={place} className={styles.grid}>
          <LogTable
            label="Live log records"
            records={shown}
            columns={columns}
            isWrapped={wrap === '1'}
            openKey={openKey}
            onOpenKey={(key) => setOpenKey(key, { replace: true })}
            onAddColumn={addColumn}
            onScrollTop={setAtTop}
          />
        </div>
      )}
    </div>
  );
}
