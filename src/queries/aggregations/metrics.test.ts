import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';
import { at, smallDocuments } from './testing/small-documents.ts';
import { answerOf, bucketsOf } from './testing/summary.ts';

const table = new TestTable(Session, smallDocuments);
afterAll(() => table.close());

const answer = (agg: unknown, where?: string) => answerOf(table, agg, where);
const buckets = (agg: unknown, where?: string) => bucketsOf(table, agg, where);

describe('metrics', () => {
  const field = 'request.duration_ms';

  it.each([
    [{ percentiles: { field, percents: [25, 50, 95] } }, { values: { '25.0': 38.5, '50.0': 76, '95.0': expect.closeTo(143.5, 9) } }],
    [{ percentiles: { field, percents: [99.9], keyed: false, missing: 1 } }, { values: [{ key: 99.9, value: expect.closeTo(150.8, 9) }] }],
    // As Grafana sends them.
    [{ percentiles: { field, percents: ['50', '95.0'] } }, { values: { '50.0': 76, '95.0': expect.closeTo(143.5, 9) } }],
    [{ percentiles: { field: 'nothing', percents: [50] } }, { values: { '50.0': null } }],
    [{ percentile_ranks: { field, values: [51, 1000, 0.5] } }, { values: { '0.5': 0, '51.0': 50, '1000.0': 100 } }],
    [{ median_absolute_deviation: { field } }, { value: 50 }],
    [{ boxplot: { field } }, { min: 1, max: 151, q1: 38.5, q2: 76, q3: 113.5, lower: 1, upper: 151 }],
    [{ weighted_avg: { value: { field }, weight: { field: 'retries' } } }, { value: expect.closeTo((1 + 102 + 202) / 5, 9) }],
    [{ avg: { field, missing: 46 } }, { value: 70 }],
    [{ avg: { field: 'nothing' } }, { value: null }],
    [{ sum: { field: 'nothing' } }, { value: 0 }],
    [{ max: { field: 'timestamp', format: 'yyyy/MM/dd' } }, { value: at('2024-05-02T00:00:00Z'), value_as_string: '2024/05/02' }],
    [{ sum: { field, format: '#,##0.00' } }, { value: 304, value_as_string: '304.00' }],
    [{ value_count: { field: 'tags' } }, { value: 3 }],
    [{ cardinality: { field: 'tags' } }, { value: 2 }],
    [{ cardinality: { field: 'exception.message.keyword' } }, { value: 0 }],
    [{ sum: { field: 'sizes' } }, { value: 35 }],
    [
      { top_metrics: { metrics: [{ field: 'retries' }, { field: 'level' }], sort: { timestamp: 'desc' }, size: 2 } },
      {
        top: [
          { sort: [at('2024-05-02T00:00:00Z')], metrics: { retries: null, level: 'ERROR' } },
          { sort: [at('2024-03-31T22:00:00Z')], metrics: { retries: null, level: 'ERROR' } },
        ],
      },
    ],
    [{ geo_bounds: { field: 'location' } }, { bounds: { top_left: { lat: 52.5, lon: 13.4 }, bottom_right: { lat: -33.9, lon: 151.2 } } }],
    [{ geo_centroid: { field: 'location' } }, { location: { lat: expect.closeTo(23.7, 9), lon: expect.closeTo(59.3333333, 5) }, count: 3 }],
    [{ stats: { field: 'nothing' } }, { count: 0, min: null, max: null, avg: null, sum: 0 }],
  ])('%j', async (agg, expected) => {
    expect(await answer(agg)).toEqual(expected);
  });

  it('extended_stats has every key', async () => {
    const found = await answer({ extended_stats: { field, sigma: 3 } });
    expect(found).toMatchObject({ count: 4, sum_of_squares: 35_604, variance: 3125, variance_sampling: expect.closeTo(4166.6667, 3) });
    expect(found.std_deviation_bounds).toMatchObject({
      upper: expect.closeTo(76 + 3 * Math.sqrt(3125), 6),
      lower_sampling: expect.closeTo(76 - 3 * Math.sqrt(12_500 / 3), 6),
    });
    expect(await answer({ extended_stats: { field } }, "_id = '1'")).toMatchObject({ variance: 0, variance_sampling: 'NaN' });
  });

  it('rate counts per unit', async () => {
    const found = await buckets(
      {
        date_histogram: { field: 'timestamp', calendar_interval: 'day' },
        aggs: { r: { rate: { unit: 'hour' } }, s: { rate: { unit: 'day', field } } },
      },
      "timestamp < '2024-03-31'",
    );
    expect(found).toMatchObject([{ doc_count: 2, r: { value: 2 / 24 }, s: { value: 52 } }]);
  });

  it('top_hits in buckets sorts, pages and fetches once', async () => {
    const top = {
      top_hits: { size: 2, from: 0, sort: [{ level: { order: 'desc' } }, { timestamp: 'asc' }], _source: { includes: ['msg'] } },
    };
    const found = await buckets({ terms: { field: 'agent.name', size: 2 }, aggs: { top } });
    expect(found[1]).toMatchObject({
      key: 'b',
      top: {
        hits: {
          total: { value: 2, relation: 'eq' },
          max_score: null,
          hits: [{ _id: '3', _source: { msg: 'm 3' }, sort: ['INFO', at('2024-03-31T21:59:59Z')] }, { _id: '4' }],
        },
      },
    });
    expect(table.statements).toHaveLength(2);
  });
});

describe('names and notes', () => {
  it('prefixes types and echoes meta at every level', async () => {
    const aggs = {
      t: {
        terms: { field: 'agent.name', size: 1 },
        meta: { a: 1 },
        aggs: { m: { avg: { field: 'request.duration_ms' }, meta: { b: 2 } }, d: { percentiles: { field: 'retries', percents: [50] } } },
      },
      f: { filters: { filters: { e: { sql: "level = 'ERROR'" } } }, aggs: { n: { terms: { field: 'retries' } } } },
      u: { terms: { field: 'nothing' } },
      c: { cardinality: { field: 'level' } },
    };
    expect(await runOn(table, aggs, '1', { typedKeys: true })).toMatchObject({
      'sterms#t': {
        meta: { a: 1 },
        buckets: [{ key: 'a', 'avg#m': { value: 26, meta: { b: 2 } }, 'tdigest_percentiles#d': { values: { '50.0': 1.5 } } }],
      },
      'filters#f': { buckets: { e: { doc_count: 2, 'lterms#n': { buckets: [] } } } },
      'umterms#u': { buckets: [] },
      'cardinality#c': { value: 2 },
    });
  });

  it('takes any name', async () => {
    const aggs = JSON.parse(
      '{"__proto__": {"avg": {"field": "retries"}}, "constructor": {"terms": {"field": "level"}, "aggs": {"__proto__": {"max": {"field": "retries"}}}}}',
    );
    const found = await runOn(table, aggs);
    expect(JSON.stringify(found)).toContain('{"__proto__":{"value":1.6666666666666667}');
    expect(JSON.stringify(found)).toContain('"doc_count":3,"__proto__":{"value":2}');
  });

  it('answers without a single document or aggregation', async () => {
    expect(await runOn(table, {})).toEqual({});
    expect(await runOn(table, undefined)).toEqual({});
  });
});
