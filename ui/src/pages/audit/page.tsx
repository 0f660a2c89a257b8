import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { type AuditFilter, type AuditRecord, listAudit } from '../../api/audit.ts';
import { csvLine, download } from '../../api/download.ts';
import controls from '../../components/controls.module.css';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import layout from '../../components/page-layout.module.css';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import styles from './audit.module.css';
import { AuditDetails } from './audit-details.tsx';
import { ResultMark } from './result-mark.tsx';
import { VerificationState } from './verification-state.tsx';

const filterNames = ['actor', 'action', 'resource', 'result'] as const;

/** Who did what, on what, with which result: the log that nothing else can remove from. */
export function Page() {
  const filter = useAuditFilter();
  const now = useNow();
  const [zone] = useZone();
  const { open } = useDrawer();
  const [openSeq, setOpenSeq] = useState<number | undefined>();
  const asked = useInfiniteQuery({
    queryKey: ['audit', filter],
    initialPageParam: undefined as number | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => listAudit(filter, pageParam, signal),
    getNextPageParam: (page) => page.next_before,
  });
  const records = useMemo(() => (asked.data?.pages ?? []).flatMap((page) => page.records), [asked.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const columns = useMemo<readonly Column<AuditRecord>[]>(
    () => [
      { id: 'seq', title: '#', width: '72px', align: 'end', render: ({ seq }) => <span className="mono">{seq}</span> },
      {
        id: 'time',
        title: 'Time',
        width: '180px',
        onPhone: '108px',
        render: ({ time }) => (
          <time className="mono" dateTime={time} title={formatExactTime(Date.parse(time), zone)}>
            {formatTime(Date.parse(time), zone, now)}
          </time>
        ),
      },
      { id: 'actor', title: 'Who', width: 'minmax(110px, 1fr)', onPhone: 'minmax(80px, 1fr)', render: ({ actor }) => actor },
      { id: 'action', title: 'Did', width: 'minmax(110px, 1fr)', onPhone: 'minmax(80px, 1fr)', render: ({ action }) => action },
      { id: 'resource', title: 'On', width: 'minmax(140px, 2fr)', render: ({ resource }) => resource },
      { id: 'result', title: 'Result', width: '130px', onPhone: '96px', render: ({ result }) => <ResultMark result={result} /> },
    ],
    [zone, now],
  );

  return (
    <div className={styles.page}>
      <header className={layout.head}>
        <h1>Audit</h1>
        <VerificationState />
        <ExportButtons filter={filter} />
      </header>
      <Filters />
      <div className={layout.fill}>
        <StateView
          query={{ ...asked, data: asked.data === undefined ? undefined : records }}
          height={240}
          isEmpty={(all) => all.length === 0 && !hasNextPage}
          empty="No audit records in this time. They come from recorders with --audit, from log records with audit.* fields, and from POST /api/audit."
        >
          {(all) => (
            <DataGrid
              label="Audit records"
              columns={columns}
              rows={all}
              rowKey={({ seq }) => String(seq)}
              onEnd={onEnd}
              onOpen={({ seq }) => setOpenSeq(seq === openSeq ? undefined : seq)}
              detail={(record) =>
                record.seq === openSeq ? <AuditDetails record={record} onTrace={(id) => open({ kind: 'trace', id })} /> : undefined
              }
            />
          )}
        </StateView>
      </div>
    </div>
  );
}

function useAuditFilter(): AuditFilter {
  const { interval } = useTimeRange();
  const [actor] = useUrlState('actor');
  const [action] = useUrlState('action');
  const [resource] = useUrlState('resource');
  const [result] = useUrlState('result');
  return useMemo(() => {
    const start = new Date(interval.startMillis).toISOString();
    const end = new Date(interval.endMillis).toISOString();
    return { actor, action, resource, result, start, end };
  }, [actor, action, resource, result, interval]);
}

function Filters() {
  return (
    <div className={styles.filters}>
      {filterNames.map((name) => (
        <FilterField key={name} name={name} />
      ))}
    </div>
  );
}

const titles = { actor: 'Who', action: 'Did', resource: 'On', result: 'Result' } as const;

function FilterField({ name }: Readonly<{ name: (typeof filterNames)[number] }>) {
  const [value, setValue] = useUrlState(name);
  const [typed, setTyped] = useState(value);
  const submit = () => setValue(typed.trim());
  return (
    <label>
      {titles[name]}{' '}
      <input
        className={controls.field}
        value={typed}
        placeholder="any"
        onChange={(event) => setTyped(event.target.value)}
        onBlur={submit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') submit();
        }}
      />
    </label>
  );
}

/** All that match, page by page; the chain can be checked in what NDJSON holds. */
function ExportButtons({ filter }: Readonly<{ filter: AuditFilter }>) {
  const [state, setState] = useState('');
  const collect = async (name: string, contentType: string, head: string, line: (record: AuditRecord) => string) => {
    const lines: string[] = [head];
    let before: number | undefined;
    try {
      do {
        const page = await listAudit(filter, before);
        lines.push(page.records.map(line).join(''));
        before = page.next_before;
        setState(`${lines.length - 1} pages`);
      } while (before !== undefined);
      download(name, contentType, lines);
      setState('');
    } catch (error) {
      setState(`Not exported: ${(error as Error).message}`);
    }
  };
  const csv = () =>
    collect('audit.csv', 'text/csv', csvLine(['seq', 'time', 'actor', 'action', 'resource', 'result', 'details', 'hash']), (record) =>
      csvLine([
        String(record.seq),
        record.time,
        record.actor,
        record.action,
        record.resource,
        record.result,
        JSON.stringify(record.details),
        record.hash,
      ]),
    );
  const ndjson = () => collect('audit.ndjson', 'application/x-ndjson', '', (record) => `${JSON.stringify(record)}\n`);
  return (
    <span className={styles.export}>
      <span role="status">{state}</span>
      <button type="button" className={controls.button} onClick={() => void ndjson()}>
        Export NDJSON
      </button>
      <button type="button" className={controls.button} onClick={() => void csv()}>
        Export CSV
      </button>
    </span>
  );
}
