import type { ReactNode } from 'react';
import { Link, useSearch as useQueryString } from 'wouter';
import { formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import { operationOf, type SpanTable } from './span-table.ts';
import { millisOf } from './trace-api.ts';
import { TraceStateMark } from './trace-state.tsx';
import styles from './traces.module.css';
import { WaitBar } from './wait-bar.tsx';

type TraceHeaderProps = Readonly<{ table: SpanTable; logs?: number; level: 1 | 2; children?: ReactNode }>;

/** What is known of a trace at a glance. */
export function TraceHeader({ table, logs, level, children }: TraceHeaderProps) {
  const now = useNow();
  const [zone] = useZone();
  const queryString = useQueryString();
  const { outline } = table;
  const root = table.size > 0 ? operationOf(table, 0) : undefined;
  const started = millisOf(outline.start_nanos);
  const Title = level === 1 ? 'h1' : 'h2';
  const isOrphan = outline.orphans.includes(0);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <Title>
          {root?.name || 'unnamed'} <span className={styles.service}>{root?.service}</span>
        </Title>
        <TraceStateMark state={outline.state} success={outline.success} errors={table.messages.size} isEnded={!table.open.includes(1)} />
        <span className={styles.space} />
        {children}
      </div>
      <div className={styles.facts}>
        <span title={`${outline.duration_nanos} ns`}>
          took <b>{formatDuration(millisOf(outline.duration_nanos))}</b>
        </span>
        <time dateTime={new Date(started).toISOString()} title={formatExactTime(started, zone)}>
          started <b>{formatAgo(started, zone, Math.max(now, Date.parse(outline.now)))}</b>
        </time>
        <span>
          <b>{table.size.toLocaleString('en')}</b> {table.size === 1 ? 'operation' : 'operations'}
        </span>
        {logs !== undefined && (
          <Link href={pageLink(`/traces/${encodeURIComponent(outline.trace_id)}`, queryString, { view: 'logs' })}>
            <b>{logs.toLocaleString('en')}</b> {logs === 1 ? 'log' : 'logs'}
          </Link>
        )}
        <span className={styles.agents}>
          {outline.services.map((service) => (
            <span key={service} className={styles.agent}>
              <span className={styles.dot} style={{ background: seriesColour(service) }} />
              {service}
            </span>
          ))}
        </span>
        {isOrphan && <span>The caller of the first operation has not arrived.</span>}
      </div>
      <OpenOperations table={table} />
      <WaitBar table={table} />
    </header>
  );
}

const shownOpen = 3;

/** What a trace that runs is at: the innermost operations that have not ended. */
function OpenOperations({ table }: Readonly<{ table: SpanTable }>) {
  const open = [];
  for (let at = 0; at < table.size && open.length <= shownOpen; at += 1)
    if (table.open[at] === 1 && table.subtreeEnd[at] === at + 1) open.push(at);
  if (open.length === 0) return null;
  const word = table.outline.state === 'running' ? 'Running now' : 'Never ended';
  return (
    <p className={styles.open} role="status">
      {word}:{' '}
      {open
        .slice(0, shownOpen)
        .map(
          (at) =>
            `${operationOf(table, at).service} › ${operationOf(table, at).name} (${formatDuration(((table.end[at] as number) - (table.start[at] as number)) / 1e6)})`,
        )
        .join(', ')}
      {open.length > shownOpen ? ' and more' : ''}
    </p>
  );
}
