import { useMemo } from 'react';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import styles from './search-page.module.css';
import { type FoundTrace, millisOf } from './trace-api.ts';
import { TraceStateMark } from './trace-state.tsx';
import controls from './traces.module.css';

type TraceListProps = Readonly<{
  traces: readonly FoundTrace[];
  opened: string | undefined;
  marked: readonly string[];
  onMark: (id: string) => void;
  onCompare: () => void;
  onOpen: (trace: FoundTrace) => void;
  onEnd: () => void;
}>;

/** What was found, the newest first. Enter opens, x marks, c compares two. */
export function TraceList({ traces, opened, marked, onMark, onCompare, onOpen, onEnd }: TraceListProps) {
  const now = useNow();
  const [zone] = useZone();
  const columns = useMemo<readonly Column<FoundTrace>[]>(
    () => [
      {
        id: 'mark',
        title: '',
        width: '30px',
        onPhone: '30px',
        render: ({ trace_id }) => (
          <button
            type="button"
            tabIndex={-1}
            className={styles.mark}
            aria-pressed={marked.includes(trace_id)}
            aria-label="Mark to compare"
            onClick={(event) => {
              event.stopPropagation();
              onMark(trace_id);
            }}
          >
            {marked.includes(trace_id) ? '✓' : ''}
          </button>
        ),
      },
      {
        id: 'start',
        title: 'Started',
        width: '100px',
        render: ({ start_nanos }) => {
          const millis = millisOf(start_nanos);
          return (
            <time className={controls.mono} dateTime={new Date(millis).toISOString()} title={formatExactTime(millis, zone)}>
              {formatAgo(millis, zone, now)}
            </time>
          );
        },
      },
      {
        id: 'root',
        title: 'Operation and agent',
        width: 'minmax(150px, 1fr)',
        onPhone: 'minmax(150px, 1fr)',
        render: ({ root_service, root_name, services }) => (
          <span className={styles.root} title={`${root_name ?? ''}, with ${services.join(', ')}`}>
            <span className={controls.dot} style={{ background: seriesColour(root_service ?? '') }} />
            {root_name ?? 'its root has not arrived'} <span className={controls.service}>{root_service}</span>
          </span>
        ),
      },
      {
        id: 'duration',
        title: 'Took',
        width: '80px',
        onPhone: '76px',
        align: 'end',
        render: ({ duration_nanos }) => (
          <span className={controls.mono} title={`${duration_nanos} ns`}>
            {formatDuration(millisOf(duration_nanos))}
          </span>
        ),
      },
      { id: 'spans', title: 'Spans', width: '62px', align: 'end', render: ({ span_count }) => span_count.toLocaleString('en') },
      {
        id: 'state',
        title: 'Outcome',
        width: '190px',
        onPhone: '116px',
        render: ({ state, success, error_count }) => (
          <span className={styles.states}>
            <TraceStateMark state={state} success={success} errors={error_count} />
          </span>
        ),
      },
    ],
    [now, zone, marked, onMark],
  );
  return (
    <DataGrid
      label="Traces, the newest first"
      columns={columns}
      rows={traces}
      rowKey={({ trace_id }) => trace_id}
      selectedKey={opened}
      onOpen={onOpen}
      onEnd={onEnd}
      onKey={(key, { trace_id }) => {
        if (key === 'x') onMark(trace_id);
        else if (key === 'c') onCompare();
        else return false;
        return true;
      }}
    />
  );
}
