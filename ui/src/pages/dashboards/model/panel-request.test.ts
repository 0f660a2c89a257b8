import { describe, expect, it } from 'vitest';
import { count, everything, type Group, type Metric, type Panel, type PanelContent } from './panel.ts';
import { type PanelContext, panelPath, panelRequest, stepRequest, stepsOf, timeStep } from './panel-request.ts';

const hour = 3_600_000;
const interval = { startMillis: 1_700_000_000_000, endMillis: 1_700_000_000_000 + hour };
const none: PanelContext = {
  interval,
  search: { language: 'lucene', text: '' },
  dashboard: { query: everything, filters: [], variables: [] },
  variables: {},
  steps: {},
};
const panelOf = (content: PanelContent, changes: Partial<Panel> = {}): Panel => ({
  id: '1',
  title: 'A panel',
  place: { x: 0, y: 0, w: 24, h: 10 },
  index: 'logs-*',
  timeField: 'timestamp',
  query: everything,
  filters: [],
  content,
  ...changes,
});
const time: Group = { role: 'x', by: 'time', field: 'timestamp', interval: 'auto' };
const terms = (order: Extract<Group, { by: 'terms' }>['order']): Group => ({
  role: 'split',
  by: 'terms',
  field: 'agent.name',
  size: 5,
  order,
});
const inTime = { range: { timestamp: { gte: interval.startMillis, lt: interval.endMillis, format: 'epoch_millis' } } };

describe('the request of a panel', () => {
  it('asks within everything that holds', () => {
    const panel = panelOf(
      { kind: 'statistic', groups: [], metrics: [count] },
      { query: { language: 'lucene', text: 'a:1' }, filters: [{ term: { b: 2 } }] },
    );
    const context: PanelContext = {
      ...none,
      search: { language: 'kql', text: 'c: 3' },
      dashboard: {
        query: { language: 'lucene', text: ' d:4 ' },
        filters: [{ exists: { field: 'e' } }],
        variables: [
          { field: 'agent.name', label: 'Agent' },
          { field: 'level', label: 'Level' },
          { field: 'user', label: 'User' },
        ],
      },
      variables: { 'agent.name': ['report agent'], level: [], user: ['ada', 'alan'] },
    };
    expect(panelRequest(panel, context)).toEqual({
      size: 0,
      track_total_hits: true,
      query: {
        bool: {
          filter: [
            inTime,
            { kql: { query: 'c: 3' } },
            { query_string: { query: 'd:4' } },
            { exists: { field: 'e' } },
            { term: { 'agent.name.keyword': { value: 'report agent' } } },
            { terms: { 'user.keyword': ['ada', 'alan'] } },
            { query_string: { query: 'a:1' } },
            { term: { b: 2 } },
          ],
        },
      },
      aggs: {},
    });
  });

  it('nests groups in their order, with the numbers innermost', () => {
    const metrics: Metric[] = [
      count,
      { operation: 'percentile', field: 'ms', percent: 99 },
      { operation: 'avg', field: 'ms', filter: { language: 'lucene', text: 'ok:false' } },
    ];
    const body = panelRequest(panelOf({ kind: 'line', groups: [time, terms({ by: 'count', descending: true })], metrics }), none);
    const numbers = {
      m1: { percentiles: { field: 'ms', percents: [99] } },
      m2: { filter: { query_string: { query: 'ok:false' } }, aggs: { v: { avg: { field: 'ms' } } } },
    };
    expect(body?.aggs).toEqual({
      g0: {
        date_histogram: { field: 'timestamp', fixed_interval: '60000ms', min_doc_count: 1 },
        aggs: { g1: { terms: { field: 'agent.name', size: 5, order: { _count: 'desc' } }, aggs: numbers } },
      },
    });
  });

  it.each<[string, Metric, object]>([
    ['a number', { operation: 'max', field: 'ms' }, { m0: 'asc' }],
    ['a percentile', { operation: 'percentile', field: 'ms', percent: 99 }, { 'm0.99': 'asc' }],
    ['a number of some records', { operation: 'max', field: 'ms', filter: { language: 'lucene', text: 'a' } }, { 'm0>v': 'asc' }],
    ['a count of some records', { operation: 'count', filter: { language: 'lucene', text: 'a' } }, { m0: 'asc' }],
    ['a last value, which cannot be', { operation: 'last', field: 'ms' }, { _count: 'asc' }],
  ])('orders terms by %s, which it asks for where the order needs it', (_name, metric, order) => {
    const body = panelRequest(
      panelOf({ kind: 'line', groups: [terms({ by: 'metric', metric: 0, descending: false }), time], metrics: [metric] }),
      none,
    );
    expect(body?.aggs).toMatchObject({ g0: { terms: { order }, aggs: { m0: {}, g1: {} } } });
  });

  it('asks for records, and for places', () => {
    expect(
      panelRequest(panelOf({ kind: 'logs', columns: ['timestamp', 'msg', '_index'], sort: [{ field: 'ms', descending: true }] }), none),
    ).toMatchObject({
      size: 200,
      fields: ['timestamp', 'level', 'msg'],
      sort: [{ ms: { order: 'desc', unmapped_type: 'keyword' } }],
    });
    expect(panelRequest(panelOf({ kind: 'map', field: 'place', metric: count }), none)?.aggs).toEqual({
      cells: { geotile_grid: { field: 'place', precision: 6, size: 2000 }, aggs: { place: { geo_centroid: { field: 'place' } } } },
    });
    expect(panelRequest(panelOf({ kind: 'markdown', text: 'x' }), none)).toBeUndefined();
  });

  it.each([
    ['auto', 60_000],
    ['5m', 300_000],
    ['1w', 604_800_000],
    ['month', 'month'],
    ['1M', 'month'],
    ['nonsense', 60_000],
    ['1ms', 60_000],
  ])('takes steps of %s', (text, step) => {
    expect(timeStep(text, interval)).toBe(step);
  });

  it('first asks how wide the columns of a histogram should be', () => {
    const histogram = panelOf({ kind: 'histogram', groups: [{ role: 'x', by: 'number', field: 'ms', step: 0 }], metrics: [count] });
    expect(stepRequest(histogram, none)?.aggs).toEqual({ s0: { percentiles: { field: 'ms', percents: [0, 99] } } });
    const steps = stepsOf(histogram, { aggregations: { s0: { values: { '0.0': 3, '99.0': 1100 } } } });
    expect(steps).toEqual({ ms: 50 });
    expect(panelRequest(histogram, { ...none, steps })?.aggs).toEqual({
      g0: { histogram: { field: 'ms', interval: 50, min_doc_count: 1 } },
    });
    expect(stepsOf(histogram, { aggregations: { s0: { values: { '0.0': null, '99.0': null } } } })).toEqual({ ms: 1 });
    expect(stepRequest(panelOf({ kind: 'line', groups: [time], metrics: [count] }), none)).toBeUndefined();
  });

  it.each([
    ['logs-*', '/elasticsearch/logs-*/_search'],
    ['a, b/../c', '/elasticsearch/a,b%2F..%2Fc/_search'],
    [' ', '/elasticsearch/*/_search'],
  ])('goes to the index %j', (index, path) => {
    expect(panelPath(panelOf({ kind: 'markdown', text: '' }, { index }))).toBe(`${path}?ignore_unavailable=true`);
  });
});
