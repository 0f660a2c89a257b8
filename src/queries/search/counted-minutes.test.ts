import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../lib/json/json-text.ts';
import { createLogStore } from '../../store/logs/log-store.ts';
import { countDocuments } from './count-documents.ts';
import type { Search } from './search.ts';
import type { LogTable } from './testing/log-table.ts';
import { openSearch } from './testing/open-search.ts';

const noon = Date.UTC(2026, 10, 20, 12);
const minute = 60_000;
const levels = ['INFO', 'INFO', 'ERROR', 'DEBUG', 'ERROR'];

/** Around two hours, with times at and beside the edges of minutes, and some of long ago and far ahead. */
const documents = Array.from({ length: 600 }, (_, at) => {
  const millis = noon + Math.floor(at / 5) * minute + ([0, 1, 17_000, 59_999, 30_000][at % 5] ?? 0);
  const level = levels[(at * 7) % 5];
  return {
    timestamp: new Date(at < 6 ? 1e12 + at * 1e9 : at > 594 ? millis + 5e12 : millis).toISOString(),
    ...(at % 11 === 0 ? {} : { level }),
    agent: { name: `agent-${at % 3}` },
    ...(level === 'ERROR' ? { exception: { type: `Type${at % 4}`, message: 'm' } } : {}),
    msg: `message ${at}`,
  };
});

let table: LogTable;
let search: Search;
let statements: string[];

beforeAll(async () => {
  const opened = await openSearch({ now: () => noon + 2 * 60 * minute });
  ({ table, search, statements } = opened);
  for (const [index, some] of [
    ['logs-1', documents.slice(0, 400)],
    ['logs-2', documents.slice(400)],
  ] as const) {
    await opened.catalogue.createForWrite(index, { op: 'index' });
    await table.load(some.map((document) => ({ index, text: JSON.stringify(document) })));
  }
});
afterAll(() => table.close());
beforeEach(() => void statements.splice(0));

const at = (millis: number) => new Date(millis).toISOString();
const range = (bounds: JsonObject) => ({ range: { timestamp: bounds } });
const all = (...must: JsonObject[]) => ({ bool: { must } });
const error = { term: { level: 'ERROR' } };

const hourly = {
  error_types: { terms: { field: 'exception.type', size: 3 } },
  timeline: { date_histogram: { field: 'timestamp', min_doc_count: 1, fixed_interval: '1h' } },
};
const byLevel = {
  minutes: {
    date_histogram: { field: 'timestamp', min_doc_count: 1, fixed_interval: '1m' },
    aggs: { levels: { terms: { field: 'level' } } },
  },
};
const berlin = { days: { date_histogram: { field: 'timestamp', min_doc_count: 1, calendar_interval: 'day', time_zone: 'Europe/Berlin' } } };

async function answer(query: JsonObject, aggs: JsonObject, index: string): Promise<unknown> {
  const text = await search.search({ index, body: { query, aggs, size: 3, track_total_hits: true } });
  const { took: _, ...rest } = JSON.parse(text);
  return rest;
}

/** What the store has not counted by, and every document meets. */
const uncounted = { exists: { field: 'msg' } };
const isCounted = () => statements.some((sql) => sql.includes('sum(n)'));

async function expectSame(query: JsonObject, aggs: JsonObject, index: string): Promise<void> {
  const counted = await answer(query, aggs, index);
  const before = isCounted();
  statements.splice(0);
  expect(counted).toEqual(await answer(all(query, uncounted), aggs, index));
  expect(isCounted()).toBe(false);
  expect(before).toBe(true);
  await expectSameCount(query, index);
}

/** What is counted without aggregations: by `_count`, and by a search for the number only. */
async function expectSameCount(query: JsonObject, index: string): Promise<void> {
  const counts = async (body: JsonObject) => {
    const { count } = await countDocuments(search, { index, body });
    const { hits } = JSON.parse(await search.search({ index, body: { ...body, size: 0, track_total_hits: true } }));
    return [count, hits.total.value];
  };
  statements.splice(0);
  const counted = await counts({ query });
  expect(statements.filter((sql) => sql.includes('sum(n)'))).toHaveLength(2);
  expect(counted).toEqual(await counts({ query: all(query, uncounted) }));
  statements.splice(0);
}

describe('counts of minutes', () => {
  it.each<[string, JsonObject, JsonObject, string]>([
    ['everything', { match_all: {} }, hourly, 'logs-*'],
    ['one index', { match_all: {} }, byLevel, 'logs-2'],
    ['errors of an agent over a day', all({ term: { 'agent.name': 'agent-1' } }, error, range({ gte: 'now-24h' })), hourly, 'logs-*'],
    ['from within a minute', all(error, range({ gte: at(noon + 10 * minute + 1) })), hourly, 'logs-*'],
    ['to within a minute', all(error, range({ lt: at(noon + 10 * minute + 17_000) })), byLevel, 'logs-*'],
    ['to the last instant of a minute', all(error, range({ lte: at(noon + 11 * minute - 1) })), byLevel, 'logs-*'],
    ['both ends within minutes', range({ gt: at(noon + 5 * minute), lte: at(noon + 95 * minute + 30_000) }), byLevel, 'logs-*'],
    ['both ends between minutes', range({ gte: at(noon + 5 * minute), lt: at(noon + 6 * minute) }), byLevel, 'logs-*'],
    [
      'other filters',
      { bool: { filter: [range({ gte: at(noon) })], must_not: [error], should: [{ prefix: { 'agent.name': 'agent' } }] } },
      byLevel,
      'logs-*',
    ],
    ['days of a zone', all(error, range({ gte: '1980-01-01' })), berlin, 'logs-*'],
    ['a filter aggregation', range({ gte: at(noon + 1) }), { errors: { filter: error, aggs: hourly } }, 'logs-*'],
    ['a date histogram without documents', all({ term: { level: 'NONE' } }, range({ gte: at(noon + 1) })), hourly, 'logs-*'],
  ])('%s: as rows say', async (_, query, aggs, index) => {
    await expectSame(query, aggs, index);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a field that is not counted by', { term: { msg: 'message' } }, hourly],
    ['a range within one minute', range({ gte: at(noon + 1), lt: at(noon + 59_999) }), hourly],
    ['a range over two parts of minutes', range({ gte: at(noon + 1), lt: at(noon + minute + 5) }), hourly],
    ['a time before 1970', range({ gte: '1960-01-01' }), hourly],
    ['a range that may hold', { bool: { should: [range({ gte: at(noon) }), error] } }, hourly],
    ['buckets of seconds', all(error), { t: { date_histogram: { field: 'timestamp', min_doc_count: 1, fixed_interval: '30s' } } }],
    [
      'an offset within a minute',
      all(error),
      { t: { date_histogram: { field: 'timestamp', min_doc_count: 1, fixed_interval: '1h', offset: '5s' } } },
    ],
    ['a named zone of any time', all(error), berlin],
    ['a metric', all(error), { last: { max: { field: 'timestamp' } } }],
    [
      'hard bounds',
      all(error),
      { t: { date_histogram: { field: 'timestamp', min_doc_count: 1, fixed_interval: '1h', hard_bounds: { min: noon + 5 } } } },
    ],
    ['terms of another field', all(error), { t: { terms: { field: 'msg.keyword' } } }],
  ])('%s: rows are read', async (_, query, aggs) => {
    await answer(query, aggs, 'logs-*');
    expect(isCounted()).toBe(false);
  });

  it('are not of what is filtered after the query, nor of less than all documents', async () => {
    const total = async (body: JsonObject) =>
      JSON.parse(await search.search({ index: 'logs-*', body: { size: 0, track_total_hits: true, ...body } })).hits.total.value;
    const everything = await total({});
    expect(isCounted()).toBe(true);
    statements.splice(0);
    const slices = await Promise.all([0, 1].map((id) => total({ slice: { id, max: 2 } })));
    expect((await total({ post_filter: error })) + (await total({ post_filter: { bool: { must_not: [error] } } }))).toBe(everything);
    expect(Number(slices[0]) + Number(slices[1])).toBe(everything);
    expect((await countDocuments(search, { index: 'logs-*', body: { query: { match_all: {} }, terminate_after: 7 } })).count).toBe(7);
    expect(isCounted()).toBe(false);
  });

  it('come from the table of counts', async () => {
    await answer(all(error, range({ gte: at(noon + 1) })), hourly, 'logs-*');
    const counting = statements.filter((one) => one.includes('sum(n)'));
    expect(counting.toSorted()).toEqual([
      expect.stringMatching(/^SELECT s, .*FROM minute_counts WHERE .*FROM logs WHERE /),
      expect.stringMatching(/^SELECT sum\(n\) AS n FROM minute_counts WHERE (?!.*FROM logs)/),
    ]);
  });

  it('are right behind deletions of some documents, which are read row by row from then on', async () => {
    expect(await table.deleteWhere("_index = 'logs-2' AND agent_name = 'agent-2' AND _row % 2 = 0")).toBeGreaterThan(10);
    await expectSame(all(error, range({ gte: at(noon + 1) })), hourly, 'logs-*');
    await table.load([{ index: 'logs-1', text: JSON.stringify({ timestamp: at(noon + 3 * minute), level: 'ERROR', msg: 'late' }) }]);
    await expectSame(all(error, range({ gte: at(noon + 1) })), byLevel, 'logs-*');
    await expectSame({ match_all: {} }, hourly, 'logs-*');
    await answer({ match_all: {} }, hourly, 'logs-2');
    expect(isCounted()).toBe(false);
  });

  it('are right when documents of another day join those of a day that is read row by row', async () => {
    await table.load(
      documents.slice(0, 300).map((document) => ({ index: 'logs-2', text: JSON.stringify(document) })),
      1_763_600_000_000 + 86_400_000,
    );
    await expectSame({ match_all: {} }, byLevel, 'logs-2');
    await expectSame(all(error, range({ gte: at(noon + 5 * minute + 1), lt: at(noon + 30 * minute + 1) })), byLevel, 'logs-*');
  });

  it('are right when an index is deleted and comes back', async () => {
    await createLogStore(table.engine).deleteIndices(['logs-1']);
    await table.load([{ index: 'logs-1', text: JSON.stringify({ timestamp: at(noon + 3 * minute), level: 'ERROR', msg: 'new' }) }]);
    await expectSame({ match_all: {} }, byLevel, 'logs-*');
    expect(JSON.stringify(await answer({ match_all: {} }, byLevel, 'logs-1'))).toContain('"doc_count":1,');
  });
});
