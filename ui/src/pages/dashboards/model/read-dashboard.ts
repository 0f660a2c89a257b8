import { isObject, isOneOf, listOf, member, numberOf, textOf } from './json-value.ts';
import {
  chartKinds,
  count,
  type Dashboard,
  everything,
  type Group,
  gridColumns,
  type JsonObject,
  type Metric,
  metricOperations,
  type Panel,
  type PanelContent,
  type Place,
  type TermsOrder,
  type TextQuery,
  type Variable,
} from './panel.ts';

/** At most so many panels; each is a request. */
const mostPanels = 100;

/** A dashboard from JSON that was saved, edited by hand or sent by someone. What has no sense becomes its default; never throws. */
export function readDashboard(value: unknown): Dashboard {
  const time = member(value, 'time');
  const refreshSeconds = numberOf(member(value, 'refreshSeconds'));
  return {
    title: textOf(member(value, 'title'), 'Untitled').slice(0, 200) || 'Untitled',
    description: textOf(member(value, 'description')),
    ...(isObject(time) && { time: { from: textOf(time.from, 'now-1h'), to: textOf(time.to, 'now') } }),
    ...(refreshSeconds !== undefined && refreshSeconds >= 1 && { refreshSeconds }),
    query: readQuery(member(value, 'query')),
    filters: listOf(member(value, 'filters')).filter(isObject),
    variables: listOf(member(value, 'variables')).flatMap(readVariable),
    panels: withOwnIds(listOf(member(value, 'panels')).slice(0, mostPanels).map(readPanel)),
  };
}

const readVariable = (value: unknown): readonly Variable[] => {
  const field = textOf(member(value, 'field'));
  return field === '' ? [] : [{ field, label: textOf(member(value, 'label'), field) }];
};

export const readQuery = (value: unknown): TextQuery =>
  isObject(value) ? { language: value.language === 'kql' ? 'kql' : 'lucene', text: textOf(value.text) } : everything;

/** Of two panels with one id, the second gets another. */
function withOwnIds(panels: readonly Panel[]): readonly Panel[] {
  const taken = new Set<string>();
  return panels.map((panel, at) => {
    const free = [panel.id, `${panel.id}-${at + 1}`, `panel-${at + 1}-${panels.length}`].find((id) => id !== '' && !taken.has(id));
    const id = free ?? `panel-${at + 1}`;
    taken.add(id);
    return { ...panel, id };
  });
}

export function readPanel(value: unknown): Panel {
  return {
    id: textOf(member(value, 'id')).slice(0, 64),
    title: textOf(member(value, 'title')),
    place: readPlace(member(value, 'place')),
    index: textOf(member(value, 'index'), '*') || '*',
    timeField: textOf(member(value, 'timeField'), 'timestamp') || 'timestamp',
    query: readQuery(member(value, 'query')),
    filters: listOf(member(value, 'filters')).filter(isObject),
    content: readContent(member(value, 'content')),
  };
}

const within = (value: unknown, least: number, most: number, fallback: number): number =>
  Math.max(least, Math.min(most, Math.round(numberOf(value) ?? fallback)));

/** A place inside the grid. */
export function readPlace(value: unknown): Place {
  const w = within(member(value, 'w'), 4, gridColumns, 24);
  return {
    x: within(member(value, 'x'), 0, gridColumns - w, 0),
    y: within(member(value, 'y'), 0, 10_000, 0),
    w,
    h: within(member(value, 'h'), 3, 200, 12),
  };
}

function readContent(value: unknown): PanelContent {
  const kind = member(value, 'kind');
  if (kind === 'logs') return { kind, columns: textsOf(member(value, 'columns')), sort: listOf(member(value, 'sort')).flatMap(readSort) };
  if (kind === 'map') return { kind, field: textOf(member(value, 'field')), metric: readMetric(member(value, 'metric'))[0] ?? count };
  if (!isOneOf(kind, chartKinds)) return { kind: 'markdown', text: textOf(member(value, 'text')) };
  const metrics = listOf(member(value, 'metrics')).flatMap(readMetric);
  return {
    kind,
    groups: listOf(member(value, 'groups')).slice(0, 6).flatMap(readGroup),
    metrics: metrics.length === 0 ? [count] : metrics,
  };
}

const textsOf = (value: unknown): readonly string[] => listOf(value).flatMap((one) => (typeof one === 'string' && one !== '' ? [one] : []));

const readSort = (value: unknown) => {
  const field = textOf(member(value, 'field'));
  return field === '' ? [] : [{ field, descending: member(value, 'descending') === true }];
};

export function readMetric(value: unknown): readonly Metric[] {
  const operation = member(value, 'operation');
  if (!isOneOf(operation, metricOperations)) return [];
  const [field, label, percent] = [textOf(member(value, 'field')), textOf(member(value, 'label')), numberOf(member(value, 'percent'))];
  if (operation !== 'count' && field === '') return [];
  const filter = member(value, 'filter');
  return [
    {
      operation,
      ...(operation !== 'count' && { field }),
      ...(operation === 'percentile' && { percent: percent !== undefined && percent >= 0 && percent <= 100 ? percent : 95 }),
      ...(label !== '' && { label }),
      ...(isObject(filter) && { filter: readQuery(filter) }),
    },
  ];
}

export function readGroup(value: unknown): readonly Group[] {
  if (!isObject(value)) return [];
  const [field, label] = [textOf(value.field), textOf(value.label)];
  const base = { role: value.role === 'split' ? 'split' : 'x', ...(label !== '' && { label }) } as const;
  if (value.by === 'filters') {
    const filters = listOf(value.filters).map((one, at) => ({
      label: textOf(member(one, 'label'), `Filter ${at + 1}`),
      query: readQuery(member(one, 'query')),
    }));
    return filters.length === 0 ? [] : [{ ...base, by: 'filters', filters }];
  }
  if (field === '') return [];
  if (value.by === 'time') return [{ ...base, by: 'time', field, interval: textOf(value.interval, 'auto') || 'auto' }];
  if (value.by === 'number') return [{ ...base, by: 'number', field, step: Math.max(0, numberOf(value.step) ?? 0) }];
  if (value.by === 'ranges') {
    const ranges = listOf(value.ranges).flatMap(readRange);
    return ranges.length === 0 ? [] : [{ ...base, by: 'ranges', field, ranges }];
  }
  return value.by === 'terms'
    ? [{ ...base, by: 'terms', field, size: within(value.size, 1, 1000, 10), order: readOrder(value.order) }]
    : [];
}

function readRange(value: unknown): readonly Readonly<{ from?: number; to?: number }>[] {
  const [from, to] = [numberOf(member(value, 'from')), numberOf(member(value, 'to'))];
  return from === undefined && to === undefined ? [] : [{ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function readOrder(value: unknown): TermsOrder {
  const descending = member(value, 'descending') !== false;
  const by = member(value, 'by');
  if (by === 'metric') return { by, metric: within(member(value, 'metric'), 0, 20, 0), descending };
  return { by: by === 'name' ? 'name' : 'count', descending };
}

/** What is saved and downloaded: one member tells the form from others. */
export const dashboardFormat = 'meshscope-dashboard';

export const printDashboard = (dashboard: Dashboard): JsonObject => ({ format: dashboardFormat, version: 1, dashboard });
