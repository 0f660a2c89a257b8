import { Client as OpenSearch } from '@opensearch-project/opensearch';
import { Client as Client7 } from 'es7';
import { Client as Client8, type estypes } from 'es8';
import { Client as Client9 } from 'es9';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Search } from '../../../queries/search/search.ts';
import type { QueryLimits } from '../../../store/engine/engine.ts';
import { describeError } from '../describe-error.ts';
import { SearchServer } from './testing/search-server.ts';

/** What the published clients send, over one set of documents. */
let server: SearchServer;
let es: Client8;
const count = 2500;
const now = Date.parse('2026-11-20T12:00:00Z');
const document = (n: number) => ({
  timestamp: new Date(now - Math.floor(n / 10)).toISOString(),
  level: ['INFO', 'WARN', 'ERROR'][n % 3],
  msg: `message number ${n}`,
  n,
  ...(n % 5 === 0 ? {} : { score: n / 4 }),
  nested: { deep: { value: `v${n % 7}` }, other: n },
  tags: [`t${n % 4}`, `u${n % 3}`],
});

/** Every statement takes longer than a search may that allows itself little time. */
const slowEngine = {
  select: (sql: string, limits?: QueryLimits) =>
    server.table.engine.select(
      sql.startsWith('SELECT path') || sql.startsWith('SELECT * FROM (SELECT') ? sql : `SELECT sleepEachRow(0.1), * FROM (${sql})`,
      limits,
    ),
};

beforeAll(async () => {
  server = await SearchServer.open();
  server.now = now;
  await server.index(
    'logs-1',
    Array.from({ length: 1000 }, (_, n) => document(n)),
  );
  await server.index(
    'logs-1',
    Array.from({ length: 1000 }, (_, n) => document(n + 1000)),
  );
  await server.index(
    'logs-2',
    Array.from({ length: 500 }, (_, n) => document(n + 2000)),
  );
  await server.index('ids', [
    { _id: 'one', msg: 'first', big: 1 },
    { _id: 'a/b c', msg: 'second' },
  ]);
  await server.index('exact', ['{"big":12345678901234567890,"dec":1.0,"exp":1e3,"s":"x","o":{"a":1.50,"b":2}}']);
  es = new Client8({ node: server.url });
});
afterAll(() => server.close());

const newestFirst: estypes.Sort = [{ _doc: { order: 'desc' } }];
const oldestFirst: estypes.Sort = [{ _doc: { order: 'asc' } }];
const numbers = (hits: readonly { _source?: unknown }[]) => hits.map((hit) => (hit._source as { n: number }).n);

describe('paging', () => {
  it('scrolls through everything once with each client', async () => {
    const es7 = new Client7({ node: server.url });
    const found7: number[] = [];
    for await (const { n } of es7.helpers.scrollDocuments<{ n: number }>({ index: 'logs-*', size: 700, body: { sort: '_doc' } }))
      found7.push(n);
    expect(found7).toEqual(Array.from({ length: count }, (_, n) => n));
    const found8: number[] = [];
    for await (const page of es.helpers.scrollSearch<{ n: number }>({ index: 'logs-*', size: 999, query: { match_all: {} } }))
      found8.push(...page.documents.map(({ n }) => n));
    expect(found8.sort((a, b) => a - b)).toEqual(found7);
    const found9: number[] = [];
    const es9 = new Client9({ node: server.url });
    for await (const { n } of es9.helpers.scrollDocuments<{ n: number }>({ index: 'logs-*', size: 400, sort: [{ score: 'desc' }] }))
      found9.push(n);
    expect(found9.length).toBe(count);
    expect(new Set(found9).size).toBe(count);
    expect(server.search.openContexts).toBe(0);
  });

  it('leaves out what was on its way when a snapshot was made', async () => {
    await server.index('on-its-way', [{ n: 1 }]);
    const { last } = await server.search.ports.seenSegments();
    await server.index('on-its-way', [{ n: 2 }]);
    await server.index('on-its-way', [{ n: 3 }]);
    const search = new Search({ ...server.search.ports, seenSegments: async () => ({ last: last + 2, missing: [last + 1] }) });
    const { _scroll_id: id, hits } = JSON.parse(await search.openScroll({ index: 'on-its-way', body: { size: 1, sort: ['n'] } }, 60_000));
    expect(hits).toMatchObject({ total: { value: 2 }, hits: [{ _source: { n: 1 } }] });
    expect(JSON.parse(await search.scroll(id, undefined)).hits.hits).toMatchObject([{ _source: { n: 3 } }]);
  });

  it('reads pages of one snapshot, while records arrive', async () => {
    const { body } = await new OpenSearch({ node: server.url }).search({
      index: 'logs-2',
      scroll: '1m',
      size: 300,
      body: { sort: ['_doc'], aggs: { m: { max: { field: 'n' } } } } as object,
    });
    expect(body.hits.total).toEqual({ value: 500, relation: 'eq' });
    expect(body.aggregations).toEqual({ m: { value: 2499 } });
    await server.index('logs-2', [{ n: 9999, late: true }]);
    const second = await es.scroll({ scroll_id: body._scroll_id as string, scroll: '1m' });
    expect(second.hits.hits).toHaveLength(200);
    expect(second.hits.total).toEqual({ value: 500, relation: 'eq' });
    expect(second.aggregations).toBeUndefined();
    const third = await es.scroll({ scroll_id: second._scroll_id as string });
    expect(third.hits.hits).toEqual([]);
    expect(third._scroll_id).toBe(body._scroll_id);
    expect(await es.clearScroll({ scroll_id: [third._scroll_id as string, 'unknown'] })).toEqual({ succeeded: true, num_freed: 1 });
    await expect(es.scroll({ scroll_id: third._scroll_id as string })).rejects.toMatchObject({
      statusCode: 404,
      body: { error: { type: 'search_context_missing_exception' } },
    });
    await es.deleteByQuery({ index: 'logs-2', query: { term: { late: true } } });
  });

  it.each<[estypes.SortCombinations[] | undefined]>([
    [[{ timestamp: 'desc' }, { _doc: { order: 'desc' } }]],
    [[{ timestamp: 'asc' }, { _doc: { order: 'desc' } }]],
    [[{ timestamp: 'asc' }]],
    [[{ level: 'asc' }, { score: { order: 'desc', missing: '_first' } }]],
    [[{ score: { order: 'asc' } }]],
    [[{ 'nested.deep.value': 'desc' }, { timestamp: 'desc' }]],
    [undefined],
  ])('goes on behind the last hit in a point in time with sort %j', async (sort) => {
    const pit = await es.openPointInTime({ index: 'logs-*', keep_alive: '1m' });
    const found: number[] = [];
    let after: (string | number | boolean | null)[] | undefined;
    for (;;) {
      const page = await es.search({
        size: 333,
        pit: { id: pit.id, keep_alive: '1m' },
        ...(sort ? { sort } : {}),
        ...(after ? { search_after: after } : {}),
      });
      found.push(...numbers(page.hits.hits));
      after = page.hits.hits.at(-1)?.sort as typeof after;
      if (page.hits.hits.length < 333) break;
    }
    expect(found).toHaveLength(count);
    expect(new Set(found).size).toBe(count);
    expect(await es.closePointInTime({ id: pit.id })).toEqual({ succeeded: true, num_freed: 1 });
  });

  it('follows arrivals by the opaque value of _doc', async () => {
    const first = await es.search({ index: 'logs-*', size: 10, sort: newestFirst, track_total_hits: false });
    expect(first.hits.total).toBeUndefined();
    expect(numbers(first.hits.hits)).toEqual(Array.from({ length: 10 }, (_, n) => count - 1 - n));
    const [newest] = first.hits.hits;
    const none = await es.search({ index: 'logs-*', size: 10, sort: oldestFirst, search_after: newest?.sort as string[] });
    expect(none.hits.hits).toEqual([]);
    const { hits } = await es.search({ index: 'logs-*', size: 3, sort: oldestFirst, search_after: first.hits.hits[5]?.sort as string[] });
    expect(numbers(hits.hits)).toEqual([count - 5, count - 4, count - 3]);
  });
});

describe('hits', () => {
  it('keep the text of numbers, filtered or not', async () => {
    const whole = await server.app.inject({ url: '/exact/_search' });
    expect(whole.body).toContain('"_source":{"big":12345678901234567890,"dec":1.0,"exp":1e3,"s":"x","o":{"a":1.50,"b":2}}');
    const part = await server.app.inject({ url: '/exact/_search?_source_includes=big,o.*,dec&_source_excludes=o.b' });
    expect(part.body).toContain('"_source":{"big":12345678901234567890,"dec":1.0,"o":{"a":1.50}}');
    const found = await es.search({ index: 'exact', query: { term: { big: '12345678901234567890' } } });
    expect(found.hits.hits).toHaveLength(1);
  });

  it('count as asked', async () => {
    const total = async (more: object) => (await es.search({ index: 'logs-*', size: 0, ...more })).hits.total;
    expect(await total({})).toEqual({ value: count, relation: 'eq' });
    expect(await total({ track_total_hits: 100 })).toEqual({ value: 100, relation: 'gte' });
    expect(await total({ track_total_hits: true })).toEqual({ value: count, relation: 'eq' });
    expect(await total({ track_total_hits: false })).toBeUndefined();
    expect(await total({ rest_total_hits_as_int: true })).toBe(count);
    expect(await total({ post_filter: { term: { level: 'INFO' } } })).toEqual({ value: 834, relation: 'eq' });
  });

  it('show fields, versions and marks', async () => {
    const { hits } = await es.search({
      index: 'logs-1',
      query: { bool: { must: [{ match: { msg: 'number' } }, { term: { n: 17 } }] } },
      _source: false,
      fields: ['nested.*', { field: '@timestamp', format: 'strict_date_optional_time_nanos' }, 'tags'],
      docvalue_fields: [{ field: 'timestamp', format: 'epoch_millis' }],
      script_fields: {},
      version: true,
      seq_no_primary_term: true,
      highlight: { pre_tags: ['@HIGHLIGHT@'], post_tags: ['@/HIGHLIGHT@'], fields: { '*': {} }, fragment_size: 2147483647 },
    });
    expect(hits.hits[0]).toMatchObject({
      _version: 1,
      _primary_term: 1,
      fields: {
        'nested.deep.value': ['v3'],
        'nested.other': [17],
        '@timestamp': ['2026-11-20T11:59:59.999Z'],
        timestamp: [String(now - 1)],
        tags: ['t1', 'u2'],
      },
      highlight: { msg: ['message @HIGHLIGHT@number@/HIGHLIGHT@ 17'] },
    });
    expect(hits.hits[0]?._source).toBeUndefined();
  });

  it('collapse to one per value, with more inside', async () => {
    const { hits } = await es.search({
      index: 'logs-1',
      collapse: { field: 'level', inner_hits: { name: 'newest', size: 2, sort: [{ n: 'desc' }], _source: ['n'] } },
      sort: [{ n: 'asc' }],
    });
    expect(hits.hits.map((hit) => (hit._source as { level: string }).level)).toEqual(['INFO', 'WARN', 'ERROR']);
    expect(hits.hits[0]?.inner_hits?.newest?.hits.hits.map((hit) => hit._source)).toEqual([{ n: 1998 }, { n: 1995 }]);
    expect(hits.hits[0]?.inner_hits?.newest?.hits.total).toEqual({ value: 667, relation: 'eq' });
  });

  it('take missing values as sorted, and sort by what is there', async () => {
    const { hits } = await es.search({ index: 'logs-1', size: 2, sort: [{ score: { order: 'asc', missing: '_first' } }, { n: 'desc' }] });
    expect(hits.hits.map((hit) => hit.sort)).toEqual([
      ['-Infinity', 1995],
      ['-Infinity', 1990],
    ]);
    const unmapped = await es.search({
      index: 'logs-1',
      size: 1,
      sort: [{ nowhere: { order: 'desc', unmapped_type: 'boolean' } }, { n: 'asc' }],
    });
    expect(unmapped.hits.hits[0]?.sort).toEqual([null, 0]);
  });
});

describe('documents', () => {
  it('are read by id, after what waits has arrived', async () => {
    server.calls.length = 0;
    expect(await es.get({ index: 'ids', id: 'one' })).toMatchObject({
      _index: 'ids',
      _id: 'one',
      _version: 1,
      found: true,
      _source: { msg: 'first', big: 1 },
    });
    expect(server.calls).toEqual(['refresh ids one']);
    expect(await es.get({ index: 'ids', id: 'a/b c', _source_includes: 'nothing' })).toMatchObject({ found: true, _source: {} });
    await expect(es.get({ index: 'ids', id: 'none' })).rejects.toMatchObject({
      statusCode: 404,
      body: { _index: 'ids', _id: 'none', found: false },
    });
    expect(await es.exists({ index: 'ids', id: 'one' })).toBe(true);
    expect(await es.exists({ index: 'ids', id: 'none' })).toBe(false);
    expect(await es.getSource({ index: 'ids', id: 'one' })).toEqual({ msg: 'first', big: 1 });
    await expect(es.getSource({ index: 'ids', id: 'none' })).rejects.toMatchObject({ statusCode: 404 });
    const automatic = (await es.search({ index: 'logs-2', size: 1 })).hits.hits[0];
    expect((await es.get({ index: 'logs-2', id: automatic?._id as string }))._source).toEqual(automatic?._source);
    const many = await es.mget({
      docs: [
        { _index: 'ids', _id: 'one' },
        { _index: 'ids', _id: 'none' },
        { _index: 'nowhere', _id: 'x' },
      ],
    });
    expect(many.docs).toMatchObject([{ found: true }, { found: false }, { error: { type: 'index_not_found_exception' } }]);
    expect((await es.mget({ index: 'ids', ids: ['a/b c'] })).docs).toMatchObject([{ _source: { msg: 'second' } }]);
    expect((await es.search({ index: 'ids', query: { ids: { values: ['one', automatic?._id as string] } } })).hits.hits).toHaveLength(1);
  });

  it('are counted, searched together, listed and deleted', async () => {
    expect((await es.count({ index: 'logs-*', query: { term: { level: 'INFO' } } })).count).toBe(834);
    expect((await es.count({ index: 'logs-*', q: 'level:(WARN OR ERROR)' })).count).toBe(1666);
    const several = await es.msearch({
      searches: [
        { index: 'logs-1' },
        { size: 0 },
        { index: 'nowhere' },
        {},
        { index: 'nowhere', ignore_unavailable: true },
        {},
        { index: 'logs-1' },
        { query: { nonsense: {} } } as object,
      ],
    });
    expect(several.responses).toMatchObject([
      { status: 200, hits: { total: { value: 2000 } } },
      { status: 404, error: { type: 'index_not_found_exception' } },
      { status: 200, hits: { total: { value: 0 } } },
      { status: 400, error: { type: 'parsing_exception' } },
    ]);
    const caps = await es.fieldCaps({ index: 'logs-*', fields: ['level', 'n', 'nested*', 'timestamp'] });
    expect(caps.indices).toEqual(['logs-1', 'logs-2']);
    expect(Object.keys(caps.fields)).toEqual(['level', 'n', 'nested.deep.value', 'nested.deep.value.keyword', 'nested.other', 'timestamp']);
    expect(caps.fields.n).toEqual({ long: { type: 'long', metadata_field: false, searchable: true, aggregatable: true } });
    expect((await es.termsEnum({ index: 'logs-1', field: 'level', string: 'w', case_insensitive: true })).terms).toEqual(['WARN']);
    expect((await es.indices.validateQuery({ index: 'logs-1', query: { term: { level: 'x' } } })).valid).toBe(true);
    expect((await es.indices.validateQuery({ index: 'logs-1', q: 'level:(' })).valid).toBe(false);
    expect(await es.indices.validateQuery({ index: 'logs-1', q: 'level:(', explain: true })).toMatchObject({
      valid: false,
      explanations: [{ index: 'logs-1', valid: false, error: expect.stringContaining('level:(') }],
    });
    await server.index('gone', [{ k: 1 }, { k: 2 }, { k: 2 }]);
    server.calls.length = 0;
    expect(await es.deleteByQuery({ index: 'gone', query: { term: { k: 2 } } })).toMatchObject({ deleted: 2, total: 2, failures: [] });
    expect(server.calls).toEqual(['refresh']);
    expect((await es.count({ index: 'gone' })).count).toBe(1);
  });

  it('are found by numbers and truth values without a field', async () => {
    await server.index('plain', [
      { n: 42, deep: { x: 4.5 }, ok: true, many: [44, 'zed'] },
      { request: { duration_ms: 42 }, msg: 'took 45 ms' },
      { note: '42nd of them, not true to size' },
    ]);
    const found = async (q: string) => (await es.count({ index: 'plain', q })).count;
    const queries = ['42', '"42"', '4.5', 'true', '44', '45', '42.0', '43', 'false', '4*', '(42 zed)', '*:42'];
    expect(Object.fromEntries(await Promise.all(queries.map(async (q) => [q, await found(q)])))).toEqual({
      '42': 2,
      '"42"': 2,
      '4.5': 1,
      true: 2,
      '44': 1,
      '45': 1,
      '42.0': 2,
      '43': 0,
      false: 0,
      '4*': 3,
      '(42 zed)': 1,
      '*:42': 2,
    });
    expect((await es.count({ index: 'plain', query: { multi_match: { query: '42' } } })).count).toBe(2);
  });

  it('are searched in the background', async () => {
    const done = await es.asyncSearch.submit({ index: 'logs-1', size: 1, wait_for_completion_timeout: '10s' });
    expect(done).toMatchObject({ is_running: false, is_partial: false, response: { hits: { total: { value: 2000 } } } });
    expect(done.id).toBeUndefined();
    const kept = await es.asyncSearch.submit({ index: 'logs-1', size: 1, keep_on_completion: true, wait_for_completion_timeout: '10s' });
    expect(await es.asyncSearch.get({ id: kept.id as string })).toMatchObject({ is_running: false, response: { hits: { hits: [{}] } } });
    expect(await es.asyncSearch.status({ id: kept.id as string })).toMatchObject({ is_running: false, completion_status: 200 });
    expect(await es.asyncSearch.delete({ id: kept.id as string })).toEqual({ acknowledged: true });
    await expect(es.asyncSearch.get({ id: kept.id as string })).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('errors', () => {
  it.each([
    [{ query: { nonsense: {} } }, 400, 'parsing_exception'],
    [{ query: { query_string: { query: 'a:(b' } } }, 400, 'search_phase_execution_exception'],
    [{ query: { range: { timestamp: { gte: 'yesterday' } } } }, 400, 'search_phase_execution_exception'],
    [{ sort: [{ nowhere: 'asc' }] }, 400, 'search_phase_execution_exception'],
    [{ from: 9_999, size: 2 }, 400, 'search_phase_execution_exception'],
    [{ size: -1 }, 400, 'illegal_argument_exception'],
    [{ nonsense: 1 }, 400, 'parsing_exception'],
    [{ runtime_mappings: { x: { type: 'long' } } }, 400, 'illegal_argument_exception'],
    [{ aggs: { a: { nonsense: {} } } }, 400, 'parsing_exception'],
    [{ pit: { id: 'x' }, index: undefined }, 404, 'search_context_missing_exception'],
    [{ search_after: [1], sort: [{ timestamp: 'asc' }, { n: 'asc' }] }, 400, 'search_phase_execution_exception'],
    [{ index: 'nowhere' }, 404, 'index_not_found_exception'],
  ])('%j is answered with %i %s', async (body, status, type) => {
    const { index, ...request } = { index: 'logs-1' as string | undefined, ...body } as Record<string, unknown>;
    const url = index === undefined ? '/_search' : `/${String(index)}/_search`;
    const answer = await server.app.inject({ method: 'POST', url, payload: request, headers: { 'content-type': 'application/json' } });
    expect([answer.statusCode, answer.json().error.type]).toEqual([status, type]);
    expect(answer.json().error.root_cause).toHaveLength(1);
  });

  it('of limits keep their form', async () => {
    const { ports } = server.search;
    const narrow = new Search({ ...ports, limits: { ...ports.limits, maxRows: 1 } });
    const error = await narrow.search({ index: 'logs-1', body: {} }).catch((reason: unknown) => reason);
    expect(describeError(error)).toMatchObject({ status: 400, type: 'circuit_breaking_exception' });
    const timed = await new Search({ ...ports, engine: slowEngine }).search({ index: 'logs-1', body: { timeout: '10ms' } });
    expect(JSON.parse(timed)).toMatchObject({ timed_out: true, hits: { total: { value: 0, relation: 'gte' }, hits: [] } });
  });

  it('are not made of names that match nothing', async () => {
    const answer = await es.search({ index: 'no-*', size: 1, aggs: { a: { terms: { field: 'level' } } } });
    expect(answer).toMatchObject({
      hits: { total: { value: 0, relation: 'eq' }, hits: [] },
      _shards: { total: 0 },
      aggregations: { a: { buckets: [] } },
    });
  });
});
