import type { AddressInfo } from 'node:net';
import { Client as OpenSearch } from '@opensearch-project/opensearch';
import { Client as Client7 } from 'es7';
import { Client as Client8 } from 'es8';
import { Client as Client9 } from 'es9';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationServer, startAdministrationServer } from '../harness/administration-server.ts';

/** What the four clients have in common. Versions 7 and OpenSearch wrap answers in `body`, versions 8 and 9 give them bare. */
interface Api {
  [name: string]: Api;
  (parameters?: object, options?: object): Promise<unknown>;
}

const clients: readonly (readonly [string, (node: string) => unknown])[] = [
  ['elasticsearch 7', (node) => new Client7({ node })],
  ['elasticsearch 8', (node) => new Client8({ node, compression: true })],
  ['elasticsearch 9', (node) => new Client9({ node })],
  ['opensearch', (node) => new OpenSearch({ node })],
];

let server: AdministrationServer;
let node: string;
beforeEach(async () => {
  server = await startAdministrationServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  node = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});
afterEach(() => server.app.close());

describe.each(clients)('%s', (name, create) => {
  const wrapped = name === 'elasticsearch 7' || name === 'opensearch';
  let api: Api;
  let close: () => Promise<void>;
  /** Calls a method such as `indices.create` and gives the body of the answer. */
  const send = async (path: string, parameters: object = {}): Promise<Record<string, never>> => {
    const names = path.split('.');
    const method = names.pop() as string;
    const owner = names.reduce<Api>((at, part) => at[part] as Api, api);
    const answer = (await owner[method]?.call(owner, parameters)) as { body: unknown };
    return (wrapped ? answer.body : answer) as Record<string, never>;
  };
  const failure = async (promise: Promise<unknown>) => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason as { statusCode?: number; meta?: { statusCode: number; body: { error: { type: string } } } },
    );
    return [error?.meta?.statusCode ?? error?.statusCode, error?.meta?.body.error.type];
  };

  beforeEach(() => {
    const client = create(node) as { close(): Promise<void> };
    api = client as unknown as Api;
    close = () => client.close();
  });
  afterEach(() => close());

  it('accepts the server', async () => {
    expect(await send('info')).toMatchObject({ version: { number: '8.19.0' } });
    expect(await send('ping')).toBe(true);
    expect(await send('cluster.health', { wait_for_status: 'yellow', timeout: '1s' })).toMatchObject({ status: 'green' });
    expect(await send('nodes.info')).toMatchObject({ nodes: { 'node-id': { name: 'node-1' } } });
  });

  it('manages indices, aliases, settings and mappings', async () => {
    await send('indices.create', {
      index: 'logs-000001',
      body: { aliases: { logs: { is_write_index: true } }, mappings: { properties: { level: { type: 'keyword' } } } },
    });
    expect(await send('indices.exists', { index: 'logs' })).toBe(true);
    expect(await send('indices.exists', { index: 'none' })).toBe(false);
    expect(await failure(send('indices.create', { index: 'logs-000001' }))).toEqual([400, 'resource_already_exists_exception']);
    expect(await failure(send('indices.get', { index: 'none' }))).toEqual([404, 'index_not_found_exception']);
    await send('indices.putSettings', { index: 'logs', body: { index: { refresh_interval: '30s' } } });
    await send('indices.putMapping', { index: 'logs', body: { properties: { msg: { type: 'text' } } } });
    expect(await send('indices.get', { index: 'logs' })).toMatchObject({
      'logs-000001': {
        aliases: { logs: { is_write_index: true } },
        mappings: { properties: { level: { type: 'keyword' }, msg: { type: 'text' } } },
        settings: { index: { refresh_interval: '30s' } },
      },
    });
    await send('indices.updateAliases', { body: { actions: [{ add: { index: 'logs-000001', alias: 'all' } }] } });
    expect(await send('indices.existsAlias', { name: 'all' })).toBe(true);
    expect(await send('indices.rollover', { alias: 'logs', body: {} })).toMatchObject({ rolled_over: true, new_index: 'logs-000002' });
    await send('indices.refresh', { index: 'logs*' });
    await send('indices.forcemerge', { index: 'logs*', max_num_segments: 1 });
    expect(await send('indices.stats', { index: 'logs-*', metric: 'docs' })).toMatchObject({ _all: { primaries: { docs: { count: 0 } } } });
    const dateMath = await send('indices.create', { index: '<d-{now/d{yyyy.MM.dd|+12:00}}-000001>' });
    expect(dateMath.index).toBe('d-2026.11.21-000001');
    expect(await send('indices.delete', { index: 'logs-*' })).toEqual({ acknowledged: true });
  });

  it('manages templates and data streams', async () => {
    await send('cluster.putComponentTemplate', { name: 'c', body: { template: { settings: { number_of_replicas: 0 } } } });
    await send('indices.putIndexTemplate', {
      name: 't',
      body: { index_patterns: ['ds-*'], composed_of: ['c'], data_stream: {}, priority: 200 },
    });
    expect((await send('indices.getIndexTemplate', { name: 't' })).index_templates).toHaveLength(1);
    expect(await send('indices.existsIndexTemplate', { name: 'none' })).toBe(false);
    await send('indices.putTemplate', { name: 'old', body: { index_patterns: ['old-*'], order: 1 } });
    expect(await send('indices.existsTemplate', { name: 'old' })).toBe(true);
    await send('indices.createDataStream', { name: 'ds-a' });
    expect((await send('indices.getDataStream', { name: 'ds-*' })).data_streams).toHaveLength(1);
    await send('indices.deleteDataStream', { name: 'ds-a' });
  });

  it('reads _cat as text and as JSON', async () => {
    await send('indices.create', { index: 'i' });
    expect(await send('cat.indices', { h: 'index', format: 'json' })).toEqual([{ index: 'i' }]);
    expect(await send('cat.health', { h: 'status' })).toMatch(/^green\n$/);
    expect(await send('cat.count', { h: 'count', format: 'json' })).toEqual([{ count: '0' }]);
  });

  it.skipIf(name === 'opensearch')('manages lifecycle policies and sees warnings', async () => {
    const policy = { phases: { delete: { min_age: '30d', actions: { delete: {} } } } };
    const id = name === 'elasticsearch 7' ? { policy: 'p' } : { name: 'p' };
    await send('ilm.putLifecycle', { ...id, body: { policy } });
    expect(await send('ilm.getLifecycle', id)).toMatchObject({ p: { policy } });
    await send('indices.create', { index: 'i', body: { settings: { 'index.lifecycle.name': 'p' } } });
    expect(await send('ilm.explainLifecycle', { index: 'i' })).toMatchObject({ indices: { i: { managed: true } } });
    const put = api.indices?.putIndexTemplate as unknown as (parameters: object, options: object) => Promise<{ warnings: string[] | null }>;
    const { warnings } = await put.call(api.indices, { name: 't', body: { index_patterns: ['t'], composed_of: ['gone'] } }, { meta: true });
    expect(warnings?.[0]).toContain('[gone] that do not exist');
  });
});

it('answers over a socket what inject cannot show', async () => {
  const response = await fetch(`${node}/_nodes/stats`, { headers: { 'accept-encoding': 'gzip' } });
  expect(response.headers.get('x-elastic-product')).toBe('Elasticsearch');
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(await response.json()).toMatchObject({ nodes: { 'node-id': { fs: { total: { total_in_bytes: 1000 } } } } });
});

it('answers 413 to a body over the limit and lives on', async () => {
  const body = new Uint8Array(101 * 1024 * 1024).fill(32);
  const response = await fetch(`${node}/i`, { method: 'PUT', body, headers: { 'content-type': 'application/json' } });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ error: { type: 'content_too_long_exception' } });
  expect((await fetch(node)).status).toBe(200);
});
