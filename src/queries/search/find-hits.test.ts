import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../lib/json/json-text.ts';
import { type OpenSearch, openSearch } from './testing/open-search.ts';

const start = Date.UTC(2026, 10, 20, 12);

/** More than are few without a total (1,000) of one agent, 30 of another; out of order, and some of one millisecond. */
const documents = Array.from({ length: 1300 }, (_, at) => ({
  timestamp: new Date(start + ((at * 7919) % 1300) * 500).toISOString(),
  level: at % 3 === 0 ? 'ERROR' : 'INFO',
  agent: { name: at % 43 === 0 ? 'rare' : 'busy' },
  n: at,
}));

let opened: OpenSearch;

beforeAll(async () => {
  opened = await openSearch();
  await opened.catalogue.createForWrite('logs', { op: 'index' });
  await opened.table.load(documents.map((document) => ({ index: 'logs', text: JSON.stringify(document) })));
});
afterAll(() => opened.table.close());
beforeEach(() => void opened.statements.splice(0));

type Answer = Readonly<{
  hits: Readonly<{ total: { value: number }; hits: readonly Readonly<{ _source: { n: number }; sort: readonly JsonValue[] }>[] }>;
}>;

async function ask(agent: string, body: JsonObject): Promise<Answer> {
  const query = { term: { 'agent.name': agent } };
  return JSON.parse(
    await opened.search.search({ index: 'logs', body: { query, size: 20, sort: [{ timestamp: 'desc' }], ...body } }),
  ) as Answer;
}

const newest = (agent: string) =>
  documents
    .filter((document) => document.agent.name === agent)
    .sort((left, right) => right.timestamp.localeCompare(left.timestamp))
    .map(({ n }) => n);

const numbers = (answer: Answer) => answer.hits.hits.map((hit) => hit._source.n);
const probes = () => opened.statements.filter((sql) => sql.includes('AS places')).length;

/** The store does not count by `n`, so documents are scanned, and counted by the way. */
const aggs = { levels: { terms: { field: 'level' } }, all: { value_count: { field: 'n' } } };

describe.each([
  ['busy', 0],
  ['rare', 1],
])('hits of the agent that is %s', (agent, probesWhenCounted) => {
  const all = newest(agent);

  it('are the newest, and counted', async () => {
    const answer = await ask(agent, {});
    expect([numbers(answer), answer.hits.total.value, probes()]).toEqual([all.slice(0, 20), all.length, 1]);
  });

  it('are the newest where aggregations count them, which says whether they are many', async () => {
    const answer = await ask(agent, { aggs });
    expect([numbers(answer), answer.hits.total.value, probes()]).toEqual([all.slice(0, 20), all.length, probesWhenCounted]);
  });

  it('are the newest where the store has counted them before the aggregations have', async () => {
    const answer = await ask(agent, { query: { term: { 'agent.name.keyword': agent } }, aggs: { levels: aggs.levels } });
    expect([numbers(answer), answer.hits.total.value, probes()]).toEqual([all.slice(0, 20), all.length, probesWhenCounted]);
    expect(opened.statements.filter((sql) => /^SELECT sum\(n\) AS n FROM minute_counts/.test(sql))).toHaveLength(1);
  });

  it('go on behind a place, whatever the aggregations count before it', async () => {
    const first = await ask(agent, { aggs, size: all.length - 5 });
    const rest = await ask(agent, { aggs, search_after: first.hits.hits.at(-1)?.sort ?? [] });
    expect([...numbers(first), ...numbers(rest)]).toEqual(all);
    expect(rest.hits.total.value).toBe(all.length);
  });
});
