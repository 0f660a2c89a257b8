import { useCallback, useMemo } from 'react';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { LevelBadge } from '../../components/level-badge.tsx';
import { useNarrow } from '../../components/use-narrow.ts';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import { LogDetail } from './log-detail.tsx';
import { highlightParts, type LogRecord, printValues } from './log-record.ts';
import styles from './log-table.module.css';

const widths: Readonly<Record<string, string>> = {
  timestamp: '104px',
  level: '76px',
  _index: '170px',
  'agent.name': '140px',
  'service.name': '140px',
  tool: '130px',
};

const titles: Readonly<Record<string, string>> = { timestamp: 'time', 'agent.name': 'agent', msg: 'message' };

type LogTableProps = Readonly<{
  label: string;
  records: readonly LogRecord[];
  columns: readonly string[];
  isWrapped: boolean;
  order?: 'asc' | 'desc';
  onOrder?: (order: 'asc' | 'desc') => void;
  /** Of the record that is open in place. */
  openKey: string;
  /** Of the record that the drawer shows. */
  besideKey?: string | undefined;
  onOpenKey: (key: string) => void;
  onAddColumn: (field: string) => void;
  onEnd?: () => void;
  onScrollTop?: (isAtTop: boolean) => void;
}>;

/** Records as rows of the chosen columns; one of them may be open in place. */
export function LogTable(props: LogTableProps) {
  const { label, records, columns, isWrapped, order, onOrder, openKey, besideKey, onOpenKey, onAddColumn, onEnd, onScrollTop } = props;
  const isNarrow = useNarrow();
  const hasLongRows = isWrapped || isNarrow;
  const gridColumns = useGridColumns(columns, hasLongRows, isNarrow, order !== undefined);
  const detail = useCallback(
    (record: LogRecord) =>
      record.key === openKey ? <LogDetail index={record.index} id={record.id} place="row" onAddColumn={onAddColumn} /> : undefined,
    [openKey, onAddColumn],
  );
  return (
    <DataGrid
      label={label}
      columns={gridColumns}
      rows={records}
      rowKey={rowKey}
      selectedKey={besideKey ?? openKey}
      isUniform={!hasLongRows}
      onOpen={({ key }) => onOpenKey(key === openKey ? '' : key)}
      detail={detail}
      {...(order === undefined ? {} : { sort: { column: 'timestamp', descending: order === 'desc' } })}
      {...(onOrder === undefined ? {} : { onSort: ({ descending }: { descending: boolean }) => onOrder(descending ? 'desc' : 'asc') })}
      {...(onEnd === undefined ? {} : { onEnd })}
      {...(onScrollTop === undefined ? {} : { onScrollTop })}
    />
  );
}

const rowKey = ({ key }: LogRecord) => key;

function useGridColumns(
  chosen: readonly string[],
  isWrapped: boolean,
  isNarrow: boolean,
  isSortable: boolean,
): readonly Column<LogRecord>[] {
  const [zone] = useZone();
  const nowMillis = useNow();
  const columns = useMemo(() => (isNarrow ? messageForward(chosen) : chosen), [isNarrow, chosen]);
  // Times show their date when it is not today's; of "now" only the day counts.
  const dayMillis = Math.floor(nowMillis / 60_000) * 60_000;
  return useMemo(
    () =>
      columns.map((name, at): Column<LogRecord> => {
        const isLast = at === columns.length - 1;
        const message = isNarrow ? '206px' : 'minmax(280px, 1fr)';
        const width = name === 'msg' || (isLast && !isNarrow) ? message : (widths[name] ?? '150px');
        return {
          id: name,
          title: titles[name] ?? name,
          width,
          ...(name === 'timestamp' && isSortable ? { sortable: true } : {}),
          render: (record) => renderCell({ record, name, isWrapped: isWrapped && name === 'msg', zone, nowMillis: dayMillis }),
        };
      }),
    [columns, isWrapped, isNarrow, isSortable, zone, dayMillis],
  );
}

/** On a phone the message must be in view without scrolling: it comes after the time and the level. */
function messageForward(columns: readonly string[]): readonly string[] {
  if (!columns.includes('msg')) return columns;
  const first = columns.filter((name) => name === 'timestamp' || name === 'level');
  return [...first, 'msg', ...columns.filter((name) => name !== 'msg' && !first.some((one) => one === name))];
}

type CellProps = Readonly<{ record: LogRecord; name: string; isWrapped: boolean; zone: string | undefined; nowMillis: number }>;

/** Not a component: a table makes hundreds of cells a second while someone scrolls. */
function renderCell({ record, name, isWrapped, zone, nowMillis }: CellProps) {
  if (name === 'timestamp') {
    const { timeMillis } = record;
    return timeMillis === undefined ? (
      <span className={styles.missing}>no time</span>
    ) : (
      <time className={styles.mono} dateTime={new Date(timeMillis).toISOString()} title={formatExactTime(timeMillis, zone)}>
        {formatTime(timeMillis, zone, nowMillis)}
      </time>
    );
  }
  if (name === 'level') return <LevelBadge level={printValues(record.fields.level)} />;
  if (name === '_index') return <span className={styles.mono}>{record.index}</span>;
  const values = record.fields[name];
  if (values === undefined && name === 'agent.name' && record.fields['service.name'] !== undefined)
    return <span title="service.name: it names no agent">{printValues(record.fields['service.name'])}</span>;
  const marked = record.highlight[name];
  const text = printValues(values);
  return (
    <span
      className={name === 'msg' ? styles.message : styles.mono}
      data-wrapped={isWrapped}
      title={isWrapped || text.length > 400 ? undefined : text}
    >
      {marked === undefined ? text : <Highlighted text={marked} />}
    </span>
  );
}

export function Highlighted({ text }: Readonly<{ text: string }>) {
  return highlightParts(text).map(({ text: part, found, at }) => (found ? <mark key={at}>{part}</mark> : part));
}
