import { useCallback, useId, useMemo } from 'react';
import { Link, useSearch as useQueryString } from 'wouter';
import { CopyMenu } from '../../components/copy-menu.tsx';
import { StateView } from '../../components/state-view.tsx';
import { shownTab, TabList, TabPanel } from '../../components/tabs.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { FlameView } from './flame-view.tsx';
import { OperationsView } from './operations-view.tsx';
import type { SpanTable } from './span-table.ts';
import { parseWindow, printWindow, type TimeWindow } from './time-window.ts';
import { TraceHeader } from './trace-header.tsx';
import { type TraceLog, useTraceLogs } from './trace-logs.ts';
import { TraceLogsView } from './trace-logs-view.tsx';
import styles from './traces.module.css';
import { useOutline } from './use-outline.ts';
import { Waterfall } from './waterfall.tsx';

/** One trace, on a page of its own. */
export function TracePage({ id }: Readonly<{ id: string }>) {
  const { asked } = useOutline(id);
  return (
    <div className={styles.page}>
      <StateView query={asked} height={400}>
        {(table) => <ShownTrace id={id} table={table} />}
      </StateView>
    </div>
  );
}

const noLogs: readonly TraceLog[] = [];

function ShownTrace({ id, table }: Readonly<{ id: string; table: SpanTable }>) {
  const search = useQueryString();
  const [view, setView] = useUrlState('view', 'waterfall');
  const [find, setFind] = useUrlState('find');
  const [windowText, setWindowText] = useUrlState('part');
  const { open } = useDrawer();
  const isLive = table.outline.state === 'running';
  const logs = useTraceLogs(id, undefined, isLive);
  const whole = useMemo(() => ({ from: table.first, to: table.last }), [table]);
  const window = useMemo(() => parseWindow(windowText, whole), [windowText, whole]);
  const onWindow = (part: TimeWindow) => setWindowText(part.from <= whole.from && part.to >= whole.to ? '' : printWindow(part));
  const onOpenSpan = useCallback((span: string) => open({ kind: 'call', id: `${id}/${span}` }), [open, id]);
  const known = logs.data ?? noLogs;
  const base = useId();
  const views = [
    { id: 'waterfall', title: 'Waterfall' },
    { id: 'flame', title: 'Flame graph' },
    { id: 'table', title: 'Table' },
    { id: 'logs', title: `Logs ${logs.data?.length ?? ''}` },
  ];
  const shown = shownTab(views, view);
  return (
    <>
      <TraceHeader table={table} logs={logs.data?.length} level={1}>
        <Link className={styles.button} href={pageLink('/logs', search, { q: `trace.trace_id:"${id}"`, lang: '' })}>
          Logs of this trace
        </Link>
        <CopyMenu
          copies={{
            link: () => location.href,
            'trace id': () => table.outline.trace_id,
            curl: () => `curl -s ${location.origin}/api/traces/${encodeURIComponent(id)}`,
          }}
        />
      </TraceHeader>
      <div className={styles.tabs}>
        <TabList base={base} label="Views of the trace" tabs={views} selected={shown} onSelect={setView} className={styles.tabList} />
        <TabPanel key={shown} base={base} id={shown} className={styles.panel}>
          {shown === 'waterfall' && (
            <Waterfall
              table={table}
              logs={known}
              window={window}
              onWindow={onWindow}
              find={find}
              onFind={(text) => setFind(text, { replace: true })}
              onOpenSpan={onOpenSpan}
            />
          )}
          {shown === 'flame' && <FlameView table={table} />}
          {shown === 'table' && <OperationsView table={table} onOpenSpan={onOpenSpan} />}
          {shown === 'logs' && <TraceLogsView table={table} logs={known} onOpen={(log) => open({ kind: 'log', id: log.id })} />}
        </TabPanel>
      </div>
    </>
  );
}
