import { useMemo, useState } from 'react';
import { type Column, DataGrid, type GridSort } from '../../components/data-grid.tsx';
import { formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { type OperationRow, operationRows } from './flame.ts';
import type { SpanTable } from './span-table.ts';
import styles from './traces.module.css';

const duration = (nanos: number) => (
  <span className={styles.mono} title={`${nanos} ns`}>
    {formatDuration(nanos / 1e6)}
  </span>
);

const columns: readonly Column<OperationRow>[] = [
  {
    id: 'name',
    title: 'Operation',
    width: 'minmax(180px, 2fr)',
    onPhone: 'minmax(150px, 2fr)',
    render: ({ operation }) => operation.name || 'unnamed',
    sortable: true,
  },
  {
    id: 'service',
    title: 'Agent',
    width: 'minmax(120px, 1fr)',
    sortable: true,
    render: ({ operation }) => (
      <span className={styles.agent}>
        <span className={styles.dot} style={{ background: seriesColour(operation.service) }} />
        {operation.service}
      </span>
    ),
  },
  {
    id: 'spans',
    title: 'Calls',
    width: '80px',
    onPhone: '56px',
    align: 'end',
    sortable: true,
    render: ({ spans }) => spans.toLocaleString('en'),
  },
  {
    id: 'failed',
    title: 'Failed',
    width: '80px',
    onPhone: '64px',
    align: 'end',
    sortable: true,
    render: ({ failed }) => (failed === 0 ? '–' : <span className={styles.failedText}>✕ {failed.toLocaleString('en')}</span>),
  },
  { id: 'path', title: 'Critical path', width: '110px', align: 'end', sortable: true, render: ({ path }) => duration(path) },
  { id: 'self', title: 'Own work', width: '100px', onPhone: '88px', align: 'end', sortable: true, render: ({ self }) => duration(self) },
  { id: 'total', title: 'With callees', width: '110px', align: 'end', sortable: true, render: ({ total }) => duration(total) },
  { id: 'average', title: 'Average', width: '100px', align: 'end', sortable: true, render: ({ total, spans }) => duration(total / spans) },
  { id: 'longest', title: 'Longest', width: '100px', align: 'end', sortable: true, render: ({ longest }) => duration(longest) },
];

const cellValue = (row: OperationRow, column: string): number | string => {
  if (column === 'name' || column === 'service') return row.operation[column];
  if (column === 'average') return row.total / row.spans;
  return row[column as 'spans' | 'failed' | 'path' | 'self' | 'total' | 'longest'];
};

/** The operations of a trace, each once. Opening one shows its longest call. */
export function OperationsView({ table, onOpenSpan }: Readonly<{ table: SpanTable; onOpenSpan: (spanId: string) => void }>) {
  const [sort, setSort] = useState<GridSort>({ column: 'path', descending: true });
  const rows = useMemo(() => {
    const sign = sort.descending ? -1 : 1;
    return operationRows(table).toSorted((one, other) => {
      const [a, b] = [cellValue(one, sort.column), cellValue(other, sort.column)];
      return sign * (typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b));
    });
  }, [table, sort]);
  return (
    <DataGrid
      label="Operations, each once"
      columns={columns}
      rows={rows}
      rowKey={({ operation: { service, name, kind, work } }) => JSON.stringify([service, name, kind, work])}
      sort={sort}
      onSort={setSort}
      onOpen={({ example }) => onOpenSpan(table.outline.spans.id[example] as string)}
    />
  );
}
