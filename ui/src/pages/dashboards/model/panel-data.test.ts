import { describe, expect, it } from 'vitest';
import { count, everything, type Group, type Metric, type Panel, type PanelContent } from './panel.ts';
import { panelData, seriesOf } from './panel-data.ts';

const panelOf = (content: PanelContent): Panel => ({
  id: '1',
  title: '',
  place: { x: 0, y: 0, w: 24, h: 10 },
  index: '*',
  timeField: 'timestamp',
  query: everything,
  filters: [],
  content,
});
const minute = 60_000;
const context = { interval: { startMillis: 0, endMillis: 5 * minute }, steps: { ms: 10 } };
const time: Group = { role: 'x', by: 'time', field: 'timestamp', interval: '1m' };
const byLevel: Group = { role: 'split', by: 'terms', field: 'level', size: 2, order: { by: 'count', descending: true } };
const errors: Group = {
  role: 'split',
  by: 'filters',
  filters: [
    { label: 'Errors', query: { language: 'lucene', text: 'level:ERROR' } },
    { label: 'Slow', query: { language: 'lucene', text: 'ms:>5' } },
  ],
};
const hits = { total: { value: 9 }, hits: [] };

describe('the answer to a panel', () => {
  it('becomes series over time: counts are 0 where nothing is, other numbers are not known', () => {
    const metrics: Metric[] = [count, { operation: 'avg', field: 'ms', label: 'Mean' }];
    const panel = panelOf({ kind: 'line', groups: [time, byLevel], metrics });
    const data = panelData(panel, {
      hits,
      aggregations: {
        g0: {
          buckets: [
            {
              key: minute,
              doc_count: 5,
              g1: {
                sum_other_doc_count: 1,
                buckets: [
                  { key: 'INFO', doc_count: 3, m1: { value: 2.5 } },
                  { key: 'ERROR', doc_count: 1, m1: { value: null } },
                ],
              },
            },
            { key: 3 * minute, doc_count: 4, g1: { sum_other_doc_count: 0, buckets: [{ key: 'INFO', doc_count: 4, m1: { value: 4 } }] } },
          ],
        },
      },
    });
    expect(data.leftOut).toEqual(['1 records have further values, which are not shown.']);
    const { axis, series } = seriesOf([time, byLevel], metrics, data.rows, context);
    expect(axis).toEqual({ type: 'time', times: [0, 1, 2, 3, 4].map((at) => at * minute), stepMillis: minute });
    expect(series).toEqual([
      { name: 'INFO · Records', metric: 0, values: [0, 3, 0, 4, 0] },
      { name: 'INFO · Mean', metric: 1, values: [null, 2.5, null, 4, null] },
      { name: 'ERROR · Records', metric: 0, values: [0, 1, 0, 0, 0] },
      { name: 'ERROR · Mean', metric: 1, values: [null, null, null, null, null] },
    ]);
  });

  it('reads filters, ranges and columns of numbers, and every kind of number', () => {
    const metrics: Metric[] = [
      { operation: 'percentile', field: 'ms', percent: 95 },
      { operation: 'last', field: 'ms' },
      { operation: 'count', filter: { language: 'lucene', text: 'ok:false' } },
      { operation: 'max', field: 'ms', filter: { language: 'lucene', text: 'ok:false' } },
    ];
    const numbers = {
      m0: { values: { '95.0': 7 } },
      m1: { top: [{ metrics: { ms: 3 } }] },
      m2: { doc_count: 2 },
      m3: { doc_count: 2, v: { value: 11 } },
    };
    const byFilters = panelData(panelOf({ kind: 'table', groups: [errors], metrics }), {
      hits,
      aggregations: { g0: { buckets: { f0: { doc_count: 4, ...numbers }, f1: { doc_count: 0 } } } },
    });
    expect(byFilters.rows).toEqual([
      { keys: [{ value: 'Errors', text: 'Errors' }], values: [7, 3, 2, 11] },
      { keys: [{ value: 'Slow', text: 'Slow' }], values: [null, null, null, null] },
    ]);
    const ranges: Group = { role: 'x', by: 'ranges', field: 'ms', ranges: [{ to: 100 }, { from: 100 }] };
    const byRanges = panelData(panelOf({ kind: 'bar', groups: [ranges], metrics: [count] }), {
      hits,
      aggregations: {
        g0: {
          buckets: [
            { key: '< 100', to: 100, doc_count: 8 },
            { key: '≥ 100', from: 100, doc_count: 1 },
          ],
        },
      },
    });
    expect(seriesOf([ranges], [count], byRanges.rows, context)).toEqual({
      axis: { type: 'names', names: ['< 100', '≥ 100'] },
      series: [{ name: 'Records', metric: 0, values: [8, 1] }],
    });
    const columns: Group = { role: 'x', by: 'number', field: 'ms', step: 0 };
    const byNumber = panelData(panelOf({ kind: 'histogram', groups: [columns], metrics: [count] }), {
      hits,
      aggregations: {
        g0: {
          buckets: [
            { key: 20, doc_count: 1 },
            { key: 0, doc_count: 8 },
          ],
        },
      },
    });
    expect(seriesOf([columns], [count], byNumber.rows, context)).toEqual({
      axis: { type: 'number', starts: [0, 20], step: 10 },
      series: [{ name: 'Records', metric: 0, values: [8, 1] }],
    });
  });

  it('is a single number without groups, 0 included', () => {
    expect(panelData(panelOf({ kind: 'statistic', groups: [], metrics: [count] }), { hits: { total: { value: 0 } } }).rows).toEqual([
      { keys: [], values: [0] },
    ]);
  });

  it('has places on the map, and says how many records have none', () => {
    const cell = (lat: number, lon: number, doc_count: number) => ({
      key: '6/1/1',
      doc_count,
      place: { location: { lat, lon }, count: doc_count },
    });
    const data = panelData(panelOf({ kind: 'map', field: 'place', metric: count }), {
      hits,
      aggregations: { cells: { buckets: [cell(52, 13, 4), { key: '6/2/2', doc_count: 1, place: {} }] } },
    });
    expect(data.cells).toEqual([{ lat: 52, lon: 13, value: 4, count: 4 }]);
    expect(data.leftOut).toEqual(['5 records have no place.']);
  });

  it('says when the server did not look at everything', () => {
    const { missing } = panelData(panelOf({ kind: 'statistic', groups: [], metrics: [count] }), {
      timed_out: true,
      _shards: { failed: 1 },
      hits,
    });
    expect(missing).toHaveLength(2);
  });

  it.each([undefined, null, 5, [], {}, { aggregations: { g0: 5 } }, { aggregations: { g0: { buckets: [null, 5, { key: {} }] } } }])(
    'does not throw on %j',
    (answer) => {
      for (const kind of ['line', 'table', 'heatmap'] as const) {
        const panel = panelOf({ kind, groups: [time, byLevel], metrics: [count] });
        expect(panelData(panel, answer).total).toBe(0);
      }
      expect(panelData(panelOf({ kind: 'logs', columns: [], sort: [] }), answer).hits).toEqual([]);
      expect(panelData(panelOf({ kind: 'map', field: 'a', metric: count }), answer).cells).toEqual([]);
    },
  );
});
