import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationServer, startAdministrationServer } from '../../../../test/harness/administration-server.ts';

let server: AdministrationServer;
beforeEach(async () => {
  server = await startAdministrationServer({ browserPage: () => '<!doctype html><title>meshscope</title>' });
});
afterEach(() => server.app.close());

const call: AdministrationServer['call'] = (...request) => server.call(...request);
const ok: AdministrationServer['ok'] = (...request) => server.ok(...request);
const get = async (url: string) => (await call('GET', url)).json();
const statistics = (docs: number, storeBytes = docs * 100) => ({ docs, storeBytes, parts: 1 });

describe('about', () => {
  it('greets clients and browsers', async () => {
    expect(await get('/')).toMatchObject({ version: { number: '8.19.0', build_flavor: 'default' }, tagline: 'You Know, for Search' });
    const page = await call('GET', '/', undefined, { accept: 'text/html,*/*' });
    expect([page.headers['content-type'], page.body]).toEqual(['text/html; charset=utf-8', '<!doctype html><title>meshscope</title>']);
    expect((await call('HEAD', '/')).statusCode).toBe(200);
  });

  it.each([
    ['Elastic-filebeat/9.1.2 (linux; amd64)', '9.1.2'],
    ['Elastic-metricbeat/8.2.0', '8.19.0'],
    ['curl/8.0', '8.19.0'],
  ])('tells %s version %s', async (agent, version) => {
    expect((await call('GET', '/', undefined, { 'user-agent': agent })).json().version.number).toBe(version);
  });

  it('has what shippers ask first', async () => {
    expect((await get('/_license')).license.status).toBe('active');
    expect((await get('/_xpack')).features.ilm).toEqual({ available: true, enabled: true });
    expect((await get('/_nodes/http')).nodes['node-id'].http.publish_address).toBe('127.0.0.1:9200');
    expect((await get('/_nodes/_local/stats')).nodes['node-id'].fs.data[0]).toMatchObject({
      total_in_bytes: 1000,
      available_in_bytes: 300,
    });
    expect((await get('/_nodes/other')).nodes).toEqual({});
    expect((await call('GET', '/_ingest/pipeline/x')).statusCode).toBe(404);
    expect((await call('PUT', '/_ingest/pipeline/x', {})).json().error.reason).toContain('not supported');
  });
});

describe("the page's administration", () => {
  const template = {
    index_patterns: ['mcp-mesh-logs-*'],
    template: {
      settings: { number_of_shards: 3, 'index.lifecycle.name': 'mcp-mesh-logs' },
      mappings: { properties: { level: { type: 'keyword' } } },
    },
    composed_of: ['mcp-mesh-logs-settings'],
    priority: 200,
    version: 1,
    _meta: { d: 'x' },
  };

  it('puts the template as curl sends it, then the index with its alias', async () => {
    const put = await call('PUT', '/_index_template/mcp-mesh-logs', `// elasticsearch-template.json${JSON.stringify(template)}`);
    expect(put.json()).toEqual({ acknowledged: true });
    expect(String(put.headers.warning)).toContain('mcp-mesh-logs-settings');
    expect(await ok('PUT', '/mcp-mesh-logs-000001', { aliases: { 'mcp-mesh-logs': { is_write_index: true } } })).toEqual({
      acknowledged: true,
      shards_acknowledged: true,
      index: 'mcp-mesh-logs-000001',
    });
    const again = await call('PUT', '/mcp-mesh-logs-000001');
    expect([again.statusCode, again.json().error.type]).toEqual([400, 'resource_already_exists_exception']);
    server.counters.set('mcp-mesh-logs-000001', {
      indexed: 10_000,
      indexFailed: 0,
      indexMillis: 5,
      deleted: 0,
      searches: 0,
      searchMillis: 0,
    });
    const stats = await get('/mcp-mesh-logs/_stats/indexing');
    expect(stats.indices['mcp-mesh-logs'].primaries.indexing.index_total).toBe(10_000);
    expect(stats.indices['mcp-mesh-logs-000001'].primaries.indexing.index_total).toBe(10_000);
    expect(stats._all.primaries.indexing.index_total).toBe(10_000);
    expect(Object.keys(stats._all.primaries)).toEqual(['indexing']);
  });

  it('accepts the same body at _template, as Fluentd sends it', async () => {
    await ok('PUT', '/_template/mcp-mesh-logs', template);
    expect((await get('/_template/mcp-mesh-logs'))['mcp-mesh-logs']).toMatchObject({
      order: 200,
      index_patterns: ['mcp-mesh-logs-*'],
      settings: { index: { number_of_shards: '3' } },
    });
    expect((await call('HEAD', '/_template/mcp-mesh-logs')).statusCode).toBe(200);
    expect((await call('GET', '/_template/none')).json()).toEqual({});
    expect((await call('HEAD', '/_template/none')).statusCode).toBe(404);
  });

  it('sets, merges and lists', async () => {
    await ok('PUT', '/mcp-mesh-logs-1');
    await ok('PUT', '/mcp-mesh-logs-*/_settings', { index: { refresh_interval: '30s', number_of_replicas: 0 } });
    expect((await get('/mcp-mesh-logs-1/_settings'))['mcp-mesh-logs-1'].settings.index).toMatchObject({
      refresh_interval: '30s',
      number_of_replicas: '0',
      provided_name: 'mcp-mesh-logs-1',
    });
    expect(await ok('POST', '/mcp-mesh-logs-*/_forcemerge?max_num_segments=1')).toEqual({
      _shards: { total: 1, successful: 1, failed: 0 },
    });
    expect(server.merged).toEqual(['mcp-mesh-logs-1']);
    server.statistics.set('mcp-mesh-logs-1', statistics(7, 1_300_000));
    expect((await call('GET', '/_cat/indices/mcp-mesh-logs-*')).body).toMatch(
      /^green open mcp-mesh-logs-1 \S{22} 1 0 7 0 1\.2mb 1\.2mb 1\.2mb\n$/,
    );
    expect((await call('GET', '/_cluster/health?pretty')).body).toContain('"status" : "green"');
  });

  it('keeps snapshot repository and policy, without secrets, and says what it does not do', async () => {
    const policy = {
      schedule: '0 30 1 * * ?',
      name: '<mcp-mesh-logs-{now/d}>',
      repository: 'backup',
      config: { indices: ['mcp-mesh-logs-*'], include_global_state: false, partial: false },
      retention: { expire_after: '90d', min_count: 5, max_count: 50 },
    };
    expect((await call('PUT', '/_slm/policy/daily', policy)).json().error.reason).toContain('no such repository [backup]');
    const put = await call('PUT', '/_snapshot/backup', {
      type: 's3',
      settings: { bucket: 'b', region: 'r', access_key: 'AKIA', secret_key: 'S3CRET', endpoint: 'https://u:S3CRET@host/' },
    });
    expect(String(put.headers.warning)).toContain('not verified');
    expect(JSON.stringify([...server.catalogue.state.repository])).not.toMatch(/S3CRET|AKIA/);
    expect(await get('/_snapshot/backup')).toEqual({
      backup: { type: 's3', settings: { bucket: 'b', region: 'r', endpoint: 'https://host/' } },
    });
    const slm = await call('PUT', '/_slm/policy/daily', policy);
    expect([slm.statusCode, String(slm.headers.warning)]).toEqual([200, expect.stringContaining('stored but not run')]);
    await ok('PUT', '/_slm/policy/daily', policy);
    expect((await get('/_slm/policy/daily')).daily).toMatchObject({
      version: 2,
      policy,
      next_execution_millis: Date.UTC(2026, 10, 21, 1, 30),
    });
    expect((await call('PUT', '/_snapshot/backup/one')).json().error.reason).toContain('snapshots are not taken');
    expect((await call('POST', '/_slm/policy/daily/_execute')).statusCode).toBe(400);
    expect((await call('DELETE', '/_snapshot/backup')).statusCode).toBe(400);
    await ok('DELETE', '/_slm/policy/daily');
    await ok('DELETE', '/_snapshot/backup');
    expect((await call('GET', '/_snapshot/backup')).json().error.type).toBe('repository_missing_exception');
  });

  it.each([
    [{ schedule: '0 * * * * ?' }, 'schedule would be too frequent, executing more than every [15m]'],
    [{ schedule: 'daily' }, 'invalid schedule'],
    [{ name: undefined }, 'Required [name]'],
    [{ name: 'Upper' }, 'invalid snapshot name'],
    [{ config: { indexes: [] } }, 'unknown field [indexes]'],
    [{ retention: { min_count: 5, max_count: 1 } }, 'cannot be larger'],
    [{ retention: { expire_after: 'never' } }, 'expire_after'],
    [{ extra: 1 }, 'unknown field [extra]'],
  ])('refuses a snapshot policy with %j', async (change, reason) => {
    await ok('PUT', '/_snapshot/r', { type: 'fs', settings: { location: '/backup' } });
    const response = await call('PUT', '/_slm/policy/p', { schedule: '0 30 1 * * ?', name: 'n', repository: 'r', ...change });
    expect([response.statusCode, response.json().error.reason]).toEqual([400, expect.stringContaining(reason)]);
  });
});

describe('cluster', () => {
  it('waits for a health that never comes, then says 408', async () => {
    server.health.status = 'red';
    const response = await call('GET', '/_cluster/health?wait_for_status=yellow&timeout=50ms');
    expect([response.statusCode, response.json().timed_out]).toEqual([408, true]);
    setTimeout(() => {
      server.health.status = 'green';
    }, 50);
    expect((await call('GET', '/_cluster/health?wait_for_status=yellow&timeout=5s')).statusCode).toBe(200);
    expect((await call('GET', '/_cluster/health?wait_for_nodes=>=2&timeout=10ms')).statusCode).toBe(408);
  });

  it('keeps settings', async () => {
    expect(await ok('PUT', '/_cluster/settings', { persistent: { action: { auto_create_index: '-x*,+*' } } })).toEqual({
      acknowledged: true,
      persistent: { action: { auto_create_index: '-x*,+*' } },
      transient: {},
    });
    await ok('PUT', '/_cluster/settings', { transient: { 'a.b': 1 }, persistent: { c: true } });
    expect(await get('/_cluster/settings?flat_settings')).toEqual({
      persistent: { 'action.auto_create_index': '-x*,+*', c: 'true' },
      transient: { 'a.b': '1' },
    });
    await ok('PUT', '/_cluster/settings', { transient: { 'a.*': null, 'a.b': null } });
    expect((await get('/_cluster/settings')).transient).toEqual({});
  });

  it('has state and statistics', async () => {
    await ok('PUT', '/i');
    expect((await get('/_cluster/state/metadata/i')).metadata.indices.i.state).toBe('open');
    expect((await get('/_cluster/stats')).indices.count).toBe(1);
    expect((await get('/_segments')).indices.i.shards[0]).toHaveLength(1);
  });
});
