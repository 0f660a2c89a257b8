import { isObject, jsonOf, listOf, member, objectOf, textOf } from './json-value.ts';
import { type Agg, isMetric, orCount, readAggs, readBucketAgg, readMetricAgg } from './kibana-aggs.ts';
import { unknownMembers } from './kibana-source.ts';
import { type ChartKind, count, type Group, type GroupRole, type JsonObject, type Metric, type PanelContent } from './panel.ts';

/** How Kibana draws, which meshscope does its own way. */
const looks = [
  'addLegend',
  'addTimeMarker',
  'addTooltip',
  'categoryAxes',
  'colorSchema',
  'colorsNumber',
  'colorsRange',
  'detailedTooltip',
  'dimensions',
  'emptyAsNull',
  'enableHover',
  'fittingFunction',
  'fontSize',
  'gauge',
  'grid',
  'invertColors',
  'isDonut',
  'labels',
  'legendPosition',
  'legendSize',
  'legendDisplay',
  'maxLegendLines',
  'maxFontSize',
  'minFontSize',
  'metric',
  'nestedLegend',
  'openLinksInNewTab',
  'orientation',
  'palette',
  'percentageCol',
  'percentageMode',
  'perPage',
  'radiusRatio',
  'row',
  'scale',
  'seriesParams',
  'setColorRange',
  'showLabel',
  'showMetricsAtAllLevels',
  'showPartialRows',
  'showToolbar',
  'showTotal',
  'sort',
  'autoFitRowToContent',
  'times',
  'totalFunc',
  'truncateLegend',
  'type',
  'valueAxes',
  'orderBucketsBySum',
  'drawLinesBetweenPoints',
  'showCircles',
  'mode',
  'interpolate',
];

const untranslatable: Readonly<Record<string, string>> = {
  vega: 'Vega describes pictures in a language of its own, which meshscope does not have.',
  metrics: 'TSVB panels have no counterpart.',
  timelion: 'Timelion expressions have no counterpart.',
  input_control_vis: 'Controls of this kind are no panels here: use variables.',
};

/** What a visualization (`visState`, as text or object) shows; undefined, with the reason in `lost`, when there is no counterpart. */
export function readVisualization(value: unknown, lost: string[]): PanelContent | undefined {
  const state = jsonOf(value);
  if (!isObject(state)) {
    lost.push('Its visState is missing or no JSON.');
    return undefined;
  }
  const type = textOf(state.type);
  const params = objectOf(state.params);
  if (Object.hasOwn(untranslatable, type)) {
    lost.push(untranslatable[type] as string);
    return undefined;
  }
  if (type === 'markdown') {
    lost.push(...unknownMembers(params, ['markdown', 'fontSize', 'openLinksInNewTab'], 'of its settings'));
    return { kind: 'markdown', text: textOf(params.markdown) };
  }
  noteParams(params, lost);
  const aggs = readAggs(state.aggs, lost);
  const numbered = aggs.filter(isMetric).flatMap((agg) => readMetricAgg(agg, lost).map((metric) => ({ id: agg.id, metric })));
  const metrics = orCount(numbered.map(({ metric }) => metric));
  const buckets = aggs.filter((agg) => !isMetric(agg));
  if (type === 'tile_map' || type === 'region_map') return readTileMap(buckets, metrics, lost);
  const kind = kindOf(type, params, lost);
  if (kind === undefined) {
    lost.push(`There is no counterpart to visualizations of the type ${type || '(none)'}.`);
    return undefined;
  }
  const groups = buckets.flatMap((agg) => readBucketAgg(agg, roleOf(agg, kind, lost), numbered, lost));
  return chartOf(kind, type === 'pie' ? withOneAxis(groups) : groups, metrics, lost);
}

function noteParams(params: JsonObject, lost: string[]): void {
  lost.push(...unknownMembers(params, [...looks, 'thresholdLine'], 'of its settings'));
  if (member(params.thresholdLine, 'show') === true) lost.push('The line of a threshold is not drawn.');
  const scales = listOf(params.valueAxes).map((axis) => textOf(member(member(axis, 'scale'), 'type'), 'linear'));
  if (scales.some((scale) => scale !== 'linear')) lost.push(`The axis is linear, not ${scales.find((scale) => scale !== 'linear')}.`);
  const kinds = new Set(listOf(params.seriesParams).map((series) => textOf(member(series, 'type'))));
  if (kinds.size > 1) lost.push(`Series of several kinds in one picture (${[...kinds].join(', ')}) are drawn as one kind.`);
  const styled = Object.keys(params).filter((name) => looks.includes(name) && name !== 'type');
  if (styled.length > 0) lost.push(`Looks of Kibana, which meshscope draws its own way: ${styled.join(', ')}.`);
}

function kindOf(type: string, params: JsonObject, lost: string[]): ChartKind | undefined {
  const as = (kind: ChartKind, what: string): ChartKind => {
    lost.push(`${what} is shown as ${kind === 'statistic' ? 'a number' : 'bars'}.`);
    return kind;
  };
  switch (type) {
    case 'line':
    case 'area':
      return type;
    case 'histogram':
    case 'horizontal_bar': {
      const mode = textOf(member(listOf(params.seriesParams)[0], 'mode')) || textOf(params.mode, 'stacked');
      return mode === 'normal' || mode === 'grouped' ? 'bar' : 'stacked_bar';
    }
    case 'table':
    case 'heatmap':
      return type;
    case 'metric':
      return 'statistic';
    case 'gauge':
    case 'goal':
      return as('statistic', `A ${type}`);
    case 'pie':
      return as('stacked_bar', 'A pie');
    case 'tagcloud':
      return as('bar', 'A tag cloud');
    default:
      return undefined;
  }
}

function roleOf({ id, schema }: Agg, kind: ChartKind, lost: string[]): GroupRole {
  if (kind === 'table' || kind === 'statistic') return 'x';
  if (schema === 'split') lost.push(`The groups ${id}: series of one picture, not a picture for each.`);
  return schema === 'group' || schema === 'split' ? 'split' : 'x';
}

/** The first group of a pie is its ring; those outside divide it. */
const withOneAxis = (groups: readonly Group[]): readonly Group[] =>
  groups.map((group, at) => ({ ...group, role: at === 0 ? 'x' : 'split' }));

/** Kinds that are one in Kibana are told apart, and what a kind needs is seen to. */
export function chartOf(kind: ChartKind, groups: readonly Group[], metrics: readonly Metric[], lost: string[]): PanelContent {
  if (kind === 'heatmap' && (!groups.some(({ role }) => role === 'x') || !groups.some(({ role }) => role === 'split'))) {
    lost.push('A heatmap needs two groups: shown as bars.');
    return { kind: 'bar', groups, metrics };
  }
  const [only] = groups;
  const isHistogram = (kind === 'bar' || kind === 'stacked_bar') && groups.length === 1 && only?.by === 'number' && only.role === 'x';
  return { kind: isHistogram ? 'histogram' : kind, groups, metrics };
}

function readTileMap(buckets: readonly Agg[], metrics: readonly Metric[], lost: string[]): PanelContent | undefined {
  const grid = buckets.find(({ type }) => type === 'geohash_grid' || type === 'geotile_grid');
  const field = textOf(grid?.params.field);
  if (field === '') {
    lost.push('Maps without a grid of a field of places have no counterpart.');
    return undefined;
  }
  if (metrics.length > 1) lost.push('A map shows one number: the first.');
  return { kind: 'map', field, metric: metrics[0] ?? count };
}
