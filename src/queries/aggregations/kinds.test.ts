import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { randomDocuments, type TestDocument, TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(text);

function doc(id: string, more: Partial<TestDocument>): TestDocument {
  const none = {
    agent: undefined,
    method: undefined,
    status: undefined,
    duration: undefined,
    retries: undefined,
    ok: undefined,
    location: undefined,
  };
  return { id, timestamp: at('2024-03-30T10:00:00.500Z'), level: 'INFO', msg: `m ${id}`, tags: [], sizes: [], ...none, ...more };
}

/** Few documents with numbers that can be checked by hand; the clocks of Berlin go forward on 2024-03-31 at 01:00Z. */
const small = [
  doc('1', {
    duration: 1,
    retries: 1,
    agent: 'a',
    ok: true,
    tags: ['x', 'y'],
    location: [52.5, 13.4],
    timestamp: at('2024-03-30T22:30:00Z'),
  }),
  doc('2', { duration: 51, retries: 2, agent: 'a', ok: false, tags: ['x'], location: [52.5, 13.4], timestamp: at('2024-03-30T23:30:00Z') }),
  doc('3', {
    duration: 101,
    retries: 2,
    agent: 'b',
    method: 'GET',
    sizes: [5, 15, 15],
    location: [-33.9, 151.2],
    timestamp: at('2024-03-31T21:59:59Z'),
  }),
  doc('4', { duration: 151, agent: 'b', level: 'ERROR', timestamp: at('2024-03-31T22:00:00Z') }),
  doc('5', { agent: 'c', level: 'ERROR', msg: 'm long message', timestamp: at('2024-05-02T00:00:00Z') }),
];

const table = new TestTable(Session, small);
afterAll(() => table.close());

const answer = async (agg: unknown, where?: string) => (await runOn(table, { x: agg }, where)).x as Record<string, unknown>;
const buckets = async (agg: unknown, where?: string) => (await answer(agg, where)).buckets as Record<string, unknown>[];
const summary = (all: readonly Record<string, unknown>[]) => all.map((bucket) => [bucket.key_as_string ?? bucket.key, bucket.doc_count]);

describe('date_histogram', () => {
  const dates = (more: object) => buckets({ date_histogram: { field: 'timestamp', ...more } }, "timestamp < '2024-04-02'");

  it('cuts days by the clocks of a zone', async () => {
    const expected = [
      ['2024-03-30T00:00:00.000+01:00', 1],
      ['2024-03-31T00:00:00.000+01:00', 2],
      ['2024-04-01T00:00:00.000+02:00', 1],
    ];
    expect(summary(await dates({ calendar_interval: 'day', time_zone: 'Europe/Berlin' }))).toEqual(expected);
    expect(summary(await dates({ fixed_interval: '1d', time_zone: 'Europe/Berlin' }))).toEqual(expected);
  });

  it.each([
    [
      { calendar_interval: 'day', time_zone: '+02:00', format: 'yyyy-MM-dd HH:mm' },
      [
        ['2024-03-31 00:00', 3],
        ['2024-04-01 00:00', 1],
      ],
    ],
    [{ calendar_interval: '1M', format: 'yyyy-MM' }, [['2024-03', 4]]],
    [{ calendar_interval: 'week', format: 'date' }, [['2024-03-25', 4]]],
    [{ calendar_interval: 'quarter', format: "yyyy-'Q'q" }, [['2024-Q1', 4]]],
    [{ interval: 'year', format: 'epoch_millis' }, [[String(Date.UTC(2024, 0)), 4]]],
    [
      { fixed_interval: '1d', offset: '6h', format: 'epoch_second' },
      [
        ['1711778400', 2],
        ['1711864800', 2],
      ],
    ],
    [
      { calendar_interval: 'day', offset: '+6h' },
      [
        ['2024-03-30T06:00:00.000Z', 2],
        ['2024-03-31T06:00:00.000Z', 2],
      ],
    ],
    [
      { fixed_interval: '12h', min_doc_count: 1 },
      [
        ['2024-03-30T12:00:00.000Z', 2],
        ['2024-03-31T12:00:00.000Z', 2],
      ],
    ],
    [
      { fixed_interval: '12h' },
      [
        ['2024-03-30T12:00:00.000Z', 2],
        ['2024-03-31T00:00:00.000Z', 0],
        ['2024-03-31T12:00:00.000Z', 2],
      ],
    ],
    [
      { calendar_interval: 'day', format: 'date', extended_bounds: { min: '2024-03-29', max: '2024-03-29||+3d' } },
      [
        ['2024-03-29', 0],
        ['2024-03-30', 2],
        ['2024-03-31', 2],
        ['2024-04-01', 0],
      ],
    ],
    [{ calendar_interval: 'day', format: 'date', hard_bounds: { min: '2024-03-31' } }, [['2024-03-31', 2]]],
    [
      { fixed_interval: '1d', order: { _count: 'desc', _key: 'desc' }, format: 'date' },
      [
        ['2024-03-31', 2],
        ['2024-03-30', 2],
      ],
    ],
    [
      { fixed_interval: '1d', order: { _key: 'desc' }, format: 'date' },
      [
        ['2024-03-31', 2],
        ['2024-03-30', 2],
      ],
    ],
  ])('%j', async (more, expected) => {
    expect(summary(await dates(more))).toEqual(expected);
  });

  it('can be keyed, and makes no more buckets than allowed', async () => {
    const keyed = await answer({ date_histogram: { field: 'timestamp', calendar_interval: 'month', format: 'yyyy-MM', keyed: true } });
    expect(Object.keys(keyed.buckets as object)).toEqual(['2024-03', '2024-04', '2024-05']);
    await expect(dates({ fixed_interval: '1ms', extended_bounds: { min: 0, max: '2024-01-01' } })).rejects.toMatchObject({
      type: 'too_many_buckets_exception',
    });
  });

  it('gives bounds their buckets without a document', async () => {
    const agg = { date_histogram: { field: 'timestamp', fixed_interval: '1h', extended_bounds: { min: 0, max: 2 * hour } } };
    expect((await buckets(agg, '0')).map((bucket) => bucket.key)).toEqual([0, hour, 2 * hour]);
    expect(await buckets({ date_histogram: { field: 'nothing', fixed_interval: '1h' } })).toEqual([]);
  });
});

describe('auto_date_histogram', () => {
  it.each([
    [3, '1M', ['2024-03-01', '2024-04-01', '2024-05-01']],
    [40, '1d', undefined],
    [1, '3M', ['2024-03-01']],
  ])('%i buckets', async (count, interval, expected) => {
    const found = await answer({ auto_date_histogram: { field: 'timestamp', buckets: count, format: 'date' } });
    expect(found.interval).toBe(interval);
    const all = found.buckets as { key_as_string: string; doc_count: number }[];
    if (expected !== undefined) expect(all.map((bucket) => bucket.key_as_string)).toEqual(expected);
    expect(all.reduce((sum, bucket) => sum + bucket.doc_count, 0)).toBe(5);
    expect(all.length).toBeLessThanOrEqual(count);
  });
});

describe('terms', () => {
  it.each([
    [
      { field: 'agent.name' },
      [
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ],
      0,
    ],
    [{ field: 'agent.name', size: 1 }, [['a', 2]], 3],
    [
      { field: 'agent.name', include: ['b', 'c'] },
      [
        ['b', 2],
        ['c', 1],
      ],
      0,
    ],
    [{ field: 'agent.name', include: '[ab]', exclude: ['a'] }, [['b', 2]], 0],
    [
      { field: 'agent.name', exclude: 'a.*' },
      [
        ['b', 2],
        ['c', 1],
      ],
      0,
    ],
    [
      { field: 'request.method', missing: 'none' },
      [
        ['none', 4],
        ['GET', 1],
      ],
      0,
    ],
    [{ field: 'request.method', min_doc_count: 0 }, [['GET', 1]], 0],
    [
      { field: 'ok' },
      [
        ['false', 1],
        ['true', 1],
      ],
      0,
    ],
    [
      { field: 'retries' },
      [
        [2, 2],
        [1, 1],
      ],
      0,
    ],
    [
      { field: 'retries', missing: 9 },
      [
        [2, 2],
        [9, 2],
        [1, 1],
      ],
      0,
    ],
    [
      { field: 'tags' },
      [
        ['x', 2],
        ['y', 1],
      ],
      0,
    ],
    [{ field: 'tags', include: 'y' }, [['y', 1]], 0],
    [
      { field: 'tags', missing: 'none' },
      [
        ['none', 3],
        ['x', 2],
        ['y', 1],
      ],
      0,
    ],
    [
      { field: 'sizes' },
      [
        [5, 1],
        [15, 1],
      ],
      0,
    ],
    [
      { field: 'msg.short' },
      [
        ['m 1', 1],
        ['m 2', 1],
        ['m 3', 1],
        ['m 4', 1],
      ],
      0,
    ],
    [
      { field: 'agent.name', order: [{ _count: 'asc' }, { _key: 'desc' }] },
      [
        ['c', 1],
        ['b', 2],
        ['a', 2],
      ],
      0,
    ],
    [{ field: 'timestamp', size: 1, format: 'date' }, [['2024-03-30', 1]], 4],
  ])('%j', async (spec, expected, other) => {
    const found = await answer({ terms: spec });
    expect(summary(found.buckets as Record<string, unknown>[])).toEqual(expected);
    expect(found.sum_other_doc_count).toBe(other);
  });

  it('adds absent terms with min_doc_count 0', async () => {
    expect(summary(await buckets({ terms: { field: 'agent.name', min_doc_count: 0 } }, "agent_name = 'b'"))).toEqual([
      ['b', 2],
      ['a', 0],
      ['c', 0],
    ]);
  });

  it('splits all keys over partitions', async () => {
    const parts = await Promise.all(
      [0, 1].map((partition) => buckets({ terms: { field: 'agent.name', include: { partition, num_partitions: 2 } } })),
    );
    expect(
      parts
        .flat()
        .map((bucket) => bucket.key)
        .sort(),
    ).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [{ 'm.avg': 'desc' }, { m: { stats: { field: 'request.duration_ms' } } }, ['b', 'a', 'c']],
    [{ 'p.50': 'asc' }, { p: { percentiles: { field: 'request.duration_ms', percents: [50] } } }, ['a', 'b', 'c']],
    [{ 'f>m': 'desc' }, { f: { filter: { sql: 'duration < 100' }, aggs: { m: { max: { field: 'retries' } } } } }, ['a', 'b', 'c']],
    [{ f: 'desc' }, { f: { filter: { sql: "level = 'ERROR'" } } }, ['b', 'c', 'a']],
    [{ 'm.std_deviation': 'desc' }, { m: { extended_stats: { field: 'request.duration_ms' } } }, ['a', 'b', 'c']],
    [{ t: 'desc' }, { t: { weighted_avg: { value: { field: 'request.duration_ms' }, weight: { field: 'retries' } } } }, ['b', 'a', 'c']],
    [{ 'top.retries': 'asc' }, { top: { top_metrics: { metrics: { field: 'retries' }, sort: { timestamp: 'asc' } } } }, ['a', 'b', 'c']],
  ])('orders by %j', async (order, aggs, expected) => {
    expect((await buckets({ terms: { field: 'agent.name', order }, aggs })).map((bucket) => bucket.key)).toEqual(expected);
  });

  it('has several keys with multi_terms', async () => {
    const found = await buckets({ multi_terms: { terms: [{ field: 'agent.name' }, { field: 'retries', missing: 0 }], size: 2 } });
    expect(found).toEqual([
      { key: ['a', 1], key_as_string: 'a|1', doc_count: 1 },
      { key: ['a', 2], key_as_string: 'a|2', doc_count: 1 },
    ]);
  });

  it('keeps integers beyond 2^53', async () => {
    const fields = { retries: 'toInt64(9007199254740993)' };
    const { testFields } = await import('./testing/documents.ts');
    const find = (name: string) => ({
      ...testFields.find(name),
      readings: [{ sql: fields.retries, type: 'integer' as const, array: false, missing: 'never' as const }],
    });
    const found = await runOn(table, { x: { terms: { field: 'retries' } } }, '1', { fields: { ...testFields, find } });
    expect(found.x).toMatchObject({ buckets: [{ key: 9007199254740993n, doc_count: 5 }] });
  });
});

describe('buckets by value', () => {
  it('range and date_range', async () => {
    const numbers = await buckets({
      range: { field: 'request.duration_ms', ranges: [{ from: 100 }, { to: 51 }, { from: 51, to: 101.5 }] },
    });
    expect(numbers).toEqual([
      { key: '*-51.0', to: 51, doc_count: 1 },
      { key: '51.0-101.5', from: 51, to: 101.5, doc_count: 2 },
      { key: '100.0-*', from: 100, doc_count: 2 },
    ]);
    const dates = await answer({
      date_range: { field: 'timestamp', format: 'MM-yyyy', keyed: true, ranges: [{ to: 'now-2d/M' }, { key: 'late', from: 'now-2d/M' }] },
    });
    const edge = Date.UTC(2024, 2);
    expect(dates.buckets).toEqual({
      '*-03-2024': { to: edge, to_as_string: '03-2024', doc_count: 0 },
      late: { from: edge, from_as_string: '03-2024', doc_count: 5 },
    });
  });

  it('histogram with bounds, offset and keys', async () => {
    const found = await answer({
      histogram: { field: 'retries', interval: 0.5, offset: 0.25, extended_bounds: { min: 0.5, max: 2.5 }, keyed: true },
    });
    const counts = Object.entries(found.buckets as Record<string, { doc_count: number }>).map(([key, bucket]) => [key, bucket.doc_count]);
    expect(counts).toEqual([
      ['0.25', 0],
      ['0.75', 1],
      ['1.25', 0],
      ['1.75', 2],
      ['2.25', 0],
    ]);
  });

  it('filters in their forms', async () => {
    const [error, slow] = [{ sql: "level = 'ERROR'" }, { sql: 'ifNull(duration > 50, 0)' }];
    expect((await answer({ filters: { filters: [error, slow] } })).buckets).toEqual([{ doc_count: 2 }, { doc_count: 3 }]);
    expect((await answer({ filters: { filters: { error, slow }, other_bucket_key: 'rest' } })).buckets).toEqual({
      error: { doc_count: 2 },
      slow: { doc_count: 3 },
      rest: { doc_count: 1 },
    });
  });

  it('global, missing, nested and samplers', async () => {
    const found = await runOn(
      table,
      {
        all: { global: {}, aggs: { m: { max: { field: 'request.duration_ms' } } } },
        none: { missing: { field: 'request.duration_ms' } },
        nested: { nested: { path: 'request' }, aggs: { back: { reverse_nested: {}, aggs: { t: { terms: { field: 'level' } } } } } },
        sample: { random_sampler: { probability: 0.1 } },
      },
      "level = 'ERROR'",
    );
    expect(found).toMatchObject({
      all: { doc_count: 5, m: { value: 151 } },
      none: { doc_count: 1 },
      nested: { doc_count: 2, back: { doc_count: 2, t: { buckets: [{ key: 'ERROR', doc_count: 2 }] } } },
      sample: { doc_count: 2 },
    });
  });

  it('composite pages through all combinations', async () => {
    const sources = [
      { day: { date_histogram: { field: 'timestamp', calendar_interval: 'month' } } },
      { agent: { terms: { field: 'agent.name', order: 'desc' } } },
      { method: { terms: { field: 'request.method', missing_bucket: true } } },
    ];
    const pages: unknown[] = [];
    let after: unknown;
    for (let page = 0; page < 10; page += 1) {
      const found = await answer({
        composite: { size: 2, sources, ...(after === undefined ? {} : { after }) },
        aggs: { m: { max: { field: 'request.duration_ms' } } },
      });
      pages.push(
        ...(found.buckets as { key: unknown; m: { value: unknown } }[]).map((bucket) => [
          ...Object.values(bucket.key as object),
          bucket.m.value,
        ]),
      );
      after = found.after_key;
      if (after === undefined) break;
    }
    const [march, may] = [Date.UTC(2024, 2), Date.UTC(2024, 4)];
    expect(pages).toEqual([
      [march, 'b', null, 151],
      [march, 'b', 'GET', 101],
      [march, 'a', null, 51],
      [may, 'c', null, null],
    ]);
  });

  it('significant_terms scores against the whole index', async () => {
    const found = await answer({ significant_terms: { field: 'agent.name', min_doc_count: 1 } }, "level = 'ERROR'");
    // b: 1 of 2 here and 2 of 5 in all; c: 1 of 2 and 1 of 5.
    expect(found).toMatchObject({
      doc_count: 2,
      bg_count: 5,
      buckets: [
        { key: 'c', doc_count: 1, bg_count: 1, score: expect.closeTo(0.3 * 2.5, 9) },
        { key: 'b', doc_count: 1, bg_count: 2, score: expect.closeTo(0.1 * 1.25, 9) },
      ],
    });
  });

  it('grids of a map', async () => {
    expect(await buckets({ geotile_grid: { field: 'location', precision: 8 } })).toEqual([
      { key: '8/137/83', doc_count: 2 },
      { key: '8/235/153', doc_count: 1 },
    ]);
    expect(await buckets({ geohash_grid: { field: 'location', precision: 3 } })).toEqual([
      { key: 'u33', doc_count: 2 },
      { key: 'r3g', doc_count: 1 },
    ]);
  });
});

describe('metrics', () => {
  const field = 'request.duration_ms';

  it.each([
    [{ percentiles: { field, percents: [25, 50, 95] } }, { values: { '25.0': 38.5, '50.0': 76, '95.0': expect.closeTo(143.5, 9) } }],
    [{ percentiles: { field, percents: [99.9], keyed: false, missing: 1 } }, { values: [{ key: 99.9, value: expect.closeTo(150.8, 9) }] }],
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

describe('many buckets with buckets inside', () => {
  it('uses one more scan, not one per filter', async () => {
    const documents = randomDocuments(3, 300);
    const ranges = Array.from({ length: 12 }, (_, index) => ({ from: index * 100, to: (index + 2) * 100 }));
    const agg = { range: { field: 'request.duration_ms', ranges }, aggs: { l: { terms: { field: 'level' } } } };
    table.refill(documents);
    const found = (await runOn(table, { x: agg })).x as {
      buckets: { from: number; doc_count: number; l: { buckets: { doc_count: number }[] } }[];
    };
    const expected = ranges.map(
      ({ from, to }) => documents.filter((one) => one.duration !== undefined && one.duration >= from && one.duration < to).length,
    );
    expect(found.buckets.map((bucket) => bucket.doc_count)).toEqual(expected);
    expect(found.buckets.map((bucket) => bucket.l.buckets.reduce((sum, inner) => sum + inner.doc_count, 0))).toEqual(expected);
    expect(table.statements).toHaveLength(1);
  });
});
