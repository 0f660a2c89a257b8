import { useCallback, useMemo, useState } from 'react';
import { Link, useSearch as useQueryString } from 'wouter';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { pageLink } from '../../frame/page-link.ts';
import type { SpanTable } from './span-table.ts';
import type { TimeWindow } from './time-window.ts';
import { TraceHeader } from './trace-header.tsx';
import { useTraceLogs } from './trace-logs.ts';
import styles from './traces.module.css';
import { useOutline } from './use-outline.ts';
import { Waterfall } from './waterfall.tsx';

/** A trace beside the page that one came from. */
export function TraceDrawer({ id }: Readonly<{ id: string }>) {
  const { asked } = useOutline(id);
  return (
    <div className={styles.page}>
      <StateView query={asked} height={300}>
        {(table) => <ShownTrace id={id} table={table} />}
      </StateView>
    </div>
  );
}

function ShownTrace({ id, table }: Readonly<{ id: string; table: SpanTable }>) {
  const queryString = useQueryString();
  const { push } = useDrawer();
  const [part, setPart] = useState<TimeWindow | undefined>();
  const [find, setFind] = useState('');
  const logs = useTraceLogs(id, undefined, table.outline.state === 'running');
  const whole = useMemo(() => ({ from: table.first, to: table.last }), [table]);
  const onOpenSpan = useCallback((span: string) => push({ kind: 'call', id: `${id}/${span}` }), [push, id]);
  return (
    <>
      <TraceHeader table={table} logs={logs.data?.length} level={2}>
        <Link className={styles.button} href={pageLink(`/traces/${encodeURIComponent(id)}`, queryString)}>
          Whole page
        </Link>
      </TraceHeader>
      <div className={styles.panel}>
        <Waterfall
          table={table}
          logs={logs.data ?? []}
          window={part ?? whole}
          onWindow={setPart}
          find={find}
          onFind={setFind}
          onOpenSpan={onOpenSpan}
        />
      </div>
    </>
  );
}
