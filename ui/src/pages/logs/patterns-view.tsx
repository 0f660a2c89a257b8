import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { postJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import { type Column, DataGrid, type GridSort } from '../../components/data-grid.tsx';
import { LevelBadge } from '../../components/level-badge.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatCount, formatDuration } from '../../format/quantities.ts';
import { levelColour } from '../../format/series-colour.ts';
import { formatAgo } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useSetUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import { toggledCondition } from './conditions.ts';
import styles from './logs.module.css';
import { changeText, patternCondition } from './pattern-condition.ts';
import { ProblemNote } from './problem-note.tsx';
import own from './views.module.css';

type Pattern = Readonly<{
  pattern: string;
  count: number;
  count_before: number;
  trend: readonly number[];
  last: string;
  level: string;
  message: string;
  trace_id: string;
  agents: readonly string[];
}>;

type PatternsAnswer = Readonly<{
  patterns: readonly Pattern[];
  total: number;
  records: number;
  records_before: number;
  sampled_every: number;
  is_cut: boolean;
}>;

function usePatterns(index: string) {
  const { search } = useSearch();
  const { interval } = useTimeRange();
  return useQuery({
    queryKey: ['log patterns', index, search, interval],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => {
      const text = search.text.trim();
      const query = search.language === 'kql' ? { kql: { query: text } } : { query_string: { query: text } };
      const { startMillis, endMillis } = interval;
      const body = {
        index,
        ...(text === '' ? {} : { query }),
        start: new Date(startMillis).toISOString(),
        end: new Date(endMillis).toISOString(),
        limit: 1000,
      };
      return postJson<PatternsAnswer>('/api/log-patterns', body, signal);
    },
  });
}

/** Kinds of messages: how often, since when, and which are new. */
export function PatternsView({ index }: Readonly<{ index: string }>) {
  const { data, error, isPending, isFetching, refetch } = usePatterns(index);
  const { interval } = useTimeRange();
  const [sort, setSort] = useState<GridSort>({ column: 'count', descending: true });
  const [openPattern, setOpenPattern] = useState('');
  const knowsBefore = (data?.records_before ?? 0) > 0;
  const columns = useMemo(() => patternColumns(knowsBefore), [knowsBefore]);
  const rows = useMemo(() => sorted(data?.patterns ?? [], sort), [data, sort]);
  const length = formatDuration(interval.endMillis - interval.startMillis).replace(/ 0 [mh]$/, '');
  return (
    <div className={styles.lines}>
      <p className={styles.summary} role="status">
        {data !== undefined && (
          <>
            <span>
              {formatCount(data.total)} {data.total === 1 ? 'pattern' : 'patterns'} in {formatCount(data.records)} records
              {isFetching && ' …'}
            </span>
            <span>
              {knowsBefore
                ? `Compared with the ${length} before.`
                : `Nothing is stored of the ${length} before, so nothing can be called new.`}
            </span>
            {data.sampled_every > 1 && <strong>Estimated from one record in {data.sampled_every}.</strong>}
            {data.is_cut && <strong>There are more kinds; the rarest are left out.</strong>}
          </>
        )}
      </p>
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
      {isPending && <div className={styles.skeletons} role="status" aria-label="Loading" />}
      {data !== undefined && rows.length === 0 && <p className={styles.empty}>No records in this time match, so there are no patterns.</p>}
      {rows.length > 0 && (
        <div className={styles.grid}>
          <DataGrid
            label="Patterns of messages"
            columns={columns}
            rows={rows}
            rowKey={({ pattern }) => pattern}
            sort={sort}
            onSort={setSort}
            selectedKey={openPattern}
            onOpen={({ pattern }) => setOpenPattern(pattern === openPattern ? '' : pattern)}
            detail={(row) => (row.pattern === openPattern && openPattern !== '' ? <PatternDetail row={row} /> : undefined)}
          />
        </div>
      )}
    </div>
  );
}

/** New ones first, then those that grew most, then what shrank, then what is gone. */
const changeOf = ({ count, count_before: before }: Pattern): number =>
  before === 0 ? 1e9 + count : count === 0 ? -before : count / before;

function sorted(patterns: readonly Pattern[], { column, descending }: GridSort): readonly Pattern[] {
  const value = column === 'change' ? changeOf : ({ count }: Pattern) => count;
  const sign = descending ? -1 : 1;
  return patterns.toSorted((one, other) => sign * (value(one) - value(other)));
}

function patternColumns(knowsBefore: boolean): readonly Column<Pattern>[] {
  return [
    {
      id: 'count',
      title: 'count',
      width: '76px',
      onPhone: '70px',
      align: 'end',
      sortable: true,
      render: ({ count }) => <span title={String(count)}>{formatCount(count)}</span>,
    },
    {
      id: 'trend',
      title: 'trend',
      width: '100px',
      render: ({ trend, level }) => (
        <span className={own.trend}>
          <Sparkline values={trend} colour={levelColour(level)} />
        </span>
      ),
    },
    {
      id: 'change',
      title: 'change',
      width: '84px',
      onPhone: '64px',
      sortable: true,
      render: ({ count, count_before: before }) =>
        knowsBefore ? (
          <span
            className={own.change}
            data-change={before === 0 ? 'new' : count === 0 ? 'gone' : ''}
            title={`${count} now, ${before} before`}
          >
            {changeText(count, before)}
          </span>
        ) : (
          '–'
        ),
    },
    { id: 'level', title: 'level', width: '76px', render: ({ level }) => <LevelBadge level={level} /> },
    { id: 'agents', title: 'agent', width: '140px', render: ({ agents }) => <span title={agents.join(', ')}>{agents.join(', ')}</span> },
    {
      id: 'pattern',
      title: 'pattern',
      width: 'minmax(280px, 1fr)',
      onPhone: 'minmax(250px, 1fr)',
      render: ({ pattern }) => <Template text={pattern} />,
    },
  ];
}

function Template({ text }: Readonly<{ text: string }>) {
  if (text === '') return <span className={own.missing}>(no message)</span>;
  let at = 0;
  const parts = text.split(/(<\*>)/).map((part) => {
    at += part.length;
    return { part, at };
  });
  return (
    <span className={own.mono} title={text}>
      {parts.map(({ part, at: key }) =>
        part === '<*>' ? (
          <span key={key} className={own.hole}>
            *
          </span>
        ) : (
          part
        ),
      )}
    </span>
  );
}

function PatternDetail({ row }: Readonly<{ row: Pattern }>) {
  const { search } = useSearch();
  const set = useSetUrlState();
  const { open } = useDrawer();
  const [zone] = useZone();
  const nowMillis = useNow();
  const is = patternCondition(search, row.pattern, 'is');
  const isNot = patternCondition(search, row.pattern, 'isNot');
  const add = (condition: string, tab?: string) => set({ q: toggledCondition(search, condition), ...(tab === undefined ? {} : { tab }) });
  return (
    <div className={own.detail}>
      <p className={own.note}>The newest one, {formatAgo(Date.parse(row.last), zone, nowMillis)}:</p>
      <pre className={own.message}>{row.message === '' ? '(no message)' : row.message}</pre>
      <div className={own.actions}>
        {is !== undefined && isNot !== undefined ? (
          <>
            <button type="button" className={controls.link} onClick={() => add(is, '')}>
              Show its lines
            </button>
            <button type="button" className={controls.link} onClick={() => add(is)}>
              Only this pattern
            </button>
            <button type="button" className={controls.link} onClick={() => add(isNot)}>
              Without it
            </button>
          </>
        ) : (
          <span className={own.note}>It has no words to search for.</span>
        )}
        {row.trace_id !== '' && (
          <button type="button" className={controls.link} onClick={() => open({ kind: 'trace', id: row.trace_id })}>
            A trace with it ›
          </button>
        )}
      </div>
    </div>
  );
}
