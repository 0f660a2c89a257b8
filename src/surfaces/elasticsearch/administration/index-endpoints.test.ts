import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationServer, startAdministrationServer } from '../../../../test/harness/administration-server.ts';

let server: AdministrationServer;
beforeEach(async () => {
  server = await startAdministrationServer();
});
afterEach(() => server.app.close());

const call: AdministrationServer['call'] = (...request) => server.call(...request);
const ok: AdministrationServer['ok'] = (...request) => server.ok(...request);
const get = async (url: string) => (await call('GET', url)).json();
const statistics = (docs: number, storeBytes = docs * 100) => ({ docs, storeBytes, parts: 1 });

describe('indices', () => {
  it('creates by date math, gets, closes, opens and deletes', async () => {
    expect((await ok('PUT', `/${encodeURIComponent('<logs-{now/d}-000001>')}`, { aliases: { logs: {} } })).index).toBe(
      'logs-2026.11.20-000001',
    );
    expect((await call('HEAD', '/logs')).statusCode).toBe(200);
    expect((await call('HEAD', '/none')).statusCode).toBe(404);
    expect((await get('/logs'))['logs-2026.11.20-000001']).toMatchObject({
      aliases: { logs: {} },
      mappings: {},
      settings: { index: { provided_name: '<logs-{now/d}-000001>' } },
    });
    expect((await call('DELETE', '/logs')).json().error.reason).toContain('matches an alias');
    await ok('POST', '/logs/_close');
    expect((await call('GET', '/_cat/indices?h=status')).body).toBe('close\n');
    await ok('POST', '/logs/_open');
    await ok('DELETE', '/logs-*');
    expect(server.deleted).toEqual(['logs-2026.11.20-000001']);
    expect((await call('DELETE', '/logs-x')).json()).toMatchObject({
      status: 404,
      error: { type: 'index_not_found_exception', reason: 'no such index [logs-x]', index: 'logs-x', 'resource.type': 'index_or_alias' },
    });
  });

  it.each([
    ['PUT', '/Bad', undefined, 400, 'invalid_index_name_exception'],
    ['GET', '/_unknown', undefined, 400, 'invalid_index_name_exception'],
    ['PUT', '/i', { mapping: {} }, 400, 'x_content_parse_exception'],
    ['PUT', '/i', { settings: { number_of_shards: 'x' } }, 400, 'illegal_argument_exception'],
    ['PUT', '/i', '{"mappings":', 400, 'x_content_parse_exception'],
    ['PUT', '/i', '[]', 400, 'parsing_exception'],
    ['GET', '/none/_mapping', undefined, 404, 'index_not_found_exception'],
    ['PUT', '/none/_settings', { a: 1 }, 404, 'index_not_found_exception'],
    ['POST', '/_forcemerge?max_num_segments=0', undefined, 400, 'illegal_argument_exception'],
    ['GET', '/_stats/nonsense', undefined, 400, 'illegal_argument_exception'],
  ] as const)('%s %s %j is %i %s', async (method, url, body, status, type) => {
    const response = await call(method, url, body);
    expect([response.statusCode, response.json().error.type]).toEqual([status, type]);
  });

  it('merges in the background on request', async () => {
    await ok('PUT', '/i');
    const { task } = await ok('POST', '/i/_forcemerge?wait_for_completion=false');
    expect((await get(`/_tasks/${task}`)).completed).toBe(true);
    expect((await call('GET', '/_tasks/none')).statusCode).toBe(404);
  });

  it('protects read-only indices', async () => {
    await ok('PUT', '/i');
    await ok('PUT', '/i/_block/read_only');
    for (const [method, url, body] of [
      ['DELETE', '/i', undefined],
      ['PUT', '/i/_settings', { refresh_interval: '1s' }],
    ] as const) {
      expect((await call(method, url, body)).json()).toMatchObject({ status: 403, error: { type: 'cluster_block_exception' } });
    }
    await ok('PUT', '/i/_settings', { 'blocks.read_only': false });
    await ok('DELETE', '/i');
  });
});

describe('mappings', () => {
  it('joins what is mapped with what documents brought', async () => {
    await ok('PUT', '/i', {
      mappings: {
        properties: { msg: { type: 'text' }, service: { properties: { name: { type: 'keyword' } } }, labels: { type: 'object' } },
      },
    });
    server.discovered.set('i', [
      { path: 'msg', type: 'keyword' },
      { path: 'msg.deep', type: 'long' },
      { path: 'service.version', type: 'text' },
      { path: 'labels.app', type: 'boolean' },
      { path: '__proto__.polluted', type: 'long' },
    ]);
    expect((await call('GET', '/i/_mapping')).body).toBe(
      '{"i":{"mappings":{"properties":{"msg":{"type":"text"},"service":{"properties":{"name":{"type":"keyword"},"version":{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}}}},"labels":{"properties":{"app":{"type":"boolean"}}},"__proto__":{"properties":{"polluted":{"type":"long"}}}}}}}',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(await get('/i/_mapping/field/service.*')).toMatchObject({
      i: { mappings: { 'service.name': { full_name: 'service.name', mapping: { name: { type: 'keyword' } } } } },
    });
  });

  it('changes by put, and refuses another type', async () => {
    await ok('PUT', '/i');
    await ok('PUT', '/i/_mapping', { properties: { a: { type: 'long' } } });
    const response = await call('PUT', '/i/_mapping', { properties: { a: { type: 'keyword' } } });
    expect(response.json()).toMatchObject({
      status: 400,
      error: { type: 'illegal_argument_exception', reason: 'mapper [a] cannot be changed from type [long] to [keyword]' },
    });
  });
});

describe('aliases', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b']) await ok('PUT', `/${name}`);
  });

  it('adds, moves, lists and removes', async () => {
    await ok('POST', '/_aliases', {
      actions: [
        { add: { indices: ['a', 'b'], alias: 'all' } },
        { add: { index: 'a', alias: 'w', is_write_index: true, filter: { term: { x: 1 } } } },
      ],
    });
    expect(await get('/_alias/all')).toEqual({ a: { aliases: { all: {} } }, b: { aliases: { all: {} } } });
    await ok('PUT', '/b/_alias/one', { routing: 'r' });
    expect(await get('/b/_alias')).toEqual({ b: { aliases: { all: {}, one: { index_routing: 'r', search_routing: 'r' } } } });
    expect((await call('GET', '/_cat/aliases?s=alias,index&h=alias,index,filter,is_write_index')).body).toBe(
      'all a - -\nall b - -\none b - -\nw   a * true\n',
    );
    await ok('DELETE', '/_all/_alias/all');
    const missing = await call('GET', '/_alias/all');
    expect([missing.statusCode, missing.json()]).toEqual([404, { error: 'alias [all] missing', status: 404 }]);
    expect((await call('HEAD', '/_alias/w')).statusCode).toBe(200);
    await ok('POST', '/_aliases', { actions: [{ remove_index: { index: 'b' } }] });
    expect(server.deleted).toEqual(['b']);
  });

  it.each([
    [{ actions: [] }, 400],
    [{ actions: [{ add: { alias: 'x' } }] }, 400],
    [{ actions: [{ add: { index: 'a' } }] }, 400],
    [{ actions: [{ replace: { index: 'a', alias: 'x' } }] }, 400],
    [{ actions: [{ add: { index: 'a', alias: 'b' } }] }, 400],
    [{ actions: [{ remove: { index: 'a', alias: 'x' } }] }, 404],
    [{ actions: [{ add: { index: 'none', alias: 'x' } }] }, 404],
    [{ actions: ['add'] }, 400],
  ])('refuses %j with %i', async (body, status) => {
    expect((await call('POST', '/_aliases', body)).statusCode).toBe(status);
  });
});

describe('templates', () => {
  it('simulates and lists', async () => {
    await ok('PUT', '/_component_template/c', { template: { settings: { refresh_interval: '5s' } } });
    await ok('PUT', '/_index_template/t', {
      index_patterns: ['x-*'],
      composed_of: ['c'],
      priority: 3,
      template: { mappings: { properties: { a: { type: 'ip' } } } },
    });
    expect(await ok('POST', '/_index_template/_simulate_index/x-1')).toEqual({
      template: { settings: { index: { refresh_interval: '5s' } }, mappings: { properties: { a: { type: 'ip' } } }, aliases: {} },
      overlapping: [],
    });
    expect((await ok('POST', '/_index_template/_simulate/t')).template.settings.index.refresh_interval).toBe('5s');
    expect(await get('/_index_template/t')).toEqual({
      index_templates: [
        {
          name: 't',
          index_template: {
            index_patterns: ['x-*'],
            template: { mappings: { properties: { a: { type: 'ip' } } } },
            composed_of: ['c'],
            priority: 3,
          },
        },
      ],
    });
    expect((await get('/_component_template/c')).component_templates[0].component_template).toEqual({
      template: { settings: { index: { refresh_interval: '5s' } } },
    });
    expect((await call('GET', '/_index_template/none')).json().error.type).toBe('resource_not_found_exception');
    expect((await call('DELETE', '/_component_template/c')).statusCode).toBe(400);
    expect((await call('GET', '/_cat/templates/t?v')).body).toBe(
      'name index_patterns order version composed_of\nt    [x-*]          3             [c]\n',
    );
  });

  it('is strict when told to', async () => {
    const strict = await startAdministrationServer({ strictTemplates: true });
    const response = await strict.app.inject({
      method: 'PUT',
      url: '/_index_template/t',
      payload: { index_patterns: ['x'], composed_of: ['gone'] },
    });
    expect(response.json().error.type).toBe('invalid_index_template_exception');
    await strict.app.close();
  });
});

describe('data streams and rollover', () => {
  it('creates, rolls over by conditions and deletes', async () => {
    await ok('PUT', '/_index_template/t', { index_patterns: ['ds'], data_stream: {} });
    await ok('PUT', '/_data_stream/ds');
    const first = '.ds-ds-2026.11.20-000001';
    server.statistics.set(first, statistics(5));
    const none = await ok('POST', '/ds/_rollover', { conditions: { max_docs: 10, max_age: '1d' } });
    expect(none).toMatchObject({
      rolled_over: false,
      acknowledged: false,
      conditions: { '[max_docs: 10]': false, '[max_age: 1d]': false },
    });
    expect(await ok('POST', '/ds/_rollover?dry_run', { conditions: { max_docs: 5 } })).toMatchObject({
      rolled_over: false,
      dry_run: true,
      conditions: { '[max_docs: 5]': true },
    });
    expect(await ok('POST', '/ds/_rollover', { conditions: { max_docs: 5 } })).toMatchObject({
      rolled_over: true,
      old_index: first,
      new_index: '.ds-ds-2026.11.20-000002',
    });
    expect((await get('/_data_stream/ds')).data_streams[0]).toMatchObject({
      generation: 2,
      template: 't',
      indices: [{ index_name: first }, { index_name: '.ds-ds-2026.11.20-000002' }],
    });
    expect((await get('/_data_stream/_stats')).backing_indices).toBe(2);
    expect(await get('/_resolve/index/*')).toEqual({
      indices: [],
      aliases: [],
      data_streams: [{ name: 'ds', backing_indices: [first, '.ds-ds-2026.11.20-000002'], timestamp_field: '@timestamp' }],
    });
    await ok('DELETE', '/_data_stream/ds');
    expect((await call('GET', '/_data_stream/ds')).statusCode).toBe(404);
  });

  it('rolls an alias over once for two requests at a time', async () => {
    await ok('PUT', '/l-000001', { aliases: { l: { is_write_index: true } } });
    const results = await Promise.all([
      call('POST', '/l/_rollover', { settings: { refresh_interval: '9s' } }),
      call('POST', '/l/_rollover'),
    ]);
    expect(results.map(({ statusCode }) => statusCode).sort()).toEqual([200, 400]);
    expect((await call('POST', '/l/_rollover', { conditions: { max_moons: 1 } })).statusCode).toBe(400);
    expect((await call('POST', '/none/_rollover')).json().error.reason).toBe('rollover target [none] does not exist');
  });
});

describe('lifecycle', () => {
  const policy = { phases: { hot: { actions: { rollover: { max_age: '1d' } } }, delete: { min_age: '7d', actions: { delete: {} } } } };

  it('stores, explains and deletes policies', async () => {
    await ok('PUT', '/_ilm/policy/p', { policy });
    await ok('PUT', '/i', { settings: { 'lifecycle.name': 'p' } });
    await ok('PUT', '/free');
    expect((await get('/_ilm/policy/p')).p).toMatchObject({ version: 1, policy, in_use_by: { indices: ['i'] } });
    server.clock.nowMillis += 36 * 3_600_000;
    expect((await get('/i,free/_ilm/explain')).indices).toMatchObject({
      i: { managed: true, policy: 'p', age: '1.5d' },
      free: { managed: false },
    });
    expect((await call('DELETE', '/_ilm/policy/p')).json().error.reason).toContain('in use');
    await ok('POST', '/i/_ilm/remove');
    await ok('DELETE', '/_ilm/policy/p');
    expect((await call('GET', '/_ilm/policy/p')).statusCode).toBe(404);
    await ok('POST', '/_ilm/stop');
    expect(await get('/_ilm/status')).toEqual({ operation_mode: 'STOPPED' });
  });

  it('refuses what it cannot do', async () => {
    const response = await call('PUT', '/_ilm/policy/p', {
      policy: { phases: { cold: { actions: { searchable_snapshot: { snapshot_repository: 'r' } } } } },
    });
    expect([response.statusCode, response.json().error.reason]).toEqual([
      400,
      expect.stringContaining('[searchable_snapshot] in phase [cold] is not supported'),
    ]);
  });
});
