import { type Group, isChart, type JsonObject, type Metric, type Panel } from './panel.ts';
import { mostCells, type PanelContext, rangeKey, timeStep } from './panel-request.ts';

/** A value that records are grouped by. `value` is a number for times (Unix milliseconds) and numeric columns. */
export type Key = Readonly<{ value: string | number; text: string }>;

/** Keys in the order of the groups, values in that of the metrics. */
export type Row = Readonly<{ keys: readonly Key[]; values: readonly (number | null)[] }>;

export type Axis =
  | Readonly<{ type: 'time'; times: readonly number[]; stepMillis: number | undefined }>
  | Readonly<{ type: 'number'; starts: readonly number[]; step: number }>
  | Readonly<{ type: 'names'; names: readonly string[] }>;

export type Series = Readonly<{ name: string; values: readonly (number | null)[]; metric: number }>;

export type LogHit = Readonly<{ key: string; fields: Readonly<Record<string, readonly unknown[]>> }>;

export type MapCell = Readonly<{ lon: number; lat: number; value: number; count: number }>;

export type PanelData = Readonly<{
  /** Records that the panel looks at. */
  total: number;
  /** Why the server did not look at everything; empty when it did. */
  missing: readonly string[];
  /** What the panel leaves out by its own settings. */
  leftOut: readonly string[];
  rows: readonly Row[];
  hits: readonly LogHit[];
  cells: readonly MapCell[];
}>;

type Bucket = Readonly<Record<string, unknown>> & Readonly<{ key?: unknown; key_as_string?: unknown; doc_count?: number }>;

const object = (value: unknown): JsonObject => (typeof value === 'object' && value !== null ? (value as JsonObject) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** The answer of `_search` to `panelRequest` of the same panel. */
export function panelData(panel: Panel, answer: unknown): PanelData {
  const body = object(answer);
  const aggregations = object(body.aggregations);
  const hits = object(body.hits);
  const total = number(object(hits.total).value) ?? 0;
  const missing: string[] = [];
  const leftOut: string[] = [];
  if (body.timed_out === true) missing.push('The server stopped before it had seen everything: narrow the time or the search.');
  const failed = number(object(body._shards).failed) ?? 0;
  if (failed > 0) missing.push('A part of the store did not answer.');
  const { content } = panel;
  const base = { total, missing, leftOut, rows: [], hits: [], cells: [] };
  if (content.kind === 'logs') return { ...base, hits: list(hits.hits).map((hit) => hitOf(object(hit))) };
  if (content.kind === 'map') {
    const cells = list(object(aggregations.cells).buckets).flatMap((bucket) => cellOf(object(bucket), content.metric));
    if (cells.length >= mostCells) leftOut.push(`Only the ${mostCells} commonest places are shown.`);
    const placed = cells.reduce((sum, { count }) => sum + count, 0);
    if (cells.length < mostCells && placed < total) leftOut.push(`${(total - placed).toLocaleString('en')} records have no place.`);
    return { ...base, cells };
  }
  if (!isChart(content)) return base;
  const rows: Row[] = [];
  const left = { others: 0 };
  collect({ doc_count: total, ...aggregations }, content.groups, content.metrics, [], rows, left, 0);
  if (left.others > 0) leftOut.push(`${left.others.toLocaleString('en')} records have further values, which are not shown.`);
  return { ...base, rows };
}

function collect(
  bucket: Bucket,
  groups: readonly Group[],
  metrics: readonly Metric[],
  keys: readonly Key[],
  rows: Row[],
  left: { others: number },
  depth: number,
): void {
  const group = groups[depth];
  if (group === undefined) {
    rows.push({ keys, values: metrics.map((metric, at) => metricValue(bucket, metric, at)) });
    return;
  }
  const found = object(bucket[`g${depth}`]);
  left.others += number(found.sum_other_doc_count) ?? 0;
  for (const [key, inner] of bucketsOf(group, found.buckets)) collect(inner, groups, metrics, [...keys, key], rows, left, depth + 1);
}

function bucketsOf(group: Group, buckets: unknown): readonly (readonly [Key, Bucket])[] {
  if (group.by === 'filters') {
    const named = object(buckets);
    return group.filters.map(({ label }, at) => [{ value: label, text: label }, object(named[`f${at}`])] as const);
  }
  const all: readonly unknown[] = Array.isArray(buckets) ? buckets : Object.values(object(buckets));
  return all.map((one) => {
    const bucket = object(one) as Bucket;
    const text = String(bucket.key_as_string ?? bucket.key ?? '');
    if (group.by === 'ranges') {
      const range = {
        ...(typeof bucket.from === 'number' && { from: bucket.from }),
        ...(typeof bucket.to === 'number' && { to: bucket.to }),
      };
      return [{ value: rangeKey(range), text: rangeKey(range) }, bucket] as const;
    }
    const isNumeric = group.by === 'time' || group.by === 'number';
    return [{ value: isNumeric ? (number(bucket.key) ?? 0) : text, text }, bucket] as const;
  });
}

function metricValue(bucket: Bucket, metric: Metric, at: number): number | null {
  const found = object(bucket[`m${at}`]);
  const isFiltered = (metric.filter?.text ?? '').trim() !== '' && metric.filter?.text.trim() !== '*';
  if (metric.operation === 'count') return isFiltered ? number(found.doc_count) : (number(bucket.doc_count) ?? 0);
  const value = isFiltered ? object(found.v) : found;
  if (metric.operation === 'median' || metric.operation === 'percentile') return number(Object.values(object(value.values))[0]);
  if (metric.operation === 'last') return number(Object.values(object(object(list(value.top)[0]).metrics))[0]);
  return number(value.value);
}

function hitOf(hit: JsonObject): LogHit {
  const fields = Object.entries(object(hit.fields)).map(([name, values]) => [name, list(values)] as const);
  return { key: `${hit._index}/${hit._id}`, fields: Object.fromEntries([...fields, ['_index', [hit._index]]]) };
}

function cellOf(bucket: JsonObject, metric: Metric): readonly MapCell[] {
  const place = object(object(bucket.place).location);
  const [lon, lat, count] = [number(place.lon), number(place.lat), number(bucket.doc_count) ?? 0];
  const value = metricValue(bucket, metric, 0);
  return lon === null || lat === null || value === null ? [] : [{ lon, lat, value, count }];
}

/** Names of a row's metrics: their labels, or what they are. */
export function metricName({ operation, field, percent, label }: Metric): string {
  if (label !== undefined && label !== '') return label;
  if (operation === 'count') return 'Records';
  const names: Readonly<Record<string, string>> = { avg: 'Mean', unique: 'Different', values: 'Values', last: 'Last', median: 'Median' };
  const name =
    operation === 'percentile' ? `p${percent ?? 95}` : (names[operation] ?? `${operation[0]?.toUpperCase()}${operation.slice(1)}`);
  return `${name} of ${field}`;
}

export const groupName = (group: Group): string => group.label || (group.by === 'filters' ? 'Filter' : group.field);

/** Rows as series along the groups whose role is `x`. Where a group of time has no records, counts are 0 and other numbers unknown. */
export function seriesOf(
  groups: readonly Group[],
  metrics: readonly Metric[],
  rows: readonly Row[],
  { interval, steps }: Pick<PanelContext, 'interval' | 'steps'>,
): Readonly<{ axis: Axis; series: readonly Series[] }> {
  const along = groups.flatMap((group, at) => (group.role === 'x' ? [at] : []));
  const splits = groups.flatMap((group, at) => (group.role === 'split' ? [at] : []));
  const [onlyX] = along;
  const xGroup = along.length === 1 && onlyX !== undefined ? groups[onlyX] : undefined;
  const placeOf = ({ keys }: Row): string | number =>
    xGroup !== undefined && onlyX !== undefined ? (keys[onlyX] as Key).value : along.map((at) => (keys[at] as Key).text).join(' › ');
  const places = [...new Set(rows.map(placeOf))];
  const axis = axisOf(xGroup, places, interval, steps);
  const at = new Map<string | number, number>(axisPlaces(axis).map((place, position) => [place, position]));
  const length = axisPlaces(axis).length;
  const made = new Map<string, { name: string; metric: number; values: (number | null)[] }>();
  for (const row of rows) {
    const position = at.get(placeOf(row));
    if (position === undefined) continue;
    const split = splits.map((one) => (row.keys[one] as Key).text).join(' › ');
    for (const [metric, value] of row.values.entries()) {
      const asked = metrics[metric] as Metric;
      const name = split === '' ? metricName(asked) : metrics.length === 1 ? split : `${split} · ${metricName(asked)}`;
      const key = `${metric} ${split}`;
      const series = made.get(key) ?? { name, metric, values: Array.from({ length }, () => (asked.operation === 'count' ? 0 : null)) };
      made.set(key, series);
      series.values[position] = value;
    }
  }
  return { axis, series: [...made.values()] };
}

const axisPlaces = (axis: Axis): readonly (string | number)[] =>
  axis.type === 'time' ? axis.times : axis.type === 'number' ? axis.starts : axis.names;

function axisOf(
  group: Group | undefined,
  places: readonly (string | number)[],
  interval: PanelContext['interval'],
  steps: PanelContext['steps'],
): Axis {
  const numbers = places.flatMap((place) => (typeof place === 'number' ? [place] : [])).sort((one, other) => one - other);
  if (group?.by === 'time') {
    const step = timeStep(group.interval, interval);
    if (typeof step !== 'number') return { type: 'time', times: numbers, stepMillis: undefined };
    const times = steppedThrough(Math.floor(interval.startMillis / step) * step, interval.endMillis, step);
    return { type: 'time', times: times.length > 5000 ? numbers : times, stepMillis: step };
  }
  if (group?.by === 'number') {
    const step = group.step > 0 ? group.step : (steps[group.field] ?? 1);
    return { type: 'number', starts: numbers, step };
  }
  return { type: 'names', names: places.map(String) };
}

const steppedThrough = (start: number, end: number, step: number): readonly number[] =>
  Array.from({ length: Math.max(0, Math.min(5001, Math.ceil((end - start) / step))) }, (_, at) => start + at * step);
