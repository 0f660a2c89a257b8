import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../../../test/harness/random-cases.ts';
import { builtInDashboards } from './built-in-dashboards.ts';
import { importDashboards } from './import-dashboards.ts';
import { exportKibana } from './kibana-export.ts';
import type { Dashboard, Group, Metric, Panel, PanelContent, TextQuery } from './panel.ts';
import { printDashboard, readDashboard } from './read-dashboard.ts';

const again = (id: string, dashboard: Dashboard) => importDashboards(exportKibana(id, dashboard)).dashboards[0];

const name = fc.stringMatching(/^[a-z][\w.]{0,12}$/);
const words = fc.stringMatching(/^[A-Za-z"é ]{0,10}[a-z]$/);
const query: fc.Arbitrary<TextQuery> = fc.oneof(
  fc.constant({ language: 'lucene', text: '' } as const),
  fc.record({ language: fc.constantFrom('lucene' as const, 'kql' as const), text: words }),
);
const labelled = { label: words };
const metric: fc.Arbitrary<Metric> = fc
  .tuple(
    fc.oneof(
      fc.constant({ operation: 'count' } as const),
      fc.record({ operation: fc.constantFrom('avg', 'sum', 'min', 'max', 'median', 'unique', 'values', 'last'), field: name }),
      fc.record({ operation: fc.constant('percentile' as const), field: name, percent: fc.integer({ min: 0, max: 100 }) }),
    ),
    fc.record({ ...labelled, filter: query.filter(({ text }) => text !== '') }, { requiredKeys: [] }),
  )
  .map(([one, more]) => ({ ...one, ...more }));

const groupKind = (metrics: readonly Metric[]) => {
  const ordered = metrics.flatMap((one, at) => (one.operation === 'count' && one.filter === undefined ? [] : [at]));
  // Two equal percentiles cannot be told apart by what terms are ordered by.
  const unique = ordered.filter(
    (at) => metrics.findIndex((one) => one.operation === metrics[at]?.operation && one.percent === metrics[at]?.percent) === at,
  );
  const descending = fc.boolean();
  const order = fc.oneof(
    fc.record({ by: fc.constantFrom('count' as const, 'name' as const), descending }),
    ...(unique.length === 0 ? [] : [fc.record({ by: fc.constant('metric' as const), metric: fc.constantFrom(...unique), descending })]),
  );
  return fc.oneof(
    fc.record({ by: fc.constant('time' as const), field: name, interval: fc.constantFrom('auto', '30s', '5m', '1d', 'month', 'year') }),
    fc.record({ by: fc.constant('terms' as const), field: name, size: fc.integer({ min: 1, max: 1000 }), order }),
    fc.record({
      by: fc.constant('filters' as const),
      filters: fc.array(fc.record({ label: words, query }), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ by: fc.constant('number' as const), field: name, step: fc.constantFrom(0, 1, 2.5, 100) }),
    fc.record({
      by: fc.constant('ranges' as const),
      field: name,
      ranges: fc.array(fc.record({ from: fc.integer(), to: fc.integer() }), { minLength: 1, maxLength: 3 }),
    }),
  );
};

const group = (metrics: readonly Metric[], role: Group['role']): fc.Arbitrary<Group> =>
  fc.tuple(groupKind(metrics), fc.record(labelled, { requiredKeys: [] })).map(([one, more]) => ({ role, ...one, ...more }));

const chart: fc.Arbitrary<PanelContent> = fc.array(metric, { minLength: 1, maxLength: 3 }).chain((metrics) => {
  const x = group(metrics, 'x');
  const split = group(metrics, 'split');
  const both = fc.tuple(x, split).chain((two) => fc.constantFrom(two, two.toReversed()));
  const made =
    (kind: 'line' | 'area' | 'bar' | 'stacked_bar' | 'heatmap' | 'table' | 'statistic' | 'histogram') => (groups: readonly Group[]) => ({
      kind,
      groups,
      metrics,
    });
  return fc.oneof(
    ...(['line', 'area', 'bar', 'stacked_bar', 'heatmap'] as const).map((kind) => both.map(made(kind))),
    ...(['line', 'area'] as const).map((kind) => fc.array(x, { maxLength: 1 }).map(made(kind))),
    ...(['table', 'statistic'] as const).map((kind) => fc.array(x, { maxLength: 3 }).map(made(kind))),
    name.map((field) => made('histogram')([{ role: 'x', by: 'number', field, step: 0 }])),
  );
});

const content: fc.Arbitrary<PanelContent> = fc.oneof(
  chart,
  fc.record({ kind: fc.constant('map' as const), field: name, metric: metric.filter(({ filter }) => filter === undefined) }),
  fc.record({
    kind: fc.constant('logs' as const),
    columns: fc.array(name, { maxLength: 4 }).map((columns) => ['time', ...columns]),
    sort: fc.array(fc.record({ field: name, descending: fc.boolean() }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('markdown' as const), text: fc.string() }),
);

const filters = fc.array(fc.constantFrom({ term: { level: 'ERROR' } }, { bool: { must_not: [{ exists: { field: 'a' } }] } }), {
  maxLength: 2,
});
const panel: fc.Arbitrary<Omit<Panel, 'id'>> = fc.record({
  title: fc.oneof(fc.constant(''), words),
  place: fc.record({ x: fc.constantFrom(0, 24), y: fc.nat(100), w: fc.constantFrom(12, 24), h: fc.integer({ min: 3, max: 30 }) }),
  index: fc.constantFrom('*', 'mcp-mesh-logs-*', 'a,b'),
  timeField: fc.constantFrom('time'),
  query,
  filters,
  content,
});
const dashboard: fc.Arbitrary<Dashboard> = fc
  .record({
    title: words,
    description: words,
    query,
    filters,
    variables: fc.uniqueArray(fc.record({ field: name, label: words }), { selector: ({ field }) => field, maxLength: 2 }),
    panels: fc.array(panel, { maxLength: 4 }).map((panels) => panels.map((one, at) => ({ ...one, id: String(at + 1) }))),
    more: fc.record({ time: fc.constant({ from: 'now-24h', to: 'now' }), refreshSeconds: fc.constantFrom(5, 60) }, { requiredKeys: [] }),
  })
  .map(({ more, ...rest }) => ({ ...rest, ...more }));

describe('a dashboard that went to Kibana and came back', () => {
  it.each(Object.entries(builtInDashboards))('is the same: %s', (id, given) => {
    const back = again(id, given);
    expect(back?.dashboard).toEqual(given);
    expect(
      back?.panels.flatMap(({ isTranslated, lost }) =>
        isTranslated ? lost.filter((sentence) => !sentence.startsWith('Looks of')) : ['not translated'],
      ),
    ).toEqual([]);
  });

  it('is the same, whatever it is', () => {
    fc.assert(
      fc.property(dashboard, (given) => {
        const back = again('board', given);
        expect(back?.dashboard).toEqual(given);
        expect(back?.panels.every(({ isTranslated }) => isTranslated)).toBe(true);
      }),
      randomCases(300),
    );
  });
});

describe('a dashboard that was saved', () => {
  it('is read as it was', () => {
    fc.assert(
      fc.property(dashboard, (given) => {
        expect(readDashboard(JSON.parse(JSON.stringify(given)))).toEqual(given);
        expect(importDashboards(JSON.stringify(printDashboard(given))).dashboards[0]?.dashboard).toEqual(given);
      }),
    );
  });

  it('becomes one, whatever it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = readDashboard(value);
        expect(readDashboard(JSON.parse(JSON.stringify(read)))).toEqual(read);
      }),
    );
  });
});
