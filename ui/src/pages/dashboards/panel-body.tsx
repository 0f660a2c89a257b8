import { lazy, Suspense } from 'react';
import { ErrorNote } from '../../components/state-view.tsx';
import styles from './dashboards.module.css';
import { isChart, type Panel } from './model/panel.ts';
import { HeatmapView } from './panels/heatmap-view.tsx';
import { LogListView } from './panels/log-list-view.tsx';
import { MarkdownView } from './panels/markdown-view.tsx';
import { PlacesTable } from './panels/places-table.tsx';
import { SeriesView } from './panels/series-view.tsx';
import { StatisticView } from './panels/statistic-view.tsx';
import { TableView } from './panels/table-view.tsx';
import type { AnsweredPanel } from './use-panel-data.ts';

// The outline of the land is large, and few dashboards have a map.
const WorldMap = lazy(async () => ({ default: (await import('./panels/world-map.tsx')).WorldMap }));

type Asked = Readonly<{ data: AnsweredPanel | undefined; error: unknown; isPending: boolean; refetch: () => unknown }>;

type PanelBodyProps = Readonly<{ panel: Panel; query: Asked; height: number; showNumbers: boolean }>;

/** What a panel shows, or why it shows nothing. */
export function PanelBody({ panel, query, height, showNumbers }: PanelBodyProps) {
  if (panel.content.kind === 'markdown') return <MarkdownView text={panel.content.text} />;
  const { data: answered, error } = query;
  if (answered === undefined) {
    if (error !== null) return <ErrorNote error={error} retry={() => query.refetch()} />;
    return <div className={styles.waiting} role="status" aria-label="Loading" />;
  }
  return (
    <>
      {error !== null && <ErrorNote error={error} retry={() => query.refetch()} />}
      {isEmpty(answered) ? (
        <p className={styles.empty}>{emptyText(answered)}</p>
      ) : (
        <Shown panel={answered.panel} answered={answered} height={height} showNumbers={showNumbers} />
      )}
    </>
  );
}

function emptyText({ panel: { content }, data: { total }, context }: AnsweredPanel): string {
  if (content.kind === 'map' && total > 0) return `${total.toLocaleString('en')} records, none of which has a place in ${content.field}.`;
  if (total > 0) return `${total.toLocaleString('en')} records, none of which has the fields that this panel groups by.`;
  return `No records for this in the chosen time${context.search.text.trim() === '' ? '' : ' and search'}.`;
}

/** A number of nothing is 0, which is an answer. */
const isEmpty = ({ panel: { content }, data }: AnsweredPanel): boolean =>
  content.kind === 'map'
    ? data.cells.length === 0
    : content.kind === 'logs'
      ? data.hits.length === 0
      : content.kind !== 'statistic' && (data.rows.length === 0 || data.total === 0);

function Shown({
  panel,
  answered,
  height,
  showNumbers,
}: Readonly<{ panel: Panel; answered: AnsweredPanel; height: number; showNumbers: boolean }>) {
  const { content } = panel;
  if (content.kind === 'logs') return <LogListView answered={answered} columns={content.columns} />;
  if (content.kind === 'map' && showNumbers) return <PlacesTable answered={answered} metric={content.metric} />;
  if (content.kind === 'map') {
    return (
      <Suspense fallback={<div className={styles.waiting} role="status" aria-label="Loading" />}>
        <WorldMap answered={answered} metric={content.metric} />
      </Suspense>
    );
  }
  if (!isChart(content)) return null;
  if (content.kind === 'table' || showNumbers) return <TableView answered={answered} content={content} />;
  if (content.kind === 'statistic') return <StatisticView answered={answered} content={content} />;
  if (content.kind === 'heatmap') return <HeatmapView answered={answered} content={content} height={height} />;
  return <SeriesView answered={answered} content={content} height={height} />;
}
