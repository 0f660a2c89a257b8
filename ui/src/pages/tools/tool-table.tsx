import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearch } from 'wouter';
import { type ToolRow, toolsQuery } from '../../api/tools.ts';
import controls from '../../components/controls.module.css';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import layout from '../../components/page-layout.module.css';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatBytes, formatCount, formatDuration, formatShare } from '../../format/quantities.ts';
import { formatAgo, formatExactTime, type Zone } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import { printToolId, toolPath } from './tool-id.ts';
import { errorKindsText, parseSort, printSort, shownRows } from './tool-rows.ts';
import styles from './tools.module.css';

/** All tools that were called, the worst first unless sorted otherwise. */
export function ToolTable() {
  const { interval } = useTimeRange();
  const { open } = useDrawer();
  const [text, setText] = useUrlState('tools');
  const [sortText, setSort] = useUrlState('sort');
  const sort = parseSort(sortText);
  const columns = useColumns();
  const query = useQuery(toolsQuery(interval));
  const rows = query.data === undefined ? undefined : shownRows(query.data.tools, text, sort);
  const left = (query.data?.total ?? 0) - (query.data?.tools.length ?? 0);
  return (
    <div className={layout.page}>
      <header className={layout.head}>
        <h1>Tools</h1>
        <label>
          Find{' '}
          <input
            type="search"
            className={controls.field}
            value={text}
            placeholder="server, tool or client"
            onChange={(event) => setText(event.target.value, { replace: true })}
          />
        </label>
        <span className={styles.soft} role="status">
          {rows !== undefined && `${rows.length} tools${left > 0 ? `; ${left} rarer ones are left out` : ''}`}
        </span>
      </header>
      <div className={layout.fill}>
        <StateView
          query={{ ...query, data: rows }}
          height={400}
          isEmpty={(all) => all.length === 0}
          empty={
            text === ''
              ? 'No tool was called in this time. Calls come from MCP servers behind `meshscope wrap`, from their own OpenTelemetry, and from agents of MCP Mesh.'
              : 'No tool has this in its name.'
          }
        >
          {(all) => (
            <DataGrid
              label="Tools"
              columns={columns}
              rows={all}
              rowKey={printToolId}
              onOpen={(row) => open({ kind: 'tool', id: printToolId(row) })}
              onSort={(wanted) => setSort(printSort(wanted))}
              {...(sort === undefined ? {} : { sort })}
            />
          )}
        </StateView>
      </div>
    </div>
  );
}

const size = (bytes: number | null, calls: number) =>
  bytes === null ? '–' : <span title={`${bytes} B in all`}>{formatBytes(bytes / Math.max(1, calls))}</span>;

function useColumns(): readonly Column<ToolRow>[] {
  const search = useSearch();
  const [zone] = useZone();
  const now = useNow();
  return useMemo(() => columnsOf(search, zone, now), [search, zone, now]);
}

function columnsOf(search: string, zone: Zone, now: number): readonly Column<ToolRow>[] {
  const number = (id: string, title: string, width: string, render: Column<ToolRow>['render']): Column<ToolRow> => ({
    id,
    title,
    width,
    align: 'end',
    sortable: true,
    render,
  });
  const onPhone = (width: string, column: Column<ToolRow>): Column<ToolRow> => ({ ...column, onPhone: width });
  const millis = (id: string, title: string, read: (row: ToolRow) => number) =>
    number(id, title, '80px', (row) => <span title={`${read(row)} ms`}>{formatDuration(read(row))}</span>);
  return [
    {
      id: 'server',
      title: 'Server',
      width: 'minmax(110px, 1fr)',
      onPhone: 'minmax(100px, 1fr)',
      sortable: true,
      render: ({ server }) => <code>{server}</code>,
    },
    {
      id: 'tool',
      title: 'Tool',
      width: 'minmax(170px, 2fr)',
      onPhone: 'minmax(120px, 2fr)',
      sortable: true,
      render: (row) => (
        <Link href={pageLink(toolPath(row), search)} onClick={(event) => event.stopPropagation()} className="mono">
          {row.tool}
        </Link>
      ),
    },
    number('calls', 'Calls', '72px', ({ calls }) => <span title={String(calls)}>{formatCount(calls)}</span>),
    onPhone(
      '80px',
      number('failed', 'Failed', '80px', (row) => (
        <span className={row.errors > 0 ? styles.failed : styles.soft} title={row.errors > 0 ? errorKindsText(row) : 'none failed'}>
          {row.errors > 0 && <span aria-hidden="true">● </span>}
          {formatShare(row.errors / Math.max(1, row.calls))}
        </span>
      )),
    ),
    {
      id: 'kinds',
      title: 'How they failed',
      width: 'minmax(150px, 1.5fr)',
      render: (row) => <span title={errorKindsText(row)}>{errorKindsText(row)}</span>,
    },
    millis('p50', 'p50', ({ p50_ms }) => p50_ms),
    onPhone(
      '78px',
      millis('p95', 'p95', ({ p95_ms }) => p95_ms),
    ),
    millis('p99', 'p99', ({ p99_ms }) => p99_ms),
    millis('max', 'Slowest', ({ max_ms }) => max_ms),
    number('in', 'Sent', '80px', ({ request_bytes, calls }) => size(request_bytes, calls)),
    number('out', 'Answered', '84px', ({ response_bytes, calls }) => size(response_bytes, calls)),
    {
      id: 'clients',
      title: 'Clients',
      width: 'minmax(130px, 1fr)',
      sortable: true,
      render: ({ clients }) => <span title={clients.join(', ')}>{clients.join(', ')}</span>,
    },
    {
      id: 'last',
      title: 'Last called',
      width: '100px',
      sortable: true,
      render: ({ last_seen }) => {
        const millisecond = Date.parse(last_seen);
        return Number.isNaN(millisecond) ? '' : <span title={formatExactTime(millisecond, zone)}>{formatAgo(millisecond, zone, now)}</span>;
      },
    },
  ];
}
