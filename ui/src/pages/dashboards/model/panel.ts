import type { QueryLanguage } from '../../../state/search-query.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** As in the search bar; an empty text is everything. */
export type TextQuery = Readonly<{ language: QueryLanguage; text: string }>;

export const metricOperations = ['count', 'avg', 'sum', 'min', 'max', 'median', 'percentile', 'unique', 'values', 'last'] as const;

/** A number of each group of records. All but `count` need a field; `percent` belongs to `percentile`. */
export type Metric = Readonly<{
  operation: (typeof metricOperations)[number];
  field?: string;
  percent?: number;
  label?: string;
  /** Only records that match count for this number. */
  filter?: TextQuery;
}>;

export type TermsOrder = Readonly<{ by: 'count' | 'name'; descending: boolean } | { by: 'metric'; metric: number; descending: boolean }>;

/** `x` stands along the axis (in tables: at the left); each value of a `split` is a series of its own (in heatmaps: a row). */
export type GroupRole = 'x' | 'split';

type GroupKind =
  /** `interval`: `auto`, `30s`, `5m`, `1h`, `1d`, `7d`, or a month, quarter or year of the calendar. */
  | Readonly<{ by: 'time'; field: string; interval: string }>
  | Readonly<{ by: 'terms'; field: string; size: number; order: TermsOrder }>
  | Readonly<{ by: 'filters'; filters: readonly Readonly<{ label: string; query: TextQuery }>[] }>
  /** Columns of equal width; `step` 0 chooses one. */
  | Readonly<{ by: 'number'; field: string; step: number }>
  /** From inclusive, to exclusive. */
  | Readonly<{ by: 'ranges'; field: string; ranges: readonly Readonly<{ from?: number; to?: number }>[] }>;

export type Group = GroupKind & Readonly<{ role: GroupRole; label?: string }>;

export const chartKinds = ['line', 'area', 'bar', 'stacked_bar', 'histogram', 'heatmap', 'table', 'statistic'] as const;
export type ChartKind = (typeof chartKinds)[number];
export type PanelKind = ChartKind | 'map' | 'logs' | 'markdown';

export const panelKinds: readonly PanelKind[] = [...chartKinds, 'map', 'logs', 'markdown'];

/** Groups are in the order in which they are nested: the first is divided by the second, and so on. */
export type ChartContent = Readonly<{ kind: ChartKind; groups: readonly Group[]; metrics: readonly Metric[] }>;

export type PanelContent =
  | ChartContent
  | Readonly<{ kind: 'map'; field: string; metric: Metric }>
  | Readonly<{ kind: 'logs'; columns: readonly string[]; sort: readonly Readonly<{ field: string; descending: boolean }>[] }>
  | Readonly<{ kind: 'markdown'; text: string }>;

/** In units of a grid of 48 columns; a unit of height is 20 pixels. */
export type Place = Readonly<{ x: number; y: number; w: number; h: number }>;

export type Panel = Readonly<{
  id: string;
  title: string;
  place: Place;
  index: string;
  timeField: string;
  query: TextQuery;
  /** Queries of Elasticsearch's DSL that must hold as well. */
  filters: readonly JsonObject[];
  content: PanelContent;
}>;

/** A field of which the reader chooses values (or none) for all panels. They are in the URL as `var-<field>`, once each. */
export type Variable = Readonly<{ field: string; label: string }>;

export type Dashboard = Readonly<{
  title: string;
  description: string;
  /** The time that it opens with. */
  time?: Readonly<{ from: string; to: string }>;
  refreshSeconds?: number;
  query: TextQuery;
  filters: readonly JsonObject[];
  variables: readonly Variable[];
  panels: readonly Panel[];
}>;

export const gridColumns = 48;
export const everything: TextQuery = { language: 'lucene', text: '' };
export const count: Metric = { operation: 'count' };

export const isChart = (content: PanelContent): content is ChartContent => (chartKinds as readonly string[]).includes(content.kind);

export const kindTitles: Readonly<Record<PanelKind, string>> = {
  line: 'Lines',
  area: 'Areas',
  bar: 'Bars',
  stacked_bar: 'Stacked bars',
  histogram: 'Histogram',
  heatmap: 'Heatmap',
  table: 'Table',
  statistic: 'Statistic',
  map: 'Map',
  logs: 'Log list',
  markdown: 'Text',
};
