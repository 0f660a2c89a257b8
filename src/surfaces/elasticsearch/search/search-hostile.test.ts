import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchServer } from './testing/search-server.ts';

/** Requests that nobody should send: each is answered with a 4xx in Elasticsearch's form, and nothing else happens. */
let server: SearchServer;
beforeAll(async () => {
  server = await SearchServer.open();
  await server.index('logs', [
    { msg: 'one', n: 1, tags: ['a', 'b'], o: { p: 'q' }, "it's": { '`': 'quoted' }, time: 'noon' },
    { msg: 'two', n: 2.5, mixed: 1 },
    { msg: 'three', mixed: 'x', big: 2 ** 60 },
  ]);
});
afterAll(() => server.close());

const post = (url: string, payload: string | object) =>
  server.app.inject({
    method: 'POST',
    url,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    headers: { 'content-type': 'application/json' },
  });

describe('a hostile search', () => {
  it.each<[object | string]>([
    ['{'],
    ['[]'],
    ['{"size":1e10}'],
    [{ size: 1.5 }],
    [{ size: '10; DROP TABLE logs' }],
    [{ from: -1 }],
    [{ query: [] }],
    [{ query: 5 }],
    [{ sort: [['n']] }],
    [{ sort: [{ n: 5 }] }],
    [{ sort: [{ n: { order: 'sideways' } }] }],
    [{ sort: [{ tags: { mode: 'sum' } }] }],
    [{ sort: [{ tags: { mode: '__proto__' } }] }],
    [{ sort: ['n'], search_after: [{}] }],
    [{ sort: ['n'], search_after: [[1]] }],
    [{ sort: ['timestamp'], search_after: ['1 OR 1=1'] }],
    [{ sort: ['timestamp'], search_after: [1e300] }],
    [{ sort: ['_doc'], search_after: ['ffffffffffffffffffff"'] }],
    [{ search_after: ['x'] }],
    [{ sort: ['__proto__'] }],
    [{ aggs: 5 }],
    [{ aggs: { a: { terms: { field: { x: 1 } } } } }],
    [{ highlight: [] }],
    [{ highlight: { fields: { msg: { fragment_size: 'x' } } } }],
    [{ fields: [{}] }],
    [{ fields: [5] }],
    [{ collapse: { field: 'tags' } }],
    [{ collapse: {}, slice: { id: 2, max: 2 } }],
    [{ collapse: { field: 'msg', inner_hits: { size: 1000 } } }],
    [{ pit: { id: 5 } }],
    [{ timeout: 'soon' }],
    [{ track_total_hits: 'many' }],
    [{ constructor: {} }],
    [{ min_score: {} }],
    [{ stored_fields: [{}] }],
    [{ sort: [{ n: { missing: {} } }] }],
    [{ _source: { includes: [{}] } }],
    [{ terminate_after: {} }],
    [`{"query":${'{"bool":{"must":['.repeat(40)}{"match_all":{}}${']}}'.repeat(40)}}`],
    [`{"a":${'['.repeat(2_000)}`],
  ])('%j is refused', async (body) => {
    const answer = await post('/logs/_search', body);
    expect([answer.statusCode >= 400 && answer.statusCode < 500, answer.json().status]).toEqual([true, answer.statusCode]);
    expect(answer.json().error.root_cause[0].reason).not.toContain('BUG');
  });

  it.each<[object, number]>([
    [{ sort: [{ "it's.`": { order: 'desc', unmapped_type: 'keyword' } }] }, 3],
    [{ sort: [{ "x' OR 1=1 --": { unmapped_type: 'long' } }] }, 3],
    [{ sort: ['mixed', 'big', 'n', 'o.p', 'msg', { tags: 'desc' }] }, 3],
    [{ query: { term: { "it's.`": 'quoted' } }, fields: ['*'], highlight: { fields: { '*': {} } } }, 1],
    [{ query: { query_string: { query: "it\\'s.\\`:quoted" } } }, 1],
    [{ sort: [{ n: { missing: 0 } }], _source: ['**', '*.*', ''] }, 3],
    [{ _source: { includes: ['a'.repeat(10_000)] }, docvalue_fields: ['__proto__', 'constructor', 'time'] }, 3],
    [{ min_score: 0.5, post_filter: { match_all: {} }, indices_boost: [{ logs: 2 }], track_scores: true }, 3],
    [{ min_score: 2 }, 0],
    [{ slice: { id: 0, max: 3 }, stored_fields: '_none_', terminate_after: 1 }, 1],
  ])('%j finds %i', async (body, hits) => {
    const answer = await post('/logs/_search', body);
    expect(answer.json().error).toBeUndefined();
    expect(answer.json().hits.hits).toHaveLength(hits);
  });

  it.each<[string, string]>([
    ['/_msearch', '{}\n'],
    ['/_msearch', '{}\n{\n'],
    ['/_msearch', '5\n5\n'],
    ['/_msearch', ''],
    ['/_mget', '{"docs":[5]}'],
    ['/_mget', '{"docs":[{"_id":"1"}]}'],
    ['/_mget', '{"ids":[]}'],
    ['/_mget', '{"docs":[{"_index":{},"_id":{}}]}'],
    ['/_msearch', '{"index":{}}\n{}\n'],
    ['/_search/scroll', '{"scroll_id":[{}]}'],
    ['/logs/_field_caps', '{"fields":[{}]}'],
    ['/logs/_count', '{"min_score":{}}'],
    ['/_search/scroll', '{}'],
    ['/_search/scroll', '{"scroll_id":"nothing"}'],
    ['/logs/_search?scroll=forever', '{}'],
    ['/logs/_search?scroll=100d', '{}'],
    ['/logs/_search?scroll=1m', '{"size":0}'],
    ['/logs/_search?scroll=1m', '{"size":10001}'],
    ['/logs/_search?scroll=1m&from=1', '{}'],
    ['/logs/_pit', ''],
    ['/logs/_count', '{"size":1}'],
    ['/logs/_field_caps', '{}'],
    ['/logs/_terms_enum', '{}'],
    ['/logs/_terms_enum', '{"field":"msg","size":0}'],
    ['/logs/_delete_by_query', '{}'],
    ['/logs/_delete_by_query', '{"query":{"match_all":{}},"max_docs":1}'],
    ['/logs/_update_by_query', '{}'],
    ['/_reindex', '{}'],
    ['/logs/_search?search_type=scan', '{}'],
    ['/logs/_search?typed_keys=perhaps', '{}'],
  ])('%s of %s is refused', async (url, body) => {
    const answer = await post(url, body);
    expect([answer.statusCode >= 400 && answer.statusCode < 500, answer.json().status]).toEqual([true, answer.statusCode]);
  });

  it('leaves no scroll open and no document gone', async () => {
    expect(server.search.openContexts).toBe(0);
    expect((await post('/logs/_count', '')).json().count).toBe(3);
  });
});

describe('an object field that is a text', () => {
  it.each([
    '{',
    '{oops',
    '{"a":1} x',
    '{"a":1',
    '{"a":{"b":1}}',
    '{⼏¢𒊡',
    "{'a': 1}",
    '{"a":1e999}',
    '{"a":"\\ud800"}',
    `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
    '[1]',
  ])('as %s keeps nothing from being found', async (text) => {
    const index = `texts-${Buffer.from(text.slice(0, 20)).toString('hex')}`;
    await server.index(index, [
      { request: { params: text }, msg: 'a text' },
      { request: { params: { city: 'Oslo' } }, msg: 'an object' },
    ]);
    const found = async (query: object) => {
      const answer = await post(`/${index}/_search`, { query, sort: [{ msg: 'asc' }] });
      expect(answer.statusCode, answer.body).toBe(200);
      return answer.json().hits.hits.map(({ _source }: { _source: { msg: string } }) => _source.msg);
    };
    expect(await found({ match_all: {} })).toEqual(['a text', 'an object']);
    expect(await found({ match: { msg: 'text' } })).toEqual(['a text']);
    expect(await found({ match: { 'request.params.city': 'Oslo' } })).toEqual(['an object']);
    expect(await found({ query_string: { query: 'Oslo' } })).toEqual(['an object']);
  });
});
