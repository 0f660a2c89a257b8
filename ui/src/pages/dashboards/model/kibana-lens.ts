import { isObject, jsonOf, listOf, member, numberOf, objectOf, textOf } from './json-value.ts';
import { orCount, readFiltersGroup, readInterval, readRange } from './kibana-aggs.ts';
import { languageOf, unknownMembers } from './kibana-source.ts';
import { chartOf } from './kibana-visualization.ts';
import type { ChartKind, Group, GroupRole, JsonObject, Metric, PanelContent, TermsOrder } from './panel.ts';

const operations: Readonly<Record<string, Metric['operation']>> = {
  count: 'count',
  sum: 'sum',
  average: 'avg',
  median: 'median',
  min: 'min',
  max: 'max',
  unique_count: 'unique',
  percentile: 'percentile',
  last_value: 'last',
};
const buckets = ['terms', 'date_histogram', 'filters', 'range'];

/** Which columns of which layer are shown as what. */
type Layout = Readonly<{ layerId: string; kind: ChartKind; x: readonly string[]; splits: readonly string[]; metrics: readonly string[] }>;

const texts = (...values: readonly unknown[]): readonly string[] =>
  values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []));
const idsOf = (value: unknown): readonly string[] => texts(...listOf(value));

export type LensLayer = Readonly<{ content: PanelContent | undefined; layerId: string }>;

/** What a Lens (`attributes.state`, as text or object) shows; without content, with the reason in `lost`, when there is no counterpart. */
export function readLens(attributes: JsonObject, lost: string[]): LensLayer {
  const state = objectOf(jsonOf(attributes.state));
  const sources = objectOf(state.datasourceStates);
  const source = objectOf(sources.formBased ?? sources.indexpattern);
  const layers = objectOf(source.layers);
  if (isObject(sources.textBased) && Object.keys(objectOf(sources.textBased.layers)).length > 0)
    lost.push('Layers that are written in ES|QL.');
  lost.push(
    ...unknownMembers(
      state,
      [
        'datasourceStates',
        'visualization',
        'query',
        'filters',
        'internalReferences',
        'adHocDataViews',
        'globalPalette',
        'datasourceMetaData',
        'needsRefresh',
      ],
      'of the state',
    ),
  );
  const visualization = objectOf(state.visualization ?? attributes.visualization);
  const layout = layoutOf(textOf(attributes.visualizationType), visualization, layers, lost);
  if (layout === undefined) return { content: undefined, layerId: '' };
  const columns = objectOf(member(layers[layout.layerId], 'columns'));
  return { content: contentOf(layout, objectOf(layers[layout.layerId]), columns, lost), layerId: layout.layerId };
}

const xyLooks = [
  'layers',
  'preferredSeriesType',
  'legend',
  'valueLabels',
  'fittingFunction',
  'axisTitlesVisibilitySettings',
  'gridlinesVisibilitySettings',
  'tickLabelsVisibilitySettings',
  'labelsOrientation',
  'yLeftExtent',
  'yRightExtent',
  'valuesInLegend',
  'xTitle',
  'yTitle',
  'yLeftTitle',
  'yRightTitle',
  'curveType',
  'fillOpacity',
  'emphasizeFitting',
  'endValue',
  'hideEndzones',
  'showCurrentTimeMarker',
  'title',
  'shape',
  'gridConfig',
  'minBarHeight',
  'pointVisibility',
];

function layoutOf(type: string, visualization: JsonObject, layers: JsonObject, lost: string[]): Layout | undefined {
  const drawn = listOf(visualization.layers).map(objectOf);
  const others = drawn.filter((layer) => textOf(layer.layerType, 'data') !== 'data');
  for (const layer of others) lost.push(`A layer of ${textOf(layer.layerType)}.`);
  const data = drawn.filter((layer) => !others.includes(layer));
  if (data.length > 1) lost.push(`${data.length - 1} further layers: a panel shows one.`);
  const first = data[0] ?? {};
  const layerId = textOf(first.layerId) || textOf(visualization.layerId) || (Object.keys(layers)[0] ?? '');
  const base = { layerId, x: [], splits: [] };
  const isXy = type === 'lnsXY' || (type === '' && (textOf(visualization.preferredSeriesType) !== '' || textOf(first.seriesType) !== ''));
  if (isXy) {
    lost.push(...unknownMembers(visualization, xyLooks, 'of the picture'));
    const styled = Object.keys(visualization).filter(
      (name) => name !== 'layers' && name !== 'preferredSeriesType' && xyLooks.includes(name),
    );
    if (styled.length > 0) lost.push(`Looks of Kibana, which meshscope draws its own way: ${styled.join(', ')}.`);
    const splits = [...texts(first.splitAccessor), ...idsOf(first.splitAccessors)];
    return {
      ...base,
      kind: xyKind(textOf(first.seriesType) || textOf(visualization.preferredSeriesType), lost),
      x: texts(first.xAccessor),
      splits,
      metrics: idsOf(first.accessors),
    };
  }
  const columnsOf = (value: unknown) => listOf(value).flatMap((column) => texts(member(column, 'columnId')));
  switch (type) {
    case 'lnsDatatable': {
      const shown = columnsOf(visualization.columns);
      return { ...base, kind: 'table', x: shown, metrics: shown };
    }
    case 'lnsPie': {
      const [ring, ...inner] = [...idsOf(first.primaryGroups), ...idsOf(first.groups), ...idsOf(first.secondaryGroups)];
      lost.push(`A ${textOf(visualization.shape, 'pie')} is shown as bars.`);
      return { ...base, kind: 'stacked_bar', x: texts(ring), splits: inner, metrics: [...idsOf(first.metrics), ...texts(first.metric)] };
    }
    case 'lnsMetric':
    case 'lnsLegacyMetric':
    case 'lnsGauge':
      lost.push(
        ...unknownMembers(
          visualization,
          [
            'layerId',
            'layerType',
            'metricAccessor',
            'accessor',
            'breakdownByAccessor',
            'secondaryMetricAccessor',
            'color',
            'palette',
            'subtitle',
            'titlesTextAlign',
            'valuesTextAlign',
            'icon',
            'iconAlign',
            'size',
            'textAlign',
            'titlePosition',
            'colorMode',
            'showBar',
          ],
          'of the picture',
        ),
      );
      if (type === 'lnsGauge') lost.push('A gauge is shown as a number.');
      return {
        ...base,
        kind: 'statistic',
        x: texts(visualization.breakdownByAccessor),
        metrics: texts(visualization.metricAccessor, visualization.accessor, visualization.secondaryMetricAccessor),
      };
    case 'lnsHeatmap':
      return {
        ...base,
        kind: 'heatmap',
        x: texts(visualization.xAccessor),
        splits: texts(visualization.yAccessor),
        metrics: texts(visualization.valueAccessor),
      };
    case 'lnsTagcloud':
      lost.push('A tag cloud is shown as bars.');
      return { ...base, kind: 'bar', x: texts(visualization.tagAccessor), metrics: texts(visualization.valueAccessor) };
    default:
      lost.push(`There is no counterpart to Lens of the type ${type || '(none)'}.`);
      return undefined;
  }
}

function xyKind(series: string, lost: string[]): ChartKind {
  if (/percentage/.test(series)) lost.push('Values are stacked as they are, not as shares of 100 %.');
  if (series.startsWith('line')) return 'line';
  if (series.startsWith('area')) return 'area';
  return series.includes('stacked') ? 'stacked_bar' : 'bar';
}

function contentOf(layout: Layout, layer: JsonObject, columns: JsonObject, lost: string[]): PanelContent | undefined {
  const isBucket = (id: string) => buckets.includes(textOf(member(columns[id], 'operationType')));
  const all = Object.keys(columns);
  const ordered = idsOf(layer.columnOrder).filter((id) => Object.hasOwn(columns, id));
  // Lens without an order: groups in the order in which they are written, each inside of the one before.
  const order = [...ordered, ...all.filter((id) => !ordered.includes(id))];
  const shownMetrics = layout.metrics.filter((id) => Object.hasOwn(columns, id) && !isBucket(id));
  const metricIds = shownMetrics.length > 0 ? shownMetrics : order.filter((id) => !isBucket(id) && isShown(id, columns));
  const readMetrics = metricIds.flatMap((id) => readMetric(objectOf(columns[id]), lost).map((metric) => ({ id, metric })));
  const groups = order.filter(isBucket).flatMap((id) => {
    const isSplit = layout.splits.includes(id);
    const isUsed = isSplit || layout.x.includes(id);
    if (!isUsed) lost.push(`The column ${textOf(member(columns[id], 'label'), id)}, which the picture does not show.`);
    return isUsed ? readGroup(objectOf(columns[id]), isSplit && layout.kind !== 'table' ? 'split' : 'x', readMetrics, lost) : [];
  });
  lost.push(
    ...unknownMembers(
      layer,
      ['columns', 'columnOrder', 'incompleteColumns', 'indexPatternId', 'sampling', 'ignoreGlobalFilters', 'linkToLayers'],
      'of the layer',
    ),
  );
  if (numberOf(layer.sampling) !== undefined && layer.sampling !== 1) lost.push('Every record is counted, not a sample.');
  if (readMetrics.length === 0 && groups.length === 0) {
    lost.push('None of its columns could be translated.');
    return undefined;
  }
  return chartOf(layout.kind, groups, orCount(readMetrics.map(({ metric }) => metric)), lost);
}

/** Formulas keep their parts as columns that nothing shows. */
const isShown = (id: string, columns: JsonObject): boolean => !/X\d+$/.test(id) || member(columns[id], 'customLabel') !== undefined;

const columnMembers = [
  'label',
  'customLabel',
  'dataType',
  'operationType',
  'sourceField',
  'isBucketed',
  'scale',
  'params',
  'filter',
  'references',
  'isStaticValue',
  'interval',
];

function labelOf(column: JsonObject): Readonly<{ label?: string }> {
  const label = textOf(column.label);
  return label === '' ? {} : { label };
}

function readMetric(column: JsonObject, lost: string[]): readonly Metric[] {
  const type = textOf(column.operationType);
  const name = textOf(column.label, type);
  const field = textOf(column.sourceField);
  lost.push(...unknownMembers(column, columnMembers, `of the column ${name}`));
  const operation = Object.hasOwn(operations, type) ? operations[type] : undefined;
  if (operation === undefined) {
    const formula = textOf(member(column.params, 'formula'));
    lost.push(
      `The column ${name}: there is no counterpart to ${type || 'a column without an operation'}${formula === '' ? '' : ` ${formula}`}.`,
    );
    return [];
  }
  const filter = objectOf(column.filter);
  const common = {
    ...labelOf(column),
    ...(textOf(filter.query) !== '' && { filter: { language: languageOf(filter.language), text: textOf(filter.query) } }),
  };
  if (operation === 'count')
    return [
      field === '' || /^(?:Records|___records___)$/.test(field) ? { operation, ...common } : { operation: 'values', field, ...common },
    ];
  return [
    { operation, field, ...(operation === 'percentile' && { percent: numberOf(member(column.params, 'percentile')) ?? 95 }), ...common },
  ];
}

function readGroup(
  column: JsonObject,
  role: GroupRole,
  metrics: readonly Readonly<{ id: string; metric: Metric }>[],
  lost: string[],
): readonly Group[] {
  const params = objectOf(column.params);
  const field = textOf(column.sourceField);
  const name = textOf(column.label, field);
  const base = { role, ...labelOf(column) };
  const unknown = (known: readonly string[]) =>
    lost.push(...unknownMembers(params, [...known, 'parentFormat', 'format'], `of the groups ${name}`));
  lost.push(...unknownMembers(column, columnMembers, `of the column ${name}`));
  switch (textOf(column.operationType)) {
    case 'date_histogram':
      unknown(['interval', 'includeEmptyRows', 'dropPartials', 'ignoreTimeRange']);
      if (params.dropPartials === true) lost.push(`${name}: the columns at the edges are not dropped.`);
      return [{ ...base, by: 'time', field, interval: readInterval(params.interval, undefined, lost) }];
    case 'terms':
      unknown([
        'size',
        'orderBy',
        'orderDirection',
        'otherBucket',
        'missingBucket',
        'orderAgg',
        'accuracyMode',
        'excludeIsRegex',
        'includeIsRegex',
      ]);
      if (params.otherBucket === true)
        lost.push(`${name}: the values beyond the first ${textOf(params.size)} are counted, not shown as a group of their own.`);
      if (params.missingBucket === true) lost.push(`${name}: records without ${field} are no group.`);
      return [
        {
          ...base,
          by: 'terms',
          field,
          size: Math.max(1, Math.min(1000, numberOf(params.size) ?? 5)),
          order: readOrder(params, metrics, name, lost),
        },
      ];
    case 'filters':
      unknown(['filters']);
      return readFiltersGroup(listOf(params.filters), base);
    default: {
      unknown(['type', 'ranges', 'maxBars', 'includeEmptyRows']);
      if (textOf(params.type) !== 'range') return [{ ...base, by: 'number', field, step: 0 }];
      return [{ ...base, by: 'ranges', field, ranges: listOf(params.ranges).flatMap(readRange) }];
    }
  }
}

function readOrder(
  params: JsonObject,
  metrics: readonly Readonly<{ id: string; metric: Metric }>[],
  name: string,
  lost: string[],
): TermsOrder {
  const descending = textOf(params.orderDirection, 'desc') !== 'asc';
  const type = textOf(member(params.orderBy, 'type'));
  if (type === 'alphabetical') return { by: 'name', descending };
  const at = metrics.findIndex(({ id }) => id === textOf(member(params.orderBy, 'columnId')));
  const metric = metrics[at]?.metric;
  if (metric === undefined) {
    if (type !== 'column' || textOf(member(params.orderBy, 'columnId')) !== '') lost.push(`${name}: ordered by count.`);
    return { by: 'count', descending };
  }
  return metric.operation === 'count' && metric.filter === undefined
    ? { by: 'count', descending }
    : { by: 'metric', metric: at, descending };
}
