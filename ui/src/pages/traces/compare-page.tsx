import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearch as useQueryString } from 'wouter';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { pageLink } from '../../frame/page-link.ts';
import { type Change, type ComparedRow, comparisonRows } from './comparison-rows.ts';
import { compareTraces } from './trace-api.ts';
import { TraceHeader } from './trace-header.tsx';
import styles from './traces.module.css';
import { useOutline } from './use-outline.ts';

const marks: Readonly<Record<Change, readonly [string, string]>> = {
  'now fails': ['✕ now fails', 'failed'],
  'now succeeds': ['✓ now succeeds', 'ok'],
  'only left': ['− only on the left', 'abandoned'],
  'only right': ['+ only on the right', 'running'],
  slower: ['▲ slower', 'abandoned'],
  faster: ['▼ faster', 'ok'],
  same: ['= same', ''],
};

const signed = (millis: number): string => `${millis < 0 ? '−' : '+'}${formatDuration(Math.abs(millis))}`;

const columns: readonly Column<ComparedRow>[] = [
  {
    id: 'change',
    title: 'Change',
    width: '150px',
    render: ({ change }) => (
      <span className={styles.state} data-state={marks[change][1]}>
        {marks[change][0]}
      </span>
    ),
  },
  {
    id: 'moved',
    title: 'Right − left',
    width: '110px',
    align: 'end',
    render: ({ moved }) => <span className={styles.mono}>{moved === undefined ? '–' : signed(moved)}</span>,
  },
  { id: 'name', title: 'Operation', width: 'minmax(180px, 2fr)', render: ({ name }) => name },
  {
    id: 'service',
    title: 'Agent',
    width: 'minmax(120px, 1fr)',
    render: ({ service }) => (
      <span className={styles.agent}>
        <span className={styles.dot} style={{ background: seriesColour(service) }} />
        {service}
      </span>
    ),
  },
];

/** Two traces, and what differs between them: what changed most stands first. */
export function ComparePage({ left, right }: Readonly<{ left: string; right: string }>) {
  const asked = useQuery({
    queryKey: ['compare traces', left, right],
    queryFn: ({ signal }) => compareTraces(left, right, signal),
  });
  const { open } = useDrawer();
  const rows = useMemo(() => (asked.data === undefined ? [] : comparisonRows(asked.data)), [asked.data]);
  const change = asked.data === undefined ? undefined : Number(asked.data.duration_change_nanos) / 1e6;
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1>
          Two traces compared
          {change === undefined ? '' : `: the right one took ${formatDuration(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`}
        </h1>
      </div>
      <div className={styles.sides}>
        <Side id={left} title="Left" />
        <Side id={right} title="Right" />
      </div>
      <div className={styles.panel}>
        <StateView query={asked} height={300} isEmpty={() => rows.length === 0} empty="Neither trace has operations.">
          {() => (
            <DataGrid
              label="Differences"
              columns={columns}
              rows={rows}
              rowKey={({ key }) => key}
              onOpen={({ leftSpan, rightSpan }) =>
                open({ kind: 'call', id: rightSpan === undefined ? `${left}/${leftSpan}` : `${right}/${rightSpan}` })
              }
            />
          )}
        </StateView>
      </div>
    </div>
  );
}

function Side({ id, title }: Readonly<{ id: string; title: string }>) {
  const { asked } = useOutline(id);
  const search = useQueryString();
  return (
    <section aria-label={title}>
      <StateView query={asked} height={92}>
        {(table) => (
          <TraceHeader table={table} level={2}>
            <Link className={styles.button} href={pageLink(`/traces/${encodeURIComponent(id)}`, search)}>
              {title}: whole page
            </Link>
          </TraceHeader>
        )}
      </StateView>
    </section>
  );
}
