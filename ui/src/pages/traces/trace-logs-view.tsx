import { useMemo } from 'react';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { LevelBadge } from '../../components/level-badge.tsx';
import { formatDuration } from '../../format/quantities.ts';
import type { SpanTable } from './span-table.ts';
import { millisOf } from './trace-api.ts';
import type { TraceLog } from './trace-logs.ts';
import styles from './traces.module.css';

type TraceLogsProps = Readonly<{ table: SpanTable; logs: readonly TraceLog[]; onOpen: (log: TraceLog) => void }>;

/** The logs of a trace in order, with the time since it began. */
export function TraceLogsView({ table, logs, onOpen }: TraceLogsProps) {
  const columns = useMemo<readonly Column<TraceLog>[]>(() => {
    const started = millisOf(table.outline.start_nanos);
    return [
      {
        id: 'time',
        title: 'After',
        width: '90px',
        onPhone: '76px',
        align: 'end',
        render: ({ millis }) => <span className={styles.mono}>{formatDuration(Math.max(0, millis - started))}</span>,
      },
      { id: 'level', title: 'Level', width: '80px', onPhone: '72px', render: ({ level }) => <LevelBadge level={level} /> },
      { id: 'agent', title: 'Agent', width: '140px', render: ({ agent }) => agent },
      {
        id: 'message',
        title: 'Message',
        width: 'minmax(200px, 1fr)',
        onPhone: 'minmax(230px, 1fr)',
        render: ({ message }) => <span title={message}>{message}</span>,
      },
    ];
  }, [table]);
  if (logs.length === 0)
    return (
      <p className={styles.flameNote}>
        No logs name this trace. They do when they have trace.trace_id: recorders and OpenTelemetry's log bridges write it.
      </p>
    );
  return <DataGrid label="Logs of the trace" columns={columns} rows={logs} rowKey={({ id }) => id} onOpen={onOpen} />;
}
