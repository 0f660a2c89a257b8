import type { Search } from '../../../state/search-query.ts';
import { type Interval, stepOf } from '../../../state/time-range.ts';
import { type Dashboard, type Group, isChart, type JsonObject, type Metric, type Panel, type TextQuery } from './panel.ts';

/** What a panel is asked within: the time and search of the frame, and what holds for the whole dashboard. */
export type PanelContext = Readonly<{
  interval: Interval;
  search: Search;
  dashboard: Pick<Dashboard, 'query' | 'filters' | 'variables'>;
  /** By field: any of these values; none is no choice. */
  variables: Readonly<Record<string, readonly string[]>>;
  /** Width of numeric columns by field, where the panel leaves it open. See `stepRequest`. */
  steps: Readonly<Record<string, number>>;
}>;

/** Points of a map and cells of other grids; more would be no picture. */
export const mostCells = 2000;
const mostTimes = 80;

export const textQuery = ({ language, text }: TextQuery): readonly JsonObject[] => {
  const query = text.trim();
  if (query === '' || query === '*') return [];
  return [language === 'kql' ? { kql: { query } } : { query_string: { query } }];
};

/** The records that a panel looks at. */
export function panelQuery(panel: Panel, { interval, search, dashboard, variables }: PanelContext): JsonObject {
  const { startMillis, endMillis } = interval;
  const chosen = dashboard.variables.flatMap(({ field }) => {
    const [value, ...others] = variables[field] ?? [];
    if (value === undefined) return [];
    return [others.length === 0 ? { term: { [keywordOf(field)]: { value } } } : { terms: { [keywordOf(field)]: [value, ...others] } }];
  });
  return {
    bool: {
      filter: [
        { range: { [panel.timeField]: { gte: startMillis, lt: endMillis, format: 'epoch_millis' } } },
        ...textQuery(search),
        ...textQuery(dashboard.query),
        ...dashboard.filters,
        ...chosen,
        ...textQuery(panel.query),
        ...panel.filters,
      ],
    },
  };
}

/** `term` on text compares words, and `x.keyword` the whole value, whatever the mapping says (docs/query/search.md). */
export const keywordOf = (field: string): string => (field.startsWith('_') || field.endsWith('.keyword') ? field : `${field}.keyword`);

/** The body of `_search` for a panel; undefined for one that asks for nothing. */
export function panelRequest(panel: Panel, context: PanelContext): JsonObject | undefined {
  const { content } = panel;
  if (content.kind === 'markdown') return undefined;
  const query = panelQuery(panel, context);
  if (content.kind === 'logs') {
    return {
      size: 200,
      track_total_hits: true,
      query,
      _source: false,
      fields: [...new Set([panel.timeField, 'level', ...content.columns])].filter((name) => name !== '_index' && name !== '_source'),
      sort: [
        ...content.sort.map(({ field, descending }) => ({ [field]: { order: descending ? 'desc' : 'asc', unmapped_type: 'keyword' } })),
      ],
    };
  }
  if (content.kind === 'map') {
    const { field, metric } = content;
    return {
      size: 0,
      track_total_hits: true,
      query,
      aggs: {
        cells: {
          geotile_grid: { field, precision: 6, size: mostCells },
          aggs: { place: { geo_centroid: { field } }, ...metricAggregations([metric], panel.timeField) },
        },
      },
    };
  }
  const { groups, metrics } = content;
  return { size: 0, track_total_hits: true, query, aggs: levelAggregations(groups, metrics, panel, context, 0) };
}

function levelAggregations(
  groups: readonly Group[],
  metrics: readonly Metric[],
  panel: Panel,
  context: PanelContext,
  depth: number,
): JsonObject {
  const own = metricAggregations(metrics, panel.timeField);
  const [group, ...rest] = groups;
  if (group === undefined) return own;
  const inner =
    rest.length === 0 ? own : { ...(needsOwn(group) ? own : {}), ...levelAggregations(rest, metrics, panel, context, depth + 1) };
  const aggs = Object.keys(inner).length === 0 ? {} : { aggs: inner };
  return { [`g${depth}`]: { ...groupAggregation(group, metrics, context), ...aggs } };
}

const needsOwn = (group: Group) => group.by === 'terms' && group.order.by === 'metric';

/** Length of a column of time in milliseconds, or a unit of the calendar. */
export function timeStep(interval: string, range: Interval): number | 'month' | 'quarter' | 'year' {
  if (/^(?:1M|month)$/.test(interval)) return 'month';
  if (/^(?:1q|quarter)$/.test(interval)) return 'quarter';
  if (/^(?:1y|year)$/.test(interval)) return 'year';
  const parts = /^(\d+)(ms|s|m|h|d|w)$/.exec(interval);
  const shortest = stepOf(range, mostTimes);
  if (parts === null) return shortest;
  const step = Number(parts[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }[parts[2] as string] ?? 1);
  // A minute of each column of a year is more than the server or a picture takes.
  return (range.endMillis - range.startMillis) / Math.max(1, step) > 5000 ? shortest : Math.max(1, step);
}

/** Of a histogram without a step of its own. */
const widthOf = (group: Extract<Group, { by: 'number' }>, steps: PanelContext['steps']) =>
  group.step > 0 ? group.step : (steps[group.field] ?? 1);

export function rangeKey({ from, to }: Readonly<{ from?: number; to?: number }>): string {
  if (from === undefined) return to === undefined ? 'all' : `< ${to}`;
  return to === undefined ? `≥ ${from}` : `${from} – ${to}`;
}

function groupAggregation(group: Group, metrics: readonly Metric[], { interval, steps }: PanelContext): JsonObject {
  if (group.by === 'time') {
    const step = timeStep(group.interval, interval);
    const length = typeof step === 'number' ? { fixed_interval: `${step}ms` } : { calendar_interval: step };
    return { date_histogram: { field: group.field, ...length, min_doc_count: 1 } };
  }
  if (group.by === 'filters') {
    const filters = group.filters.map(({ query }, at) => [`f${at}`, textQuery(query)[0] ?? { match_all: {} }]);
    return { filters: { filters: Object.fromEntries(filters) } };
  }
  if (group.by === 'number') return { histogram: { field: group.field, interval: widthOf(group, steps), min_doc_count: 1 } };
  if (group.by === 'ranges') return { range: { field: group.field, ranges: group.ranges.map((one) => ({ ...one, key: rangeKey(one) })) } };
  return { terms: { field: group.field, size: group.size, order: termsOrder(group.order, metrics) } };
}

function termsOrder(order: Extract<Group, { by: 'terms' }>['order'], metrics: readonly Metric[]): JsonObject {
  const direction = order.descending ? 'desc' : 'asc';
  if (order.by === 'name') return { _key: direction };
  const metric = order.by === 'metric' ? metrics[order.metric] : undefined;
  // Elasticsearch cannot order by a metric that is a record of its own.
  if (order.by !== 'metric' || metric === undefined || metric.operation === 'last') return { _count: direction };
  const hasFilter = textQuery(metric.filter ?? { language: 'lucene', text: '' }).length > 0;
  if (metric.operation === 'count') return hasFilter ? { [`m${order.metric}`]: direction } : { _count: direction };
  const value = metric.operation === 'percentile' ? `.${metric.percent ?? 95}` : metric.operation === 'median' ? '.50' : '';
  return { [hasFilter ? `m${order.metric}>v${value}` : `m${order.metric}${value}`]: direction };
}

function metricAggregations(metrics: readonly Metric[], timeField: string): JsonObject {
  return Object.fromEntries(
    metrics.flatMap((metric, at) => {
      const value = metricAggregation(metric, timeField);
      const [filter] = textQuery(metric.filter ?? { language: 'lucene', text: '' });
      if (filter === undefined) return value === undefined ? [] : [[`m${at}`, value]];
      return [[`m${at}`, { filter, ...(value === undefined ? {} : { aggs: { v: value } }) }]];
    }),
  );
}

function metricAggregation({ operation, field = '', percent }: Metric, timeField: string): JsonObject | undefined {
  switch (operation) {
    case 'count':
      return undefined;
    case 'median':
      return { percentiles: { field, percents: [50] } };
    case 'percentile':
      return { percentiles: { field, percents: [percent ?? 95] } };
    case 'unique':
      return { cardinality: { field } };
    case 'values':
      return { value_count: { field } };
    case 'last':
      return { top_metrics: { metrics: [{ field }], sort: [{ [timeField]: 'desc' }] } };
    case 'avg':
    case 'sum':
    case 'min':
    case 'max':
      return { [operation]: { field } };
  }
}

/** Asks for the smallest and largest value of each field whose columns have no width yet; undefined when there is none. */
export function stepRequest(panel: Panel, context: PanelContext): JsonObject | undefined {
  const fields = openFields(panel);
  if (fields.length === 0) return undefined;
  return {
    size: 0,
    query: panelQuery(panel, context),
    aggs: Object.fromEntries(fields.map((field, at) => [`s${at}`, { percentiles: { field, percents: [0, 99] } }])),
  };
}

const openFields = ({ content }: Panel): readonly string[] =>
  isChart(content) ? content.groups.flatMap((group) => (group.by === 'number' && group.step <= 0 ? [group.field] : [])) : [];

/** The answer to `stepRequest` as widths that people read easily, 30 columns up to the 99th percentile. */
export function stepsOf(panel: Panel, answer: JsonObject): Readonly<Record<string, number>> {
  const found = answer.aggregations as Readonly<Record<string, Readonly<{ values?: Readonly<Record<string, number | null>> }>>> | undefined;
  return Object.fromEntries(
    openFields(panel).map((field, at) => {
      const values = Object.values(found?.[`s${at}`]?.values ?? {}).flatMap((value) => (typeof value === 'number' ? [value] : []));
      const width = (Math.max(...values, 0) - Math.min(...values, 0)) / 30;
      return [field, roundStep(width)];
    }),
  );
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(width: number): number {
  if (!(width > 0) || !Number.isFinite(width)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return (([1, 2, 5, 10].find((factor) => factor * power >= width) ?? 10) * power) as number;
}

/** Where a panel's request goes. A literal index that does not exist yet is empty, as it is for a pattern. */
export const panelPath = ({ index }: Panel): string =>
  `/elasticsearch/${(index.trim() || '*')
    .split(',')
    .map((name) => encodeURIComponent(name.trim()))
    .join(',')}/_search?ignore_unavailable=true`;
