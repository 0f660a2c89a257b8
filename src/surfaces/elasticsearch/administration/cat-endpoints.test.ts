import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationServer, startAdministrationServer } from '../../../../test/harness/administration-server.ts';

let server: AdministrationServer;
beforeEach(async () => {
  server = await startAdministrationServer();
});
afterEach(() => server.app.close());

const call: AdministrationServer['call'] = (...request) => server.call(...request);
const ok: AdministrationServer['ok'] = (...request) => server.ok(...request);
const statistics = (docs: number, storeBytes = docs * 100) => ({ docs, storeBytes, parts: 1 });

describe('_cat', () => {
  beforeEach(async () => {
    await ok('PUT', '/big');
    await ok('PUT', '/small');
    server.statistics.set('big', statistics(100_000, 5 * 2 ** 20));
    server.statistics.set('small', statistics(3, 300));
  });

  it.each([
    [
      '/_cat/indices?v&h=index,docs.count,store.size',
      'index docs.count store.size\nbig       100000        5mb\nsmall          3       300b\n',
    ],
    ['/_cat/indices?h=i,dc&s=docs.count:desc', 'big   100000\nsmall      3\n'],
    ['/_cat/indices?h=index,store.size&bytes=kb&s=store.size', 'small    0\nbig   5120\n'],
    ['/_cat/indices/none*', ''],
    ['/_cat/count/big?h=count', '100000\n'],
    ['/_cat/master?h=node', 'node-1\n'],
    ['/_cat/plugins', ''],
    ['/_cat/thread_pool/write?h=name,queue', 'write 0\n'],
    ['/_cat/allocation?h=shards,disk.percent,node', '2 60 node-1\n'],
    ['/_cat/nodes?h=name,node.role,version', 'node-1 dim 8.19.0\n'],
    ['/_cat/shards/small?h=index,docs', 'small 3\n'],
  ])('%s', async (url, text) => {
    const response = await call('GET', url);
    expect([response.headers['content-type'], response.body]).toEqual(['text/plain; charset=UTF-8', text]);
  });

  it('gives JSON of texts when asked to, and only then', async () => {
    const json = [{ index: 'small', 'docs.count': '3' }];
    expect((await call('GET', '/_cat/indices/small?h=index,docs.count&format=json')).json()).toEqual(json);
    const one = await call('GET', '/_cat/indices/small?h=index,docs.count', undefined, { accept: 'application/json' });
    expect(one.json()).toEqual(json);
    const list = await call('GET', '/_cat/indices/small?h=index', undefined, {
      accept: 'application/vnd.elasticsearch+json; compatible-with=8,text/plain',
    });
    expect(list.body).toBe('small\n');
    expect((await call('GET', '/_cat/indices?s=nothing')).statusCode).toBe(400);
    expect((await call('GET', '/_cat/indices?format=yaml')).statusCode).toBe(400);
    expect((await call('GET', '/_cat/indices?help')).body).toContain('docs.count');
    expect((await call('GET', '/_cat')).body).toContain('/_cat/indices\n');
    expect((await call('GET', '/_cat/health?h=cluster,status')).body).toBe('meshscope green\n');
  });
});

describe('_analyze', () => {
  it.each([
    [
      { analyzer: 'standard', text: "The 2 QUICK Brown-Foxes don't, 3.14 中文" },
      ['the', '2', 'quick', 'brown', 'foxes', "don't", '3.14', '中', '文'],
    ],
    [{ analyzer: 'simple', text: 'Ab1 c-D' }, ['ab', 'c', 'd']],
    [{ analyzer: 'whitespace', text: 'A  b,c' }, ['A', 'b,c']],
    [{ analyzer: 'keyword', text: 'A b' }, ['A b']],
    [{ tokenizer: 'standard', filter: ['lowercase', 'stop'], text: 'The Fox' }, ['fox']],
    [{ text: ['a', 'b'] }, ['a', 'b']],
  ])('%j', async (body, tokens) => {
    expect((await ok('POST', '/_analyze', body)).tokens.map(({ token }: { token: string }) => token)).toEqual(tokens);
  });

  it('uses the analyzer of the index, and refuses what it has not', async () => {
    await ok('PUT', '/i', {
      settings: {
        analysis: {
          analyzer: {
            mine: { type: 'custom', tokenizer: 'whitespace', filter: ['uppercase'] },
            stem: { tokenizer: 'standard', filter: ['snowball'] },
          },
        },
      },
      mappings: { properties: { k: { type: 'keyword' }, m: { type: 'text', analyzer: 'mine' } } },
    });
    const tokens = async (body: object) => (await ok('POST', '/i/_analyze', body)).tokens.map(({ token }: { token: string }) => token);
    expect(await tokens({ analyzer: 'mine', text: 'a b' })).toEqual(['A', 'B']);
    expect(await tokens({ field: 'm', text: 'a b' })).toEqual(['A', 'B']);
    expect(await tokens({ field: 'k', text: 'a b' })).toEqual(['a b']);
    expect((await call('POST', '/i/_analyze', { analyzer: 'stem', text: 'x' })).json().error.reason).toContain('snowball');
    expect((await call('POST', '/_analyze', { analyzer: 'none', text: 'x' })).statusCode).toBe(400);
  });
});
