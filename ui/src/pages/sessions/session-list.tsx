import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLocation, useSearch as useQueryString } from 'wouter';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import layout from '../../components/page-layout.module.css';
import { StateView } from '../../components/state-view.tsx';
import { formatCount, formatDuration } from '../../format/quantities.ts';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useZone } from '../../state/zone.ts';
import styles from './sessions.module.css';
import { listSessions, mostSessions, type SessionSummary } from './sessions-api.ts';

export function SessionList() {
  const { interval } = useTimeRange();
  const { search } = useSearch();
  const now = useNow();
  const [zone] = useZone();
  const [, navigate] = useLocation();
  const queryString = useQueryString();
  const asked = useQuery({
    queryKey: ['sessions', search, interval],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => listSessions(search, interval, signal),
  });
  const columns = useMemo<readonly Column<SessionSummary>[]>(
    () => [
      {
        id: 'last',
        title: 'Last message',
        width: '150px',
        onPhone: '102px',
        render: ({ lastMillis }) => <span title={formatExactTime(lastMillis, zone)}>{formatAgo(lastMillis, zone, now)}</span>,
      },
      { id: 'client', title: 'Client', width: 'minmax(120px, 1fr)', onPhone: 'minmax(112px, 1fr)', render: ({ client }) => client || '–' },
      { id: 'server', title: 'Server', width: 'minmax(120px, 1fr)', onPhone: 'minmax(88px, 1fr)', render: ({ server }) => server || '–' },
      { id: 'calls', title: 'Requests', width: '90px', align: 'end', render: ({ calls }) => formatCount(calls) },
      {
        id: 'failed',
        title: 'Failed',
        width: '80px',
        onPhone: '64px',
        align: 'end',
        render: ({ failed }) => (
          <span className={failed > 0 ? styles.failed : undefined}>{failed > 0 ? `● ${formatCount(failed)}` : '0'}</span>
        ),
      },
      {
        id: 'lasted',
        title: 'From first to last',
        width: '130px',
        align: 'end',
        render: ({ firstMillis, lastMillis }) => formatDuration(lastMillis - firstMillis),
      },
      {
        id: 'transport',
        title: 'Over',
        width: '70px',
        render: ({ transport }) => (transport === 'pipe' ? 'stdio' : transport === 'tcp' ? 'HTTP' : '–'),
      },
      { id: 'protocol', title: 'Revision', width: '100px', render: ({ protocol }) => protocol || '–' },
      { id: 'id', title: 'Session', width: 'minmax(190px, 1fr)', render: ({ id }) => <code>{id}</code> },
    ],
    [now, zone],
  );
  return (
    <div className={layout.page}>
      <header className={styles.head}>
        <h1>Sessions</h1>
        <p className={styles.note}>
          {asked.data === undefined
            ? ''
            : `${asked.data.length}${asked.data.length === mostSessions ? ' or more' : ''} conversations with messages in this time`}
        </p>
      </header>
      <div className={layout.fill}>
        <StateView
          query={asked}
          height={240}
          isEmpty={(sessions) => sessions.length === 0}
          empty="No conversation in this time. Put `npx meshscope wrap --` in front of an MCP server's command, or `npx meshscope proxy --to URL` before one on HTTP."
        >
          {(sessions) => (
            <DataGrid
              label="Sessions"
              columns={columns}
              rows={sessions}
              rowKey={({ id }) => id}
              onOpen={({ id }) => navigate(pageLink(`/sessions/${encodeURIComponent(id)}`, queryString))}
            />
          )}
        </StateView>
      </div>
    </div>
  );
}
