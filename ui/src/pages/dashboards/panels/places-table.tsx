import { useMemo, useState } from 'react';
import { type Column, DataGrid, type GridSort } from '../../../components/data-grid.tsx';
import { exactValue, formatMetric } from '../format-value.ts';
import type { Metric } from '../model/panel.ts';
import { type MapCell, metricName } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';

const readers: Readonly<Record<string, (cell: MapCell) => number>> = {
  lat: ({ lat }) => lat,
  lon: ({ lon }) => lon,
  value: ({ value }) => value,
};

/** The places of a map as numbers, the largest first. */
export function PlacesTable({ answered, metric }: Readonly<{ answered: AnsweredPanel; metric: Metric }>) {
  const [sort, setSort] = useState<GridSort>({ column: 'value', descending: true });
  const { cells } = answered.data;
  const sorted = useMemo(() => {
    const read = readers[sort.column];
    return read === undefined ? cells : cells.toSorted((one, other) => (sort.descending ? -1 : 1) * (read(one) - read(other)));
  }, [cells, sort]);
  const columns = useMemo<readonly Column<MapCell>[]>(
    () => [
      { id: 'lat', title: 'Latitude', width: 'minmax(80px, 1fr)', align: 'end', sortable: true, render: ({ lat }) => lat.toFixed(1) },
      { id: 'lon', title: 'Longitude', width: 'minmax(80px, 1fr)', align: 'end', sortable: true, render: ({ lon }) => lon.toFixed(1) },
      {
        id: 'value',
        title: metricName(metric),
        width: 'minmax(80px, 1fr)',
        align: 'end',
        sortable: true,
        render: ({ value }) => <span title={exactValue(value)}>{formatMetric(metric, value)}</span>,
      },
    ],
    [metric],
  );
  return (
    <DataGrid
      label={answered.panel.title || 'Places'}
      columns={columns}
      rows={sorted}
      rowKey={({ lat, lon }) => `${lat} ${lon}`}
      sort={sort}
      onSort={setSort}
    />
  );
}
