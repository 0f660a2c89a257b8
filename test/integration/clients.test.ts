import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientNames, connectClient, type Json, type PublishedClient } from '../harness/published-clients.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** What applications do with the published clients, against the built server. */
let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const count = 2500;
const record = (n: number) => ({
  timestamp: new Date(Date.UTC(2026, 10, 20, 10) + n * 1000).toISOString(),
  level: ['INFO', 'WARN', 'ERROR'][n % 3],
  msg: `message number ${n}`,
  n,
  nested: { deep: `v${n % 7}` },
});

describe.each(clientNames)('%s', (name) => {
  const prefix = name.replaceAll(' ', '-');
  const index = `${prefix}-bulk`;
  const wrapped = name === 'elasticsearch 7' || name === 'opensearch';
  /** What helpers want: the body beside the parameters, or in `body`. */
  const withBody = (parameters: object, body: object) => (wrapped ? { ...parameters, body } : { ...parameters, ...body });
  const numbers = (answer: Json) => answer.hits?.hits?.map((hit) => Number(hit._source?.n)) ?? [];
  let client: PublishedClient;
  beforeAll(async () => {
    client = connectClient(name, server.url);
    const result = await client.helpers.bulk({
      datasource: Array.from({ length: count }, (_, n) => record(n)),
      onDocument: ({ n }: { n: number }) => ({ index: { _index: index, _id: `id-${n}` } }),
      flushBytes: 50_000,
      concurrency: 3,
      refreshOnCompletion: index,
    });
    expect(result).toMatchObject({ total: count, successful: count, failed: 0, aborted: false });
  });
  afterAll(() => client.close());

  it('accepts the server', async () => {
    expect(await client.send('info')).toMatchObject({ version: { number: '8.19.0' }, tagline: 'You Know, for Search' });
    expect(await client.send('ping')).toBe(true);
    expect(await client.send('cluster.health', { wait_for_status: 'yellow', timeout: '5s' })).toMatchObject({ status: 'green' });
  });

  it('counts and searches', async () => {
    expect(await client.send('count', { index })).toMatchObject({ count });
    expect(await client.send('count', { index }, { query: { term: { level: 'ERROR' } } })).toMatchObject({ count: 833 });
    const answer = await client.send('search', { index }, { query: { match: { msg: '1234' } }, track_total_hits: true });
    expect(answer.hits).toMatchObject({ total: { value: 1, relation: 'eq' }, hits: [{ _id: 'id-1234', _source: record(1234) }] });
  });

  it('reads everything with its helpers', async () => {
    const byPage: number[] = [];
    const pages = client.helpers.scrollSearch(withBody({ index, size: 700 }, { query: { match_all: {} }, sort: ['_doc'] }));
    for await (const { documents } of pages) byPage.push(...documents.map((document) => (document as { n: number }).n));
    expect(byPage.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
    const errors: object[] = [];
    for await (const document of client.helpers.scrollDocuments(withBody({ index, size: 100 }, { query: { term: { level: 'ERROR' } } }))) {
      errors.push(document);
    }
    expect(errors.length).toBe(833);
    expect(await client.helpers.search(withBody({ index, size: 3 }, { sort: [{ n: 'desc' }] }))).toMatchObject(
      [2499, 2498, 2497].map(record),
    );
  });

  it('searches several things at once', async () => {
    const answer = await client.send('msearch', {}, [
      { index },
      { size: 0, query: { term: { level: 'WARN' } }, track_total_hits: true },
      { index: `${prefix}-none` },
      { query: { match_all: {} } },
      { index },
      { size: 1, sort: [{ n: 'asc' }], aggs: { deep: { terms: { field: 'nested.deep.keyword', size: 2 } } } },
    ] as never);
    const [warnings, missing, first] = answer.responses as Json;
    expect(warnings).toMatchObject({ status: 200, hits: { total: { value: 833 } } });
    expect(missing).toMatchObject({ status: 404, error: { type: 'index_not_found_exception' } });
    expect(first?.hits?.hits).toMatchObject([{ _source: record(0), sort: [0] }]);
    const having = (deep: string) => Array.from({ length: count }, (_, n) => record(n)).filter(({ nested }) => nested.deep === deep).length;
    expect(first?.aggregations?.deep).toMatchObject({
      sum_other_doc_count: count - having('v0') - having('v1'),
      buckets: [
        { key: 'v0', doc_count: having('v0') },
        { key: 'v1', doc_count: having('v1') },
      ],
    });
  });

  it('pages through a point in time while records arrive', async () => {
    // OpenSearch has addresses and names of its own for points in time.
    const isOpenSearch = name === 'opensearch';
    const pit = await client.send(isOpenSearch ? 'createPit' : 'openPointInTime', { index, keep_alive: '1m' });
    const id = (isOpenSearch ? pit.pit_id : pit.id) as unknown as string;
    await client.send('index', { index, id: 'late', refresh: true }, wrapped ? { n: 99_999 } : { document: { n: 99_999 } });
    const found: number[] = [];
    let after: Json | undefined;
    for (;;) {
      const page = await client.send(
        'search',
        {},
        {
          size: 999,
          pit: { id, keep_alive: '1m' },
          sort: [{ timestamp: 'desc' }],
          ...(after === undefined ? {} : { search_after: after }),
        },
      );
      found.push(...numbers(page));
      after = page.hits?.hits?.at(-1)?.sort;
      if ((page.hits?.hits?.length ?? 0) < 999) break;
    }
    expect(found).toEqual(Array.from({ length: count }, (_, at) => count - 1 - at));
    if (isOpenSearch) expect(await client.send('deletePit', {}, { pit_id: [id] })).toEqual({ pits: [{ successful: true, pit_id: id }] });
    else expect(await client.send('closePointInTime', {}, { id })).toEqual({ succeeded: true, num_freed: 1 });
    await client.send('delete', { index, id: 'late', refresh: true });
    expect(await client.send('count', { index })).toMatchObject({ count });
  });

  it('describes fields', async () => {
    const { fields } = await client.send('fieldCaps', { index, fields: '*' });
    expect(fields).toMatchObject({
      n: { long: { type: 'long', searchable: true, aggregatable: true } },
      timestamp: { date: { type: 'date' } },
      msg: { text: { type: 'text', searchable: true } },
    });
    expect(Object.keys(fields ?? {})).toContain('nested.deep');
    const mapping = await client.send('indices.getMapping', { index });
    expect(mapping[index]?.mappings?.properties).toMatchObject({
      n: { type: 'long' },
      timestamp: { type: 'date' },
      nested: { properties: { deep: {} } },
    });
  });

  it('writes and reads single documents', async () => {
    const own = `${prefix}-single`;
    const document = { msg: 'one', n: 1 };
    const written = (body: object) => (wrapped ? body : { document: body });
    expect(await client.send('index', { index: own, id: 'a', refresh: 'wait_for' }, written(document))).toMatchObject({
      _index: own,
      _id: 'a',
      result: 'created',
      _version: 1,
    });
    expect(await client.send('get', { index: own, id: 'a' })).toMatchObject({ found: true, _id: 'a', _source: document });
    expect(await client.send('exists', { index: own, id: 'a' })).toBe(true);
    expect(await client.send('exists', { index: own, id: 'b' })).toBe(false);
    expect(await client.send('getSource', { index: own, id: 'a' })).toEqual(document);
    expect(await client.failure('create', { index: own, id: 'a' }, written({ msg: 'again' }))).toEqual([
      409,
      'version_conflict_engine_exception',
    ]);
    expect(await client.send('create', { index: own, id: 'b' }, written({ msg: 'two', n: 2 }))).toMatchObject({ result: 'created' });
    expect(await client.send('update', { index: own, id: 'a' }, { doc: { level: 'WARN', nested: { x: 1 } } })).toMatchObject({
      result: 'updated',
      _version: 2,
    });
    expect(await client.send('get', { index: own, id: 'a' })).toMatchObject({
      _version: 2,
      _source: { ...document, level: 'WARN', nested: { x: 1 } },
    });
    expect(await client.send('index', { index: own, id: 'a' }, written({ msg: 'last' }))).toMatchObject({ result: 'updated', _version: 3 });
    const many = await client.send('mget', { index: own }, { ids: ['a', 'b', 'none'] });
    expect(many.docs).toMatchObject([
      { _id: 'a', found: true, _source: { msg: 'last' } },
      { _id: 'b', found: true, _source: { msg: 'two', n: 2 } },
      { _id: 'none', found: false },
    ]);
    expect(await client.send('delete', { index: own, id: 'b' })).toMatchObject({ result: 'deleted' });
    expect((await client.failure('get', { index: own, id: 'b' }))[0]).toBe(404);
    expect((await client.failure('delete', { index: own, id: 'b' }))[0]).toBe(404);
    const automatic = await client.send('index', { index: own, refresh: true }, written({ msg: 'automatic' }));
    expect(await client.send('get', { index: own, id: automatic._id as unknown as string })).toMatchObject({
      _source: { msg: 'automatic' },
    });
    expect(await client.send('count', { index: own })).toMatchObject({ count: 2 });
    expect(await client.send('deleteByQuery', { index: own, refresh: true }, { query: { match: { msg: 'automatic' } } })).toMatchObject({
      deleted: 1,
    });
    expect(await client.send('count', { index: own })).toMatchObject({ count: 1 });
  });

  it('updates what was written a moment ago', async () => {
    const own = `${prefix}-moment`;
    const written = (body: object) => (wrapped ? body : { document: body });
    for (const at of [0, 1]) {
      await client.send('index', { index: own, id: 'a' }, written({ at, kept: true }));
      expect(await client.send('update', { index: own, id: 'a' }, { doc: { more: at } })).toMatchObject({
        result: 'updated',
        _version: 2 * at + 2,
      });
      expect(await client.send('get', { index: own, id: 'a' })).toMatchObject({ _source: { at, kept: true, more: at } });
    }
  });

  it('tells each failure of a bulk request', async () => {
    const own = `${prefix}-mixed`;
    await client.send('indices.create', { index: own }, { mappings: { properties: { n: { type: 'long' } } } });
    const answer = await client.send('bulk', { refresh: true }, [
      { create: { _index: own, _id: '1' } },
      { n: 1 },
      { create: { _index: own, _id: '1' } },
      { n: 2 },
      { index: { _index: own, _id: '2' } },
      { n: 'no number' },
      { update: { _index: own, _id: '1' } },
      { doc: { n: 3 } },
      { delete: { _index: own, _id: 'none' } },
    ] as never);
    expect(answer.errors).toBe(true);
    expect(answer.items).toMatchObject([
      { create: { _id: '1', status: 201, result: 'created' } },
      { create: { _id: '1', status: 409, error: { type: 'version_conflict_engine_exception' } } },
      { index: { _id: '2', status: 400, error: { type: 'document_parsing_exception', reason: expect.stringContaining('[n]') as string } } },
      { update: { _id: '1', status: 200, result: 'updated' } },
      { delete: { _id: 'none', status: 404, result: 'not_found' } },
    ]);
    expect((await client.send('search', { index: own })).hits?.hits).toMatchObject([{ _id: '1', _source: { n: 3 } }]);
    const dropped: object[] = [];
    const result = await client.helpers.bulk({
      datasource: [{ n: 7 }, { n: 'x' }],
      onDocument: () => ({ create: { _index: own } }),
      onDrop: (document: object) => dropped.push(document),
      refreshOnCompletion: true,
    });
    expect(result).toMatchObject({ total: 2, successful: 1, failed: 1 });
    expect(dropped).toMatchObject([{ status: 400, error: { type: 'document_parsing_exception' }, document: { n: 'x' } }]);
  });

  it('uses templates, aliases with a write index, and rollover', async () => {
    const alias = `${prefix}-rolling`;
    await client.send(
      'indices.putIndexTemplate',
      { name: alias },
      {
        index_patterns: [`${alias}-*`],
        priority: 500,
        template: { settings: { number_of_replicas: 0 }, mappings: { properties: { code: { type: 'keyword' } } } },
      },
    );
    await client.send('indices.create', { index: `${alias}-000001` }, { aliases: { [alias]: { is_write_index: true } } });
    const written = (body: object) => (wrapped ? body : { document: body });
    await client.send('index', { index: alias, refresh: true }, written({ code: 'first' }));
    const rolled = await client.send('indices.rollover', { alias }, { conditions: { max_docs: 1 } });
    expect(rolled).toMatchObject({ rolled_over: true, old_index: `${alias}-000001`, new_index: `${alias}-000002` });
    await client.send('index', { index: alias, refresh: true }, written({ code: 'second' }));
    const answer = await client.send('search', { index: alias }, { sort: [{ _index: 'asc' }], query: { exists: { field: 'code' } } });
    expect(answer.hits?.hits).toMatchObject([
      { _index: `${alias}-000001`, _source: { code: 'first' } },
      { _index: `${alias}-000002`, _source: { code: 'second' } },
    ]);
    expect(await client.send('indices.getAlias', { name: alias })).toMatchObject({
      [`${alias}-000001`]: { aliases: { [alias]: { is_write_index: false } } },
      [`${alias}-000002`]: { aliases: { [alias]: { is_write_index: true } } },
    });
    expect(await client.send('cat.indices', { index: `${alias}-*`, format: 'json', h: 'index,docs.count', s: 'index' })).toEqual([
      { index: `${alias}-000001`, 'docs.count': '1' },
      { index: `${alias}-000002`, 'docs.count': '1' },
    ]);
    await client.send('indices.delete', { index: `${alias}-*` });
    expect(await client.failure('search', { index: alias })).toEqual([404, 'index_not_found_exception']);
  });

  it('gets errors of its own kind', async () => {
    expect(await client.failure('search', { index: `${prefix}-none` })).toEqual([404, 'index_not_found_exception']);
    expect(await client.failure('search', { index }, { query: { foo: {} } })).toEqual([400, 'parsing_exception']);
    expect(await client.failure('search', { index }, { aggs: { a: { foo: {} } } })).toEqual([400, 'parsing_exception']);
    expect((await client.failure('search', { index }, { from: 10_000, size: 1 }))[0]).toBe(400);
    expect((await client.failure('search', { index }, { sort: [{ 'no.such.field': 'asc' }] }))[0]).toBe(400);
  });
});
