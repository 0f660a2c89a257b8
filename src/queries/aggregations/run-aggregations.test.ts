import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { generator, randomDocuments, TestTable } from './testing/documents.ts';
import { randomAggs, reference } from './testing/reference.ts';
import { runOn } from './testing/run.ts';

const documents = randomDocuments(11, 700);
const table = new TestTable(Session, documents);
afterAll(() => table.close());

/** Doubles that differ in the last places only, because sums are taken in another order. */
function rounded(json: unknown): unknown {
  if (typeof json === 'number') return Number(json.toPrecision(9));
  if (Array.isArray(json)) return json.map(rounded);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, rounded(value)]));
}

const nested = {
  agents: {
    terms: { field: 'agent.name', size: 2 },
    aggs: { levels: { terms: { field: 'level', size: 2 } }, mean: { avg: { field: 'request.duration_ms' } } },
  },
};

describe('buckets of fields with few values', () => {
  const few = { cardinality: () => 'few' as const };

  it('are trimmed where they arrive, and made of those of all keys', async () => {
    const answer = await runOn(table, nested, '1', few);
    expect(table.statements).toEqual([
      expect.stringMatching(/avgOrNullMerge\(part_m\d\).*countState\(\) AS part_.* ORDER BY m\d DESC, k0_0, k1_0 LIMIT 20001 /),
    ]);
    expect(rounded(answer)).toEqual(rounded(reference(nested, documents)));
  });

  it('are trimmed by the engine after all when they are many', async () => {
    const answer = await runOn(table, nested, '1', { ...few, maxBuckets: 7 });
    expect(table.statements.map((sql) => sql.includes('OVER ('))).toEqual([false, true]);
    expect(rounded(answer)).toEqual(rounded(reference(nested, documents)));
  });

  it('are trimmed by the engine where each has an order of its own', async () => {
    const aggs = { agents: { terms: { field: 'agent.name', size: 2, order: { _key: 'asc' } }, aggs: nested.agents.aggs } };
    const answer = await runOn(table, aggs, '1', few);
    expect(table.statements.map((sql) => sql.includes('OVER ('))).toEqual([true]);
    expect(rounded(answer)).toEqual(rounded(reference(aggs, documents)));
  });
});

it('fails once when what is counted cannot be read', async () => {
  const sources = () => Promise.reject(new Error('gone'));
  const counted = { sources, total: 'count()', since: 0, covers: () => true, instant: 'timestamp', minuteStart: '0' };
  await expect(runOn(table, { agents: { terms: { field: 'agent.name' } } }, '1', { counted })).rejects.toThrow('gone');
});

const seeds = (count: number, first: number) => Array.from({ length: randomCases(count).numRuns }, (_, index) => first + index);

describe('random trees of aggregations', () => {
  it.each(seeds(28, 1))('answers request %i as the reference does', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs);
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, documents)));
  });

  it.each(seeds(12, 3000))('answers request %i where fields have many values', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs, '1', { cardinality: () => 'many' });
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, documents)));
  });

  it.each(seeds(28, 5000))('answers request %i where fields have few values', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs, '1', { cardinality: () => 'few' });
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, documents)));
  });

  it.each(seeds(8, 1000))('answers request %i over a query', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs, "level = 'ERROR'");
    const errors = documents.filter((doc) => doc.level === 'ERROR');
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, errors)));
  });

  it.each(seeds(16, 4000))('answers request %i from counts of minutes', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const minute = 'intDiv(toUnixTimestamp64Milli(timestamp), 60000)';
    // The start lies within a minute.
    const from = Math.floor(Date.UTC(2024, 2, 31) / 60_000) * 60_000 + 1;
    const answer = await runOn(table, aggs, `timestamp >= fromUnixTimestamp64Milli(${from})`, {
      counted: {
        sources: async () => ({
          counted: `t.logs WHERE ${minute} >= ${(from - 1) / 60_000 + 1}`,
          rows: [`t.logs WHERE timestamp >= fromUnixTimestamp64Milli(${from}) AND ${minute} = ${(from - 1) / 60_000}`],
        }),
        total: 'count()',
        since: from,
        covers: (sql) => !/timestamp|doc\.|duration|msg/.test(sql.replaceAll(minute, '')),
        instant: 'toUnixTimestamp64Milli(timestamp)',
        minuteStart: `${minute} * 60000`,
      },
    });
    const some = documents.filter((doc) => doc.timestamp >= from);
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, some)));
  });

  it.each(seeds(8, 2000))('answers request %i over nothing', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    expect(rounded(await runOn(table, aggs, '0')), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, [])));
  });
});
