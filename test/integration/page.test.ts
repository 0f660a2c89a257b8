import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MissionPage, missionPage, missionPages, runShell } from '../harness/mission-page.ts';
import type { Json } from '../harness/published-clients.ts';
import { builtCli, eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

/** The page's commands carry `-u elastic:changeme`, so that is what the server wants. */
const credentials = { authorization: `Basic ${Buffer.from('elastic:changeme').toString('base64')}` };
/** The page's loop starts 10,000 curls, which takes a minute of nothing but starting curl. */
const posts = 300;

let page: MissionPage;
let cwd: string;
let server: ServerProcess;
beforeAll(async () => {
  page = missionPage();
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-page-'));
  writeFileSync(join(cwd, 'elasticsearch-template.json'), page.template);
  server = await startServer({ flags: ['--http.username', 'elastic', '--http.password', 'changeme'] });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(cwd, { recursive: true });
});

const shell = (script: string, prelude = '') => runShell(script, { address: server.url.replace('http://', ''), cwd, prelude });

type Answer = Readonly<{ status: number; headers: Headers; json: Json }>;

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...credentials, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: JSON.parse(text || '{}') as Json };
}

/** Runs a command of the page whose request begins like this; curl fails on any status from 400 on, and writes the headers down. */
async function runCommand(request: string) {
  const command = page.curls.find((curl) => requestOf(curl) === request);
  if (command === undefined) throw new Error(`the page has no ${request}, but ${page.curls.map(requestOf).join(', ')}`);
  const result = await shell(command, 'curl() { command curl --max-time 30 --fail-with-body -D headers "$@"; }');
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return { stdout: result.stdout, headers: readFileSync(join(cwd, 'headers'), 'latin1') };
}

/** Such as `PUT /_slm/policy/daily-snapshots`. */
function requestOf(command: string): string {
  const method = /-X (\w+)/.exec(command)?.[1] ?? 'GET';
  return `${method} ${/localhost:9200(\/[^\s"]*)/.exec(command)?.[1]}`;
}

it('has the page, and a stand-in with the same commands', () => {
  const [first, second] = missionPages();
  for (const { curls, template, loadTest, parsingTest, analyzer } of [first, second ?? first] as MissionPage[]) {
    expect(curls.map(requestOf)).toEqual(first?.curls.map(requestOf));
    expect(JSON.parse(template.replace(/^\/\/.*\n/, ''))).toMatchObject({ index_patterns: ['mcp-mesh-logs-*'], priority: 200 });
    expect(loadTest).toContain('_stats/indexing');
    expect(JSON.parse(parsingTest.slice(6, -1))).toMatchObject({ level: 'INFO' });
    expect(analyzer).toContain('def detect_anomalies(self, agent_name: str):');
  }
});

describe('Step 3', () => {
  it('puts the template, whose file begins with a comment and names component templates that nobody made', async () => {
    const { stdout, headers } = await runCommand('PUT /_index_template/mcp-mesh-logs');
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true });
    expect(headers).toMatch(/^warning: 299 .*mcp-mesh-logs-settings, mcp-mesh-logs-mappings.* do not exist/im);
    const { json } = await call('GET', '/_index_template/mcp-mesh-logs');
    expect(json).toMatchObject({
      index_templates: [
        {
          name: 'mcp-mesh-logs',
          index_template: { priority: 200, template: { mappings: { properties: { level: { type: 'keyword' } } } } },
        },
      ],
    });
  });

  it("also takes the same body at Fluentd's address for it", async () => {
    const { status, json } = await call('PUT', '/_template/mcp-mesh-logs', page.template.replaceAll('\n', ''));
    expect([status, json]).toEqual([200, { acknowledged: true }]);
    expect((await call('GET', '/_template/mcp-mesh-logs')).json).toMatchObject({
      'mcp-mesh-logs': { index_patterns: ['mcp-mesh-logs-*'], mappings: { properties: { msg: { type: 'text' } } } },
    });
  });

  it('creates the index with its alias, its mapping and a policy that nobody put', async () => {
    const { stdout } = await runCommand('PUT /mcp-mesh-logs-000001');
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true, shards_acknowledged: true, index: 'mcp-mesh-logs-000001' });
    const { json } = await call('GET', '/mcp-mesh-logs-000001');
    expect(json).toMatchObject({
      'mcp-mesh-logs-000001': {
        aliases: { 'mcp-mesh-logs': { is_write_index: true } },
        mappings: { properties: { timestamp: { type: 'date', format: 'strict_date_time' }, trace: {}, agent: {} } },
        settings: { index: { number_of_shards: '3', lifecycle: { name: 'mcp-mesh-logs', rollover_alias: 'mcp-mesh-logs' } } },
      },
    });
    const explained = await call('GET', '/mcp-mesh-logs-000001/_ilm/explain');
    expect(explained.json).toMatchObject({
      indices: {
        'mcp-mesh-logs-000001': {
          managed: true,
          policy: 'mcp-mesh-logs',
          step: 'ERROR',
          step_info: { reason: expect.stringContaining('mcp-mesh-logs') as string },
        },
      },
    });
  });
});

describe('Step 6', () => {
  it('puts the repository, and keeps no secret', async () => {
    const { stdout, headers } = await runCommand('PUT /_snapshot/mcp_mesh_backup');
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true });
    expect(headers).toMatch(/^warning: 299 /im);
    const { json } = await call('GET', '/_snapshot/mcp_mesh_backup');
    expect(json).toEqual({ mcp_mesh_backup: { type: 's3', settings: { bucket: 'mcp-mesh-logs-backup', region: 'us-east-1' } } });
  });

  it('puts the policy, and says when it would run next', async () => {
    const { stdout } = await runCommand('PUT /_slm/policy/daily-snapshots');
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true });
    const { json } = await call('GET', '/_slm/policy/daily-snapshots');
    const policy = json['daily-snapshots'];
    expect(policy?.policy).toMatchObject({ schedule: '0 30 1 * * ?', repository: 'mcp_mesh_backup', retention: { min_count: 5 } });
    const next = new Date(Number(policy?.next_execution_millis));
    expect([next.getUTCHours(), next.getUTCMinutes(), next.getUTCSeconds()]).toEqual([1, 30, 0]);
    const wait = next.getTime() - Date.now();
    expect(wait > 0 && wait <= 86_400_000).toBe(true);
  });
});

describe('the load test', () => {
  it('counts each of its posts through the alias', { timeout: 300_000 }, async () => {
    expect(page.loadTest).toContain('{1..10000}');
    const script = page.loadTest.replace('{1..10000}', `{1..${posts}}`);
    const { code, stdout, stderr } = await shell(script, 'curl() { command curl --max-time 60 "$@"; }');
    expect(code, stderr.slice(-2000)).toBe(0);
    expect(stdout.match(/"_index":"mcp-mesh-logs-000001","_id":"\w+","_version":1,"result":"created"/g)?.length).toBe(posts);
    // What jq found in the statistics of the alias.
    expect(stdout.slice(stdout.lastIndexOf('}') + 1)).toBe(`${posts}\n`);
  });

  it('finds each of them once, although they are of 2024', { timeout: 180_000 }, async () => {
    await eventually(
      'all posts to be searchable',
      async () => Number((await call('GET', '/mcp-mesh-logs-*/_count')).json.count) >= posts,
      150_000,
    );
    const { json } = await call('POST', '/mcp-mesh-logs/_search', {
      size: 0,
      track_total_hits: true,
      query: { range: { timestamp: { gte: '2024-01-15', lt: '2024-01-16' } } },
      aggs: { different: { cardinality: { field: 'msg.keyword' } }, services: { terms: { field: 'service.name' } } },
    });
    expect(json).toMatchObject({
      hits: { total: { value: posts, relation: 'eq' } },
      aggregations: { different: { value: posts }, services: { buckets: [{ key: 'load-test', doc_count: posts }] } },
    });
  });
});

describe('monitoring and debugging', () => {
  it('tests the parsing of a line', async () => {
    const ingest = `${process.execPath} ${builtCli} ingest --url ${server.url} --user elastic:changeme --index mcp-mesh-logs-parsing`;
    const { code, stderr } = await shell(`${page.parsingTest} | ${ingest}`);
    expect([code, stderr]).toEqual([0, 'meshscope: 1 record acknowledged.\n']);
    await call('POST', '/mcp-mesh-logs-parsing/_refresh');
    const { json } = await call('GET', '/mcp-mesh-logs-parsing/_search?q=msg:Test');
    expect(json.hits?.hits?.map(({ _source }) => _source)).toMatchObject([JSON.parse(page.parsingTest.slice(6, -1))]);
    expect((await call('DELETE', '/mcp-mesh-logs-parsing')).status).toBe(200);
  });

  it('is healthy', async () => {
    const { stdout } = await runCommand('GET /_cluster/health?pretty');
    expect(stdout).toMatch(/^\{\n {2}"cluster_name" : "meshscope",\n {2}"status" : "green",\n/);
    expect(JSON.parse(stdout)).toMatchObject({ timed_out: false, number_of_nodes: 1, active_shards_percent_as_number: 100 });
  });

  it('has statistics', async () => {
    const { stdout } = await runCommand('GET /mcp-mesh-logs-*/_stats?pretty');
    expect(stdout).toMatch(/^\{\n {2}"_shards" : \{/);
    const { indices } = JSON.parse(stdout) as { indices: Record<string, { primaries: Record<string, Record<string, number>> }> };
    expect(Object.keys(indices)).toEqual(['mcp-mesh-logs-000001']);
    const { docs, indexing, store } = indices['mcp-mesh-logs-000001']?.primaries ?? {};
    expect([docs?.count, indexing?.index_total]).toEqual([posts, posts]);
    expect(store?.size_in_bytes).toBeGreaterThan(posts);
  });

  it('lists the indices as text', async () => {
    const { stdout, headers } = await runCommand('GET /_cat/indices/mcp-mesh-logs-*');
    expect(stdout).toMatch(new RegExp(`^green +open +mcp-mesh-logs-000001 +\\S{22} +3 +1 +${posts} +0 +\\S+ +\\S+ +\\S+\\n$`));
    expect(headers).toMatch(/^content-type: text\/plain/im);
  });

  it('merges, and loses nothing', { timeout: 120_000 }, async () => {
    const { stdout } = await runCommand('POST /mcp-mesh-logs-*/_forcemerge?max_num_segments=1');
    expect(JSON.parse(stdout)).toEqual({ _shards: { total: 1, successful: 1, failed: 0 } });
    expect((await call('GET', '/mcp-mesh-logs/_count')).json).toMatchObject({ count: posts });
  });

  it('changes settings', async () => {
    const { stdout } = await runCommand('PUT /mcp-mesh-logs-*/_settings');
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true });
    const { json } = await call('GET', '/mcp-mesh-logs/_settings');
    expect(json).toMatchObject({ 'mcp-mesh-logs-000001': { settings: { index: { refresh_interval: '30s', number_of_replicas: '0' } } } });
  });
});

describe('what the page says about itself', () => {
  it('wants the credentials that its commands carry', async () => {
    const { code, stdout } = await shell('curl -s -w "%{http_code}" http://localhost:9200/_cluster/health -u elastic:wrong');
    expect(code).toBe(0);
    expect(stdout).toMatch(/"type":"security_exception".*401$/);
  });

  it("keeps what Fluentd sends without logstash_format in Fluentd's default index", async () => {
    const { json } = await call('POST', '/_bulk?refresh=true', '{"index":{"_index":"fluentd"}}\n{"msg":"no logstash_format"}\n');
    expect(json).toMatchObject({ errors: false, items: [{ index: { _index: 'fluentd', status: 201 } }] });
    expect((await call('GET', '/fluentd/_count')).json).toMatchObject({ count: 1 });
    expect((await call('GET', '/mcp-mesh-logs-*/_count')).json).toMatchObject({ count: posts });
    expect((await call('GET', '/fluentd/_settings')).json).not.toMatchObject({ fluentd: { settings: { index: { lifecycle: {} } } } });
  });
});
