import type { MeshEdge } from '../../api/mesh.ts';
import { type Column, DataGrid, type GridSort } from '../../components/data-grid.tsx';
import { formatCount, formatDuration, formatRate, formatShare } from '../../format/quantities.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import styles from './mesh.module.css';

type EdgeTableProps = Readonly<{
  edges: readonly MeshEdge[];
  seconds: number;
  onEdge: (edge: MeshEdge) => void;
  onNode: (service: string) => void;
}>;

const values: Readonly<Record<string, (edge: MeshEdge) => string | number>> = {
  caller: ({ caller }) => caller,
  callee: ({ callee }) => callee,
  calls: ({ calls }) => calls,
  failed: ({ calls, errors }) => errors / Math.max(1, calls),
  p50: ({ p50_ms }) => p50_ms,
  p95: ({ p95_ms }) => p95_ms,
  p99: ({ p99_ms }) => p99_ms,
};

/** The same edges as the map, sortable. */
export function EdgeTable({ edges, seconds, onEdge, onNode }: EdgeTableProps) {
  const [sortText, setSort] = useUrlState('sort', '-calls');
  const sort: GridSort = { column: sortText.replace(/^-/, ''), descending: sortText.startsWith('-') };
  const value = Object.hasOwn(values, sort.column) ? values[sort.column] : undefined;
  const rows =
    value === undefined
      ? edges
      : edges.toSorted((a, b) => {
          const [one, other] = [value(a), value(b)];
          return (sort.descending ? -1 : 1) * (typeof one === 'string' ? one.localeCompare(String(other)) : one - Number(other));
        });
  const node = (id: 'caller' | 'callee', title: string): Column<MeshEdge> => ({
    id,
    title,
    width: 'minmax(140px, 2fr)',
    onPhone: 'minmax(112px, 1fr)',
    sortable: true,
    render: (edge) => (
      <button
        type="button"
        className={styles.name}
        onClick={(event) => {
          event.stopPropagation();
          onNode(edge[id]);
        }}
      >
        {edge[id]}
      </button>
    ),
  });
  const millis = (id: 'p50' | 'p95' | 'p99'): Column<MeshEdge> => ({
    id,
    title: id,
    width: '84px',
    align: 'end',
    sortable: true,
    render: (edge) => <span title={`${edge[`${id}_ms`]} ms`}>{formatDuration(edge[`${id}_ms`])}</span>,
  });
  const columns: readonly Column<MeshEdge>[] = [
    node('caller', 'Caller'),
    node('callee', 'Called'),
    {
      id: 'calls',
      title: 'Calls',
      width: '80px',
      align: 'end',
      sortable: true,
      render: ({ calls }) => <span title={String(calls)}>{formatCount(calls)}</span>,
    },
    { id: 'rate', title: 'Rate', width: '90px', align: 'end', render: ({ calls }) => formatRate(calls / seconds) },
    {
      id: 'failed',
      title: 'Failed',
      width: '84px',
      onPhone: '88px',
      align: 'end',
      sortable: true,
      render: ({ calls, errors }) => (
        <span className={errors > 0 ? styles.failed : styles.soft} title={`${errors} calls`}>
          {errors > 0 && <span aria-hidden="true">● </span>}
          {formatShare(errors / Math.max(1, calls))}
        </span>
      ),
    },
    millis('p50'),
    { ...millis('p95'), onPhone: '76px' },
    millis('p99'),
    {
      id: 'inferred',
      title: '',
      width: '150px',
      render: ({ inferred }) => (inferred ? <span className={styles.soft}>told by its caller</span> : ''),
    },
  ];
  return (
    <div className={styles.grid}>
      <DataGrid
        label="Edges of the mesh"
        columns={columns}
        rows={rows}
        rowKey={({ caller, callee, inferred }) => JSON.stringify([caller, callee, inferred])}
        onOpen={onEdge}
        sort={sort}
        onSort={({ column, descending }) => setSort(`${descending ? '-' : ''}${column}`)}
      />
    </div>
  );
}
