import { useMemo, useState } from 'react';
import { type Column, DataGrid, type GridSort } from '../../../components/data-grid.tsx';
import { FieldMenu } from '../../../components/field-menu.tsx';
import { formatTime } from '../../../format/times.ts';
import { useZone } from '../../../state/zone.ts';
import { exactValue, formatMetric } from '../format-value.ts';
import type { ChartContent, Group } from '../model/panel.ts';
import { groupName, type Key, metricName, type Row } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';

type TableProps = Readonly<{ answered: AnsweredPanel; content: ChartContent }>;

/** A row for each combination of the groups' values. Also the numbers behind every chart. */
export function TableView({ answered, content }: TableProps) {
  const [zone] = useZone();
  const [sort, setSort] = useState<GridSort>({ column: '', descending: true });
  const { groups, metrics } = content;
  const { rows } = answered.data;
  const end = answered.context.interval.endMillis;
  const sorted = useMemo(() => sortedRows(rows, sort), [rows, sort]);
  const columns = useMemo<readonly Column<Row>[]>(
    () => [
      ...groups.map(
        (group, at): Column<Row> => ({
          id: `g${at}`,
          title: groupName(group),
          width: 'minmax(100px, 2fr)',
          sortable: true,
          render: ({ keys }) => (
            <KeyCell group={group} value={keys[at] as Key} print={(millis) => formatTime(millis, zone, end).replace(/\.\d+$/, '')} />
          ),
        }),
      ),
      ...metrics.map(
        (metric, at): Column<Row> => ({
          id: `m${at}`,
          title: metricName(metric),
          width: 'minmax(72px, 1fr)',
          align: 'end',
          sortable: true,
          render: ({ values }) => <span title={exactValue(values[at] ?? null)}>{formatMetric(metric, values[at] ?? null)}</span>,
        }),
      ),
    ],
    [groups, metrics, zone, end],
  );
  return (
    <DataGrid
      label={answered.panel.title || 'Table'}
      columns={columns}
      rows={sorted}
      rowKey={({ keys }) => keys.map(({ text }) => text).join('\u0000')}
      sort={sort}
      onSort={setSort}
    />
  );
}

function KeyCell({ group, value, print }: Readonly<{ group: Group; value: Key; print: (millis: number) => string }>) {
  if (group.by === 'time') return <span className="mono">{print(Number(value.value))}</span>;
  if (group.by !== 'terms') return <>{value.text}</>;
  return (
    <FieldMenu field={group.field} value={value.text}>
      {value.text || '(empty)'}
    </FieldMenu>
  );
}

function sortedRows(rows: readonly Row[], { column, descending }: GridSort): readonly Row[] {
  const at = Number(column.slice(1));
  if (column === '' || !Number.isInteger(at)) return rows;
  const read = (row: Row) => (column.startsWith('m') ? (row.values[at] ?? Number.NEGATIVE_INFINITY) : (row.keys[at]?.value ?? ''));
  const compare = (one: string | number, other: string | number) =>
    typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other), 'en', { numeric: true });
  return rows.toSorted((one, other) => (descending ? -1 : 1) * compare(read(one), read(other)));
}
