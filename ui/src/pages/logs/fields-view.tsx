import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { postJson } from '../../api/http.ts';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { FieldMenu } from '../../components/field-menu.tsx';
import { formatCount, formatShare } from '../../format/quantities.ts';
import { type Field, useFields } from '../../state/fields.ts';
import { type Search, searchQuery } from '../../state/search-query.ts';
import type { Interval } from '../../state/time-range.ts';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { searchPath } from './log-record.ts';
import styles from './logs.module.css';
import { ProblemNote } from './problem-note.tsx';
import { useColumns } from './use-columns.ts';
import { useSettled } from './use-settled.ts';
import own from './views.module.css';

type Top = Readonly<{ value: string; count: number }>;
type FieldRow = Field & Readonly<{ records: number; share: number; top: readonly Top[] }>;

/** Fields that are looked at together; more of them are found by typing part of the name. */
const mostFields = 150;
/** In one request: the number of aggregations is limited by the time that one question may take. */
const batch = 25;
const topValues = 10;

type Terms = Readonly<{ buckets: readonly Readonly<{ key: string | number; key_as_string?: string; doc_count: number }>[] }>;
type FieldsAnswer = Readonly<{
  hits: Readonly<{ total: Readonly<{ value: number }> }>;
  aggregations?: Readonly<Record<string, Readonly<{ doc_count: number; top?: Terms }>>>;
}>;

async function fetchBatch(index: string, search: Search, interval: Interval, fields: readonly Field[], signal: AbortSignal) {
  const aggs = Object.fromEntries(
    fields.map(({ name, aggregatable }, at) => [
      `f${at}`,
      { filter: { exists: { field: name } }, ...(aggregatable ? { aggs: { top: { terms: { field: name, size: topValues } } } } : {}) },
    ]),
  );
  const body = { size: 0, track_total_hits: true, query: searchQuery(search, interval), aggs };
  const { hits, aggregations = {} } = await postJson<FieldsAnswer>(searchPath(index), body, signal);
  return fields.map((field, at): FieldRow => {
    const found = aggregations[`f${at}`];
    const records = found?.doc_count ?? 0;
    const top = (found?.top?.buckets ?? []).map(({ key, key_as_string, doc_count }) => ({
      value: key_as_string ?? String(key),
      count: doc_count,
    }));
    return { ...field, records, share: records / Math.max(1, hits.total.value), top };
  });
}

/** All fields with how many records have them, and their commonest values. */
export function FieldsView({ index }: Readonly<{ index: string }>) {
  const { search } = useSearch();
  const { interval } = useTimeRange();
  const { columns: tableColumns, addColumn, setColumns } = useColumns();
  const [typed, setTyped] = useState('');
  const [openName, setOpenName] = useState('');
  const wanted = useSettled(typed.trim().toLowerCase(), 200);
  const all = useFields();
  const fields = useMemo(() => all.filter(({ name }) => !name.endsWith('.keyword') && name.toLowerCase().includes(wanted)), [all, wanted]);
  const query = useQuery({
    queryKey: ['log fields', index, search, interval, fields],
    enabled: all.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const rows: FieldRow[] = [];
      for (let at = 0; at < Math.min(fields.length, mostFields); at += batch)
        rows.push(...(await fetchBatch(index, search, interval, fields.slice(at, Math.min(at + batch, mostFields)), signal)));
      return rows
        .filter(({ records }) => records > 0)
        .sort((one, other) => other.records - one.records || one.name.localeCompare(other.name));
    },
  });
  const rows = query.data ?? [];
  const columns = useMemo(
    () =>
      fieldColumns(tableColumns, (name, isShown) => (isShown ? addColumn(name) : setColumns(tableColumns.filter((one) => one !== name)))),
    [tableColumns, addColumn, setColumns],
  );
  return (
    <div className={styles.lines}>
      <div className={styles.summary}>
        <input
          className={own.search}
          aria-label="Search fields"
          placeholder="Search fields …"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <span role="status">
          {query.data === undefined ? '' : `${rows.length} fields in the records that match`}
          {fields.length > mostFields
            ? `; of ${fields.length} known fields the first ${mostFields} are shown, type part of a name for others`
            : ''}
          {query.isFetching && ' …'}
        </span>
      </div>
      {query.error !== null && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <div className={styles.skeletons} role="status" aria-label="Loading" />}
      {query.data !== undefined && rows.length === 0 && <p className={styles.empty}>No record in this time has such a field.</p>}
      {rows.length > 0 && (
        <div className={styles.grid}>
          <DataGrid
            label="Fields"
            columns={columns}
            rows={rows}
            rowKey={({ name }) => name}
            selectedKey={openName}
            onOpen={({ name }) => setOpenName(name === openName ? '' : name)}
            detail={(row) => (row.name === openName ? <TopValues row={row} onAddColumn={addColumn} /> : undefined)}
          />
        </div>
      )}
    </div>
  );
}

function fieldColumns(shown: readonly string[], onShow: (name: string, isShown: boolean) => void): readonly Column<FieldRow>[] {
  return [
    {
      id: 'column',
      title: 'column',
      width: '64px',
      render: ({ name }) => (
        <input
          type="checkbox"
          aria-label={`${name} as a column`}
          checked={shown.includes(name)}
          onClick={(event) => event.stopPropagation()}
          onChange={(event) => onShow(name, event.target.checked)}
        />
      ),
    },
    { id: 'name', title: 'field', width: 'minmax(180px, 260px)', render: ({ name }) => <span className={own.mono}>{name}</span> },
    { id: 'type', title: 'type', width: '80px', render: ({ type }) => type },
    {
      id: 'share',
      title: 'in records',
      width: '150px',
      render: ({ share, records }) => (
        <span className={own.share} title={`${records} records`}>
          <span className={own.meter}>
            <span style={{ width: `${share * 100}%` }} />
          </span>
          {share > 0 && share < 0.001 ? '< 0.1 %' : formatShare(share)}
        </span>
      ),
    },
    {
      id: 'top',
      title: 'commonest values',
      width: 'minmax(240px, 1fr)',
      render: ({ top }) => (
        <span className={own.mono}>
          {top
            .slice(0, 4)
            .map(({ value, count }) => `${value === '' ? '(empty)' : value} (${formatCount(count)})`)
            .join('  ')}
        </span>
      ),
    },
  ];
}

function TopValues({ row, onAddColumn }: Readonly<{ row: FieldRow; onAddColumn: (field: string) => void }>) {
  if (row.top.length === 0) return <p className={own.note}>Values of this type are not counted.</p>;
  return (
    <ol className={own.top}>
      {row.top.map(({ value, count }) => (
        <li key={value}>
          <span className={own.count} title={String(count)}>
            {formatCount(count)}
          </span>
          <span className={own.meter}>
            <span style={{ width: `${(100 * count) / Math.max(1, row.records)}%` }} />
          </span>
          <span className={own.mono}>
            <FieldMenu field={row.name} value={value} onAddColumn={onAddColumn}>
              {value === '' ? '(empty)' : value}
            </FieldMenu>
          </span>
        </li>
      ))}
    </ol>
  );
}
