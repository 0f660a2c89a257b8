import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { randomDocuments, TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';
import { smallDocuments } from './testing/small-documents.ts';
import { answerOf, bucketsOf } from './testing/summary.ts';

const table = new TestTable(Session, smallDocuments);
afterAll(() => table.close());

const answer = (agg: unknown, where?: string) => answerOf(table, agg, where);
const buckets = (agg: unknown, where?: string) => bucketsOf(table, agg, where);

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
