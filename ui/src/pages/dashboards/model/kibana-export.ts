import type { Reference } from './kibana-source.ts';
import {
  type Dashboard,
  everything,
  type Group,
  isChart,
  type JsonObject,
  type Metric,
  type Panel,
  type PanelContent,
  type TextQuery,
} from './panel.ts';

type Exported = Readonly<{ id: string; type: string; attributes: JsonObject; references: readonly Reference[] }>;

const json = (value: unknown): string => JSON.stringify(value);
const queryOf = ({ language, text }: TextQuery) => ({ query: text, language: language === 'kql' ? 'kuery' : 'lucene' });

/** Filters of any kind are Kibana's "custom" ones. */
const filtersOf = (filters: readonly JsonObject[]) =>
  filters.map((query) => ({
    meta: { type: 'custom', key: 'query', alias: null, disabled: false, negate: false, value: json(query) },
    query,
    $state: { store: 'appState' },
  }));

/** A dashboard as Kibana imports it: NDJSON of index patterns, panels, and the dashboard that refers to them. */
export function exportKibana(id: string, dashboard: Dashboard): string {
  const patterns = new Map(dashboard.panels.map((panel) => [patternId(panel), patternOf(panel)]));
  const panels = dashboard.panels.map((panel) => panelOf(id, panel));
  return [...patterns.values(), ...panels, dashboardOf(id, dashboard, panels)].map((object) => `${json(object)}\n`).join('');
}

const patternId = ({ index, timeField }: Panel): string => `meshscope-${index}-${timeField}`;

const patternOf = (panel: Panel): Exported => ({
  id: patternId(panel),
  type: 'index-pattern',
  attributes: { title: panel.index, timeFieldName: panel.timeField },
  references: [],
});

const indexReference = 'kibanaSavedObjectMeta.searchSourceJSON.index';

function panelOf(dashboardId: string, panel: Panel): Exported {
  const { content, title } = panel;
  const id = `${dashboardId}-${panel.id}`;
  const references = [{ name: indexReference, type: 'index-pattern', id: patternId(panel) }];
  const searchSourceJSON = json({ query: queryOf(panel.query), filter: filtersOf(panel.filters), indexRefName: indexReference });
  const kibanaSavedObjectMeta = { searchSourceJSON };
  if (content.kind === 'logs') {
    const sort = content.sort.map(({ field, descending }) => [field, descending ? 'desc' : 'asc']);
    return {
      id,
      type: 'search',
      attributes: { title, description: '', columns: content.columns, sort, kibanaSavedObjectMeta },
      references,
    };
  }
  if (content.kind === 'map') return mapOf(id, panel, content);
  const visState = { title, ...visStateOf(content) };
  return {
    id,
    type: 'visualization',
    attributes: { title, description: '', visState: json(visState), uiStateJSON: '{}', version: 1, kibanaSavedObjectMeta },
    references,
  };
}

function mapOf(id: string, panel: Panel, { field, metric }: Extract<PanelContent, { kind: 'map' }>): Exported {
  const name = 'layer_0_source_index_pattern';
  const { type, params } = metricAgg(metric);
  const { customLabel, ...own } = params;
  const sourceDescriptor = {
    type: 'ES_GEO_GRID',
    id: 'grid',
    geoField: field,
    requestType: 'point',
    resolution: 'COARSE',
    metrics: [{ type, ...own, ...(customLabel !== undefined && { label: customLabel }) }],
    indexPatternRefName: name,
  };
  const layers = [
    {
      id: 'layer',
      type: 'GEOJSON_VECTOR',
      visible: true,
      alpha: 0.75,
      minZoom: 0,
      maxZoom: 24,
      style: { type: 'VECTOR', properties: {} },
      sourceDescriptor,
    },
  ];
  return {
    id,
    type: 'map',
    attributes: {
      title: panel.title,
      description: '',
      layerListJSON: json(layers),
      mapStateJSON: json({ query: queryOf(panel.query), filters: filtersOf(panel.filters) }),
      uiStateJSON: '{}',
    },
    references: [{ name, type: 'index-pattern', id: patternId(panel) }],
  };
}

const types = {
  line: 'line',
  area: 'area',
  bar: 'histogram',
  stacked_bar: 'histogram',
  histogram: 'histogram',
  heatmap: 'heatmap',
  table: 'table',
  statistic: 'metric',
} as const;

function visStateOf(content: Exclude<PanelContent, { kind: 'logs' | 'map' }>): JsonObject {
  if (!isChart(content)) return { type: 'markdown', params: { markdown: content.text, fontSize: 12, openLinksInNewTab: false }, aggs: [] };
  const { kind, groups, metrics } = content;
  const metricAggs = metrics.map((metric, at) => ({ id: String(at + 1), enabled: true, schema: 'metric', ...metricAgg(metric) }));
  const bucketAggs = groups.map((group, at) => ({
    id: String(metrics.length + at + 1),
    enabled: true,
    schema: kind === 'table' ? 'bucket' : kind === 'statistic' || group.role === 'split' ? 'group' : 'segment',
    ...bucketAgg(group, metrics),
  }));
  const isAxis = kind === 'line' || kind === 'area' || types[kind] === 'histogram';
  const mode = kind === 'stacked_bar' || kind === 'area' ? 'stacked' : 'normal';
  const seriesParams = metrics.map((_, at) => ({
    show: true,
    type: types[kind],
    mode,
    data: { id: String(at + 1), label: '' },
    valueAxis: 'ValueAxis-1',
  }));
  return {
    type: types[kind],
    params: { type: types[kind], addTooltip: true, addLegend: true, ...(isAxis && { seriesParams }) },
    aggs: [...metricAggs, ...bucketAggs],
  };
}

const metricTypes: Readonly<Record<Metric['operation'], string>> = {
  count: 'count',
  avg: 'avg',
  sum: 'sum',
  min: 'min',
  max: 'max',
  median: 'median',
  percentile: 'percentiles',
  unique: 'cardinality',
  values: 'value_count',
  last: 'top_metrics',
};

type AggOf = Readonly<{ type: string; params: JsonObject }>;

function metricAgg(metric: Metric): AggOf {
  const { operation, field, percent, label, filter } = metric;
  const customLabel = label === undefined ? {} : { customLabel: label };
  if (filter !== undefined) {
    const { filter: _, label: __, ...inner } = metric;
    const customBucket = { id: '1', enabled: true, type: 'filter', params: { filter: queryOf(filter) } };
    return {
      type: 'filtered_metric',
      params: { customBucket, customMetric: { id: '1', enabled: true, ...metricAgg(inner) }, ...customLabel },
    };
  }
  return {
    type: metricTypes[operation],
    params: {
      ...(field !== undefined && { field }),
      ...(operation === 'percentile' && { percents: [percent ?? 95] }),
      ...(operation === 'last' && { size: 1, sortOrder: 'desc' }),
      ...customLabel,
    },
  };
}

function bucketAgg(group: Group, metrics: readonly Metric[]): AggOf {
  const customLabel = group.label === undefined ? {} : { customLabel: group.label };
  switch (group.by) {
    case 'time':
      return {
        type: 'date_histogram',
        params: { field: group.field, interval: kibanaInterval(group.interval), min_doc_count: 1, extended_bounds: {}, ...customLabel },
      };
    case 'terms': {
      const order = { size: group.size, order: group.order.descending ? 'desc' : 'asc', ...orderOf(group.order, metrics) };
      return { type: 'terms', params: { field: group.field, ...order, otherBucket: false, missingBucket: false, ...customLabel } };
    }
    case 'filters':
      return {
        type: 'filters',
        params: { filters: group.filters.map(({ label, query }) => ({ input: queryOf(query), label })), ...customLabel },
      };
    case 'number':
      return {
        type: 'histogram',
        params: { field: group.field, interval: group.step > 0 ? group.step : 'auto', min_doc_count: false, ...customLabel },
      };
    case 'ranges':
      return { type: 'range', params: { field: group.field, ranges: group.ranges, ...customLabel } };
  }
}

/** Of the calendar, Kibana writes letters. */
const kibanaInterval = (interval: string): string => ({ month: '1M', quarter: '1q', year: '1y' })[interval] ?? interval;

function orderOf(order: Extract<Group, { by: 'terms' }>['order'], metrics: readonly Metric[]): JsonObject {
  if (order.by === 'name') return { orderBy: '_key' };
  const at =
    order.by === 'metric' ? order.metric : metrics.findIndex(({ operation, filter }) => operation === 'count' && filter === undefined);
  const metric = metrics[at];
  if (metric === undefined)
    return { orderBy: 'custom', orderAgg: { id: 'order', enabled: true, type: 'count', schema: 'orderAgg', params: {} } };
  return {
    orderBy: metric.operation === 'percentile' && metric.filter === undefined ? `${at + 1}.${metric.percent ?? 95}` : String(at + 1),
  };
}

function dashboardOf(id: string, dashboard: Dashboard, panels: readonly Exported[]): Exported {
  const { title, description, time, refreshSeconds, query, filters, variables } = dashboard;
  const entries = dashboard.panels.map((panel, at) => ({
    version: '8.11.0',
    type: panels[at]?.type,
    gridData: { ...panel.place, i: panel.id },
    panelIndex: panel.id,
    embeddableConfig: panel.title === '' ? { hidePanelTitles: true } : {},
    panelRefName: `panel_${at + 1}`,
  }));
  const controls = variables.map(({ field, label }, order) => [
    `control-${order}`,
    {
      type: 'optionsListControl',
      order,
      width: 'medium',
      grow: true,
      explicitInput: { id: `control-${order}`, fieldName: field, title: label, singleSelect: false },
    },
  ]);
  return {
    id,
    type: 'dashboard',
    attributes: {
      title,
      description,
      panelsJSON: json(entries),
      optionsJSON: json({ useMargins: true, hidePanelTitles: false }),
      timeRestore: time !== undefined,
      ...(time !== undefined && { timeFrom: time.from, timeTo: time.to }),
      refreshInterval: refreshSeconds === undefined ? { pause: true, value: 0 } : { pause: false, value: refreshSeconds * 1000 },
      ...(variables.length > 0 && {
        controlGroupInput: { controlStyle: 'oneLine', chainingSystem: 'HIERARCHICAL', panelsJSON: json(Object.fromEntries(controls)) },
      }),
      kibanaSavedObjectMeta: {
        searchSourceJSON: json({ query: queryOf(query.text === '' ? everything : query), filter: filtersOf(filters) }),
      },
    },
    references: panels.map((panel, at) => ({ name: `panel_${at + 1}`, type: panel.type, id: panel.id })),
  };
}
