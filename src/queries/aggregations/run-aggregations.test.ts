import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
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

describe('random trees of aggregations', () => {
  it.each(Array.from({ length: 70 }, (_, index) => index + 1))('answers request %i as the reference does', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs);
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, documents)));
  });

  it.each(Array.from({ length: 30 }, (_, index) => index + 3000))('answers request %i where fields have many values', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs, '1', { hasManyValues: () => true });
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, documents)));
  });

  it.each(Array.from({ length: 20 }, (_, index) => index + 1000))('answers request %i over a query', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    const answer = await runOn(table, aggs, "level = 'ERROR'");
    const errors = documents.filter((doc) => doc.level === 'ERROR');
    expect(rounded(answer), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, errors)));
  });

  it.each(Array.from({ length: 20 }, (_, index) => index + 2000))('answers request %i over nothing', async (seed) => {
    const aggs = randomAggs(generator(seed), 3);
    expect(rounded(await runOn(table, aggs, '0')), JSON.stringify(aggs)).toEqual(rounded(reference(aggs, [])));
  });
});
