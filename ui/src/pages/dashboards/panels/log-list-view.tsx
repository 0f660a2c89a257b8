import { useMemo } from 'react';
import { type Column, DataGrid } from '../../../components/data-grid.tsx';
import { LevelBadge } from '../../../components/level-badge.tsx';
import { useDrawer } from '../../../drawer/use-drawer.ts';
import { formatTime } from '../../../format/times.ts';
import { useZone } from '../../../state/zone.ts';
import type { LogHit } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';
import styles from './panels.module.css';

type LogListProps = Readonly<{ answered: AnsweredPanel; columns: readonly string[] }>;

const printed = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** The records themselves; one opens in the drawer. */
export function LogListView({ answered, columns: names }: LogListProps) {
  const [zone] = useZone();
  const { open } = useDrawer();
  const { data, context, panel } = answered;
  const end = context.interval.endMillis;
  const columns = useMemo<readonly Column<LogHit>[]>(
    () =>
      names.map((name) => ({
        id: name,
        title: name,
        width:
          name === panel.timeField
            ? '150px'
            : /(?:^|\.)(?:level|request_id)$/.test(name)
              ? '90px'
              : /^(?:msg|message)$/.test(name)
                ? 'minmax(220px, 4fr)'
                : 'minmax(110px, 1fr)',
        render: ({ fields }) => {
          const text = (fields[name] ?? []).map(printed).join(', ');
          const millis = name === panel.timeField ? Date.parse(text) : Number.NaN;
          if (!Number.isNaN(millis)) return <span className="mono">{formatTime(millis, zone, end)}</span>;
          return name === 'level' ? <LevelBadge level={text} /> : <span title={text}>{text}</span>;
        },
      })),
    [names, panel.timeField, zone, end],
  );
  return (
    <div className={styles.logList}>
      <p className={styles.note}>
        <span>{data.total.toLocaleString('en')} records</span>
        {data.total > data.hits.length && <span>, the first {data.hits.length} shown</span>}
      </p>
      <div className={styles.fill}>
        <DataGrid
          label={panel.title || 'Records'}
          columns={columns}
          rows={data.hits}
          rowKey={({ key }) => key}
          onOpen={({ key }) => open({ kind: 'log', id: key })}
        />
      </div>
    </div>
  );
}
