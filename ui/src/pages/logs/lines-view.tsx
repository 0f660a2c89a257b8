import { useCallback, useEffect, useRef, useState } from 'react';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatCount } from '../../format/quantities.ts';
import { formatTime } from '../../format/times.ts';
import { useShortcuts } from '../../frame/use-shortcuts.ts';
import { useNow } from '../../state/refresh.tsx';
import type { Interval } from '../../state/time-range.ts';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import { LogTable } from './log-table.tsx';
import styles from './logs.module.css';
import { ProblemNote } from './problem-note.tsx';
import { useColumns } from './use-columns.ts';
import { useLogRows } from './use-log-rows.ts';

/** The records that match, newest first unless told otherwise. */
export function LinesView({ index }: Readonly<{ index: string }>) {
  const { search } = useSearch();
  const { columns, addColumn } = useColumns();
  const [order, setOrder] = useUrlState('order', 'desc');
  const [wrap] = useUrlState('wrap');
  const [openKey, setOpenKey] = useUrlState('row');
  const { stack, open } = useDrawer();
  const [isAtTop, setAtTop] = useState(true);
  const isReading = !isAtTop || openKey !== '' || stack.length > 0;
  const { interval, isBehind, follow } = useHeldInterval(isReading);
  const rows = useLogRows({ index, search, interval, columns, order: order === 'asc' ? 'asc' : 'desc' }, true);
  const { records } = rows;

  const top = stack.length === 1 && stack[0]?.kind === 'log' ? stack[0].id : undefined;
  const step = (by: number) => {
    const current = top ?? openKey;
    const at = records.findIndex(({ key }) => key === current);
    const next = records[at + by];
    if (current === '' || at < 0 || next === undefined) return;
    if (at + by > records.length - 5) rows.more();
    if (top === undefined) setOpenKey(next.key, { replace: true });
    else open({ kind: 'log', id: next.key });
  };
  useShortcuts({ '[': () => step(-1), ']': () => step(1) });
  // While the drawer shows a record, a row that is chosen goes there.
  const onOpenKey = useCallback(
    (key: string) => (top === undefined ? setOpenKey(key, { replace: true }) : open({ kind: 'log', id: key })),
    [setOpenKey, open, top],
  );

  return (
    <div className={styles.lines}>
      <Summary
        total={rows.total}
        shown={records.length}
        isOld={rows.isOld}
        isPartial={rows.isPartial}
        isBehind={isBehind}
        interval={interval}
        onFollow={follow}
      />
      {rows.error !== null && <ProblemNote error={rows.error} retry={rows.refetch} />}
      {rows.isPending && rows.error === null && <div className={styles.skeletons} role="status" aria-label="Loading" />}
      {rows.total === 0 && records.length === 0 && <NoRecords />}
      {records.length > 0 && (
        <div className={styles.grid} data-old={rows.isOld}>
          <LogTable
            label="Log records"
            records={records}
            columns={columns}
            isWrapped={wrap === '1'}
            order={order === 'asc' ? 'asc' : 'desc'}
            onOrder={(wanted) => setOrder(wanted)}
            openKey={top === undefined ? openKey : ''}
            besideKey={top}
            onOpenKey={onOpenKey}
            onAddColumn={addColumn}
            onEnd={rows.more}
            onScrollTop={setAtTop}
          />
        </div>
      )}
    </div>
  );
}

/** The time range, which does not move on while someone reads: rows must not slide away under the eyes. */
function useHeldInterval(isReading: boolean): Readonly<{ interval: Interval; isBehind: boolean; follow: () => void }> {
  const { interval: newest, range } = useTimeRange();
  const rangeName = `${range.from} ${range.to}`;
  const held = useRef({ interval: newest, rangeName });
  const [, redraw] = useState(0);
  if (!isReading || held.current.rangeName !== rangeName) held.current = { interval: newest, rangeName };
  useEffect(() => {
    if (!isReading) redraw((count) => count + 1);
  }, [isReading]);
  const follow = () => {
    held.current = { interval: newest, rangeName };
    redraw((count) => count + 1);
  };
  return { interval: held.current.interval, isBehind: held.current.interval !== newest, follow };
}

type SummaryProps = Readonly<{
  total: number | undefined;
  shown: number;
  isOld: boolean;
  isPartial: boolean;
  isBehind: boolean;
  interval: Interval;
  onFollow: () => void;
}>;

function Summary({ total, shown, isOld, isPartial, isBehind, interval, onFollow }: SummaryProps) {
  const [zone] = useZone();
  const nowMillis = useNow();
  return (
    <p className={styles.summary} role="status">
      <span title={total === undefined ? undefined : `${total} records, ${shown} of them fetched`}>
        {total === undefined ? ' ' : `${total < 100_000 ? total.toLocaleString('en') : formatCount(total)} records`}
        {isOld && ' …'}
      </span>
      {isPartial && <strong>Search took too long and stopped early: narrow the time or the search.</strong>}
      {isBehind && (
        <span>
          As of {formatTime(interval.endMillis, zone, nowMillis).replace(/\.\d+$/, '')}, held while you read.{' '}
          <button type="button" className={styles.link} onClick={onFollow}>
            Show what came since
          </button>
        </span>
      )}
    </p>
  );
}

function NoRecords() {
  const { search, setSearch } = useSearch();
  const { setRange } = useTimeRange();
  return (
    <div className={styles.empty}>
      <p>{search.text.trim() === '' ? 'No records in this time.' : 'No record in this time matches the search.'}</p>
      <p>
        <button type="button" className={styles.link} onClick={() => setRange({ from: 'now-24h', to: 'now' })}>
          Look at the last 24 hours
        </button>
        {search.text.trim() !== '' && (
          <>
            {' or '}
            <button type="button" className={styles.link} onClick={() => setSearch({ ...search, text: '' })}>
              drop the search
            </button>
          </>
        )}
      </p>
    </div>
  );
}
