import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';
import { smallDocuments } from './testing/small-documents.ts';
import { answerOf, bucketsOf, summary } from './testing/summary.ts';

const table = new TestTable(Session, smallDocuments);
afterAll(() => table.close());

const answer = (agg: unknown, where?: string) => answerOf(table, agg, where);
const buckets = (agg: unknown, where?: string) => bucketsOf(table, agg, where);

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
    [{ field: 'tags', include: '\\y' }, [['y', 1]], 0],
    [{ field: 'tags', include: 'y\\-?' }, [['y', 1]], 0],
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

  describe.each([
    ['of one size', [2, 2, 2, 2, 2]],
    ['of several sizes', [1, 10, 2, 3, 2]],
  ])('%s beside each other', (_, [one, all, two, lines, pairs]) => {
    const several = (more: object) => ({
      one: { terms: { field: 'agent.name', size: one, ...more } },
      all: { terms: { field: 'retries', size: all, ...more } },
      within: { filter: { sql: "level = 'ERROR'" }, aggs: { two: { terms: { field: 'agent.name', size: two, ...more } } } },
      lines: { terms: { field: 'message', size: lines, ...more } },
      pairs: { multi_terms: { terms: [{ field: 'agent.name' }, { field: 'retries', missing: 0 }], size: pairs, ...more } },
    });

    it.each([{}, { order: { _count: 'asc' } }, { order: { _key: 'desc' } }, { min_doc_count: 2 }])(
      'gives what it gives for each alone: %j',
      async (more) => {
        const together = await runOn(table, several(more));
        for (const [name, agg] of Object.entries(several(more))) expect(together[name]).toEqual(await answer(agg));
      },
    );
  });

  it('counts only what is shown against the limit of buckets', async () => {
    const few = { terms: { field: 'agent.name', size: 1 } };
    const more = { terms: { field: 'retries', size: 3 } };
    const found = await runOn(table, { few, more }, '1', { maxBuckets: 3 });
    expect([found.few, found.more]).toEqual([await answer(few), await answer(more)]);
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
