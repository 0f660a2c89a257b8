import { isObject, listOf, member, numberOf, objectOf, textOf } from './json-value.ts';
import { languageOf, unknownMembers } from './kibana-source.ts';
import { count, everything, type Group, type GroupRole, type JsonObject, type Metric, type TermsOrder, type TextQuery } from './panel.ts';

/** An aggregation of a visualization (`visState.aggs`). */
export type Agg = Readonly<{ id: string; type: string; schema: string; params: JsonObject }>;

/** The aggregations that are switched on. */
export function readAggs(value: unknown, lost: string[]): readonly Agg[] {
  return listOf(value).flatMap((one, at) => {
    const agg = {
      id: textOf(member(one, 'id'), String(at + 1)),
      type: textOf(member(one, 'type')),
      schema: textOf(member(one, 'schema')),
      params: objectOf(member(one, 'params')),
    };
    if (member(one, 'enabled') === false) {
      lost.push(`The aggregation ${agg.id} (${agg.type}), which is switched off.`);
      return [];
    }
    return [agg];
  });
}

const operations: Readonly<Record<string, Metric['operation']>> = {
  count: 'count',
  avg: 'avg',
  sum: 'sum',
  min: 'min',
  max: 'max',
  median: 'median',
  cardinality: 'unique',
  value_count: 'values',
};

export const isMetric = ({ type, schema }: Agg): boolean =>
  Object.hasOwn(operations, type) || ['percentiles', 'top_metrics', 'top_hits', 'filtered_metric'].includes(type) || schema === 'metric';

/** The numbers of an aggregation of metrics; none, with a word in `lost`, when there is no counterpart. */
export function readMetricAgg({ id, type, params }: Agg, lost: string[]): readonly Metric[] {
  const label = textOf(params.customLabel);
  const field = textOf(params.field);
  const named = label === '' ? {} : { label };
  const unknown = (known: readonly string[]) =>
    lost.push(...unknownMembers(params, ['field', 'customLabel', 'emptyAsNull', ...known], `of the number ${id} (${type})`));
  if (type === 'filtered_metric') {
    const inner = objectOf(params.customMetric);
    const filter = objectOf(member(member(params.customBucket, 'params'), 'filter'));
    const [metric] = readMetricAgg({ id, type: textOf(inner.type), schema: 'metric', params: objectOf(inner.params) }, lost);
    return metric === undefined
      ? []
      : [{ ...metric, ...named, filter: { language: languageOf(filter.language), text: textOf(filter.query) } }];
  }
  if (type === 'percentiles') {
    unknown(['percents']);
    const percents = listOf(params.percents).flatMap((percent) => numberOf(percent) ?? []);
    return percents.map((percent) => ({ operation: 'percentile', field, percent, ...named }));
  }
  if (type === 'top_metrics' || type === 'top_hits') {
    unknown(['size', 'sortField', 'sortOrder', 'aggregate']);
    if (textOf(params.sortOrder, 'desc') !== 'desc' && textOf(member(params.sortOrder, 'value'), 'desc') !== 'desc')
      lost.push(`The number ${id} is the last value here, not the first.`);
    return [{ operation: 'last', field, ...named }];
  }
  const operation = Object.hasOwn(operations, type) ? operations[type] : undefined;
  if (operation === undefined) {
    lost.push(`The number ${id}: there is no counterpart to ${type}.`);
    return [];
  }
  unknown(operation === 'median' ? ['percents'] : []);
  return [operation === 'count' ? { operation, ...named } : { operation, field, ...named }];
}

const words: Readonly<Record<string, string>> = {
  ms: '1ms',
  second: '1s',
  s: '1s',
  minute: '1m',
  m: '1m',
  hour: '1h',
  h: '1h',
  day: '1d',
  d: '1d',
  week: '1w',
  w: '1w',
  month: 'month',
  M: 'month',
  quarter: 'quarter',
  q: 'quarter',
  year: 'year',
  y: 'year',
};

/** An interval of Kibana (`auto`, `h`, `hour`, `30m`, `1M`) as ours. */
export function readInterval(value: unknown, custom: unknown, lost: string[]): string {
  const text = textOf(value, 'auto');
  const given = text === 'custom' ? textOf(custom, 'auto') : text;
  if (given === 'auto' || given === '') return 'auto';
  if (Object.hasOwn(words, given)) return words[given] as string;
  if (/^\d+(?:ms|s|m|h|d|w)$/.test(given)) return given;
  const single = /^1([Mqy])$/.exec(given)?.[1];
  if (single !== undefined) return words[single] as string;
  lost.push(`Not understood: the interval ${given}; steps are chosen to fit.`);
  return 'auto';
}

/** `metrics`: the aggregations of metrics in order, to which terms are ordered. */
export function readBucketAgg(
  agg: Agg,
  role: GroupRole,
  metrics: readonly Readonly<{ id: string; metric: Metric }>[],
  lost: string[],
): readonly Group[] {
  const { id, type, params } = agg;
  const field = textOf(params.field);
  const label = textOf(params.customLabel);
  const base = { role, ...(label !== '' && { label }) };
  const unknown = (known: readonly string[]) =>
    lost.push(...unknownMembers(params, ['field', 'customLabel', 'row', ...known], `of the groups ${id} (${type})`));
  switch (type) {
    case 'date_histogram':
      // `min_doc_count` and `extended_bounds` only say whether empty columns are drawn, which they always are.
      unknown([
        'interval',
        'customInterval',
        'used_interval',
        'min_doc_count',
        'extended_bounds',
        'timeRange',
        'useNormalizedEsInterval',
        'useNormalizedOpenSearchInterval',
        'scaleMetricValues',
        'drop_partials',
        'used_time_zone',
      ]);
      if (params.scaleMetricValues === true) lost.push(`The groups ${id}: numbers are not scaled to the interval.`);
      if (params.drop_partials === true) lost.push(`The groups ${id}: the columns at the edges are not dropped.`);
      return [{ ...base, by: 'time', field, interval: readInterval(params.interval, params.customInterval, lost) }];
    case 'terms':
      unknown([
        'size',
        'order',
        'orderBy',
        'orderAgg',
        'otherBucket',
        'otherBucketLabel',
        'missingBucket',
        'missingBucketLabel',
        'includeIsRegex',
        'excludeIsRegex',
      ]);
      if (params.otherBucket === true)
        lost.push(`The groups ${id}: the values beyond the first ${textOf(params.size)} are counted, not shown as a group of their own.`);
      if (params.missingBucket === true) lost.push(`The groups ${id}: records without ${field} are no group.`);
      return [
        {
          ...base,
          by: 'terms',
          field,
          size: Math.max(1, Math.min(1000, numberOf(params.size) ?? 5)),
          order: readTermsOrder(params, metrics, id, lost),
        },
      ];
    case 'filters':
      unknown(['filters']);
      return readFiltersGroup(listOf(params.filters), base);
    case 'histogram':
      unknown(['interval', 'used_interval', 'min_doc_count', 'has_extended_bounds', 'extended_bounds', 'maxBars', 'autoExtendBounds']);
      return [{ ...base, by: 'number', field, step: Math.max(0, numberOf(params.interval) ?? 0) }];
    case 'range':
      unknown(['ranges']);
      return [{ ...base, by: 'ranges', field, ranges: listOf(params.ranges).flatMap(readRange) }];
    default:
      lost.push(`The groups ${id}: there is no counterpart to ${type || 'an aggregation without a type'}.`);
      return [];
  }
}

export function readFiltersGroup(given: readonly unknown[], base: Readonly<{ role: GroupRole; label?: string }>): readonly Group[] {
  const filters = given.map((one, at) => {
    const input = objectOf(member(one, 'input'));
    const query: TextQuery = isObject(input.query)
      ? { language: 'lucene', text: textOf(member(input.query.query_string, 'query')) }
      : { language: languageOf(input.language), text: textOf(input.query) };
    return {
      label: textOf(member(one, 'label')) || query.text || `Filter ${at + 1}`,
      query: query.text.trim() === '*' ? everything : query,
    };
  });
  return filters.length === 0 ? [] : [{ ...base, by: 'filters', filters }];
}

export function readRange(value: unknown): readonly Readonly<{ from?: number; to?: number }>[] {
  const [from, to] = [numberOf(member(value, 'from')), numberOf(member(value, 'to'))];
  return from === undefined && to === undefined ? [] : [{ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function readTermsOrder(
  params: JsonObject,
  metrics: readonly Readonly<{ id: string; metric: Metric }>[],
  id: string,
  lost: string[],
): TermsOrder {
  const descending = textOf(params.order, 'desc') !== 'asc';
  const by = textOf(params.orderBy);
  if (by === '_key' || by === '_term') return { by: 'name', descending };
  if (by === 'custom') {
    if (textOf(member(params.orderAgg, 'type')) !== 'count')
      lost.push(`The groups ${id}: ordered by count, not by ${textOf(member(params.orderAgg, 'type'))}.`);
    return { by: 'count', descending };
  }
  // Percentiles are ordered by as `<id>.<percent>`.
  const [metricId, percent] = by.split('.');
  const at = metrics.findIndex(({ id: one, metric }) => one === metricId && (percent === undefined || metric.percent === Number(percent)));
  const metric = metrics[at]?.metric;
  if (metric === undefined) {
    if (by !== '' && by !== '_count') lost.push(`The groups ${id}: ordered by count, not by the unknown number ${by}.`);
    return { by: 'count', descending };
  }
  return metric.operation === 'count' && metric.filter === undefined
    ? { by: 'count', descending }
    : { by: 'metric', metric: at, descending };
}

export const orCount = (metrics: readonly Metric[]): readonly Metric[] => (metrics.length === 0 ? [count] : metrics);
