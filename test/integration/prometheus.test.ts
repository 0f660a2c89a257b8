import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';
import { freePort } from '../harness/built-server.ts';
import { referenceServer, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

/** Debian's `prometheus`. Where the whole suite runs it must be there. */
const [prometheus, promtool] = ['/usr/bin/prometheus', '/usr/bin/promtool'];
const isMissing = !existsSync(prometheus) && process.env.CI === undefined;

const credentials = { username: 'ops', password: 'change-me' };
const authorization = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;

const page = readFileSync(resolve(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
const fenced = (language: string) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm');
/** The page's scrape configuration. */
const scrape = [...page.matchAll(fenced('yaml'))][0]?.[1] ?? '';
/** The page's queries, one on each line. */
const queries = [...page.matchAll(fenced('promql'))]
  .flatMap(([, text = '']) => text.trim().split('\n'))
  .filter((line) => !line.startsWith('#'));

let server: ServerProcess;
let redis: RedisServer;
let scraper: ChildProcess | undefined;
let url: string;

beforeAll(async () => {
  if (isMissing) return;
  redis = await RedisServer.start();
  const secured = ['--http.username', credentials.username, '--http.password', credentials.password];
  server = await startServer({ flags: [...secured, '--redis.enabled', 'on', '--redis.url', `redis://127.0.0.1:${redis.port}`] });
  const folder = temporaryFolder();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, scrape.replace('meshscope.example:8000', new URL(server.url).host).replace('15s', '1s'));
  execFileSync(promtool, ['check', 'config', config], { stdio: 'pipe' });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const listen = [`--web.listen-address=127.0.0.1:${port}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  scraper = spawn(prometheus, [`--config.file=${config}`, ...listen, '--enable-feature=exemplar-storage', '--log.level=error'], {
    stdio: 'ignore',
  });
});
afterAll(async () => {
  scraper?.kill('SIGKILL');
  await server?.stop();
  await redis?.remove();
});

type Answer = Readonly<{ data: { result: readonly { metric: Readonly<Record<string, string>>; value: readonly [number, string] }[] } }>;

/** The value of each series of an instant query, by its labels. */
async function ask(query: string): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`);
  if (!response.ok) throw new Error(`${query}: ${await response.text()}`);
  const { data } = (await response.json()) as Answer;
  return Object.fromEntries(data.result.map(({ metric, value }) => [Object.values(metric).join(' '), Number(value[1])]));
}

const own = async (path: string, accept?: string) =>
  fetch(`${server.url}${path}`, { headers: { authorization, ...(accept === undefined ? {} : { accept }) } });

describe.skipIf(isMissing)('Prometheus (skipped where it is not installed)', () => {
  it('sees the calls of a wrapped server, their time, bytes and logs', async () => {
    const collector = new URL(server.url);
    Object.assign(collector, credentials);
    const command = [process.execPath, referenceServer('everything'), 'stdio'];
    const args = wrapArgs(command, { url: String(collector), spool: temporaryFolder() }, ['--name', 'everything']);
    const client = new Client({ name: 'desk', version: '1' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    await client.listTools();
    const long = client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 5, steps: 1 } });
    await client.callTool({ name: 'toggle-simulated-logging', arguments: {} });
    for (let turn = 0; turn < 20; turn++) await client.callTool({ name: 'echo', arguments: { message: 'x'.repeat(100) } });
    for (const name of ['made-up', 'invented']) await client.callTool({ name }).catch(() => undefined);

    await eventually('Prometheus', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok);
    await eventually('the open call', async () => (await ask('sum by (server) (meshscope_mcp_calls_in_flight)')).everything === 1);
    await long;
    await client.close();

    const calls = 'mcp_server_operation_duration_seconds_count{server="everything",client="desk",mcp_method_name="tools/call"}';
    const counts = await eventually('the calls', async () => {
      const found = await ask(`sum by (gen_ai_tool_name, outcome, reporter) (${calls})`);
      return Object.keys(found).length === 4 && found;
    });
    expect(counts).toEqual({
      'echo ok recorder': 20,
      'toggle-simulated-logging ok recorder': 1,
      'trigger-long-running-operation ok recorder': 1,
      [Object.keys(counts).find((labels) => labels.startsWith('_OTHER')) as string]: 2,
    });
    // The gauge is of the last report, with which the recorder says goodbye.
    await eventually('no open call', async () => (await ask('sum(meshscope_mcp_calls_in_flight)'))[''] === 0);

    const { tools } = (await (await own('/api/tools')).json()) as { tools: { tool: string; p50_ms: number }[] };
    const p50 = (tools.find(({ tool }) => tool === 'echo')?.p50_ms as number) / 1000;
    const buckets = 'mcp_server_operation_duration_seconds_bucket{gen_ai_tool_name="echo"}';
    const { '': quantile = Number.NaN } = await ask(`histogram_quantile(0.5, sum by (le) (${buckets}))`);
    // Buckets are at most 2.5 times as wide as they begin, and the two medians of an even number may be in two.
    expect(quantile).toBeGreaterThan(p50 / 6.25);
    expect(quantile).toBeLessThan(p50 * 6.25);

    const bytes = await ask('sum by (gen_ai_tool_name) (meshscope_mcp_response_bytes_total{mcp_method_name="tools/call"})');
    expect(bytes.echo).toBeGreaterThan(2000);
    const [listed] = Object.values(await ask('sum(meshscope_mcp_response_bytes_total{mcp_method_name="tools/list"})'));
    const [definitions] = Object.values(await ask('meshscope_mcp_definition_bytes{mcp_method_name="tools/list"}'));
    expect(definitions).toBeGreaterThan(1000);
    expect(definitions).toBe(listed);
    expect((await ask('sum(meshscope_mcp_protocol_logs_total{server="everything"})'))['']).toBeGreaterThanOrEqual(1);
  });

  it('counts a repeated export once, and the two sides of a call apart', async () => {
    const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const span = (spanId: string, kind: number) => ({
      traceId: 'c0ffee'.padStart(32, '0'),
      spanId,
      name: 'tools/call twice',
      kind,
      startTimeUnixNano: '1795000000000000000',
      endTimeUnixNano: '1795000000000400000',
      attributes: [text('mcp.method.name', 'tools/call'), text('gen_ai.tool.name', 'twice'), text('mcp.server.name', 'twin')],
    });
    const resource = { attributes: [text('service.name', 'twin')] };
    const spans = [span('1'.padStart(16, '0'), 2), span('2'.padStart(16, '0'), 3)];
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
    for (let turn = 0; turn < 2; turn++) {
      const answer = await fetch(`${server.url}/v1/traces`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(200);
    }
    const count = (side: string) =>
      ask(`sum by (reporter, outcome) (mcp_${side}_operation_duration_seconds_count{server="twin",gen_ai_tool_name="twice"})`);
    await eventually('both sides', async () => Object.keys({ ...(await count('client')), ...(await count('server')) }).length > 0);
    expect(await count('server')).toEqual({ 'ok self': 1 });
    expect(await count('client')).toEqual({ 'ok self': 1 });
    const fast = await ask('mcp_server_operation_duration_seconds_bucket{server="twin",le=~"0.0002|0.0005"}');
    expect(Object.values(fast)).toEqual([0, 1]);
  });

  it("counts MCP Mesh's calls, and what has begun", async () => {
    const entry = (fields: Readonly<Record<string, string>>) =>
      redis.send('XADD', 'mesh:trace', '*', ...Object.entries({ trace_id: 'feed', agent_name: 'oracle', ...fields }).flat());
    for (const [at, success] of ['True', 'False', 'True'].entries())
      await entry({ span_id: `s${at}`, operation: 'foretell', duration_ms: '12.5', success });
    await entry({ span_id: 'r', operation: 'POST /mcp', duration_ms: '13', success: 'True' });
    await entry({ span_id: 'e', operation: 'foretell', event_type: 'span_start' });
    const ofOracle = (name: string) => `sum by (outcome, gen_ai_tool_name, reporter) (${name}{server="oracle"})`;
    const calls = async () =>
      ask('sum({__name__=~"mcp_server_operation_duration_seconds_count|meshscope_mcp_calls_in_flight",server="oracle"})');
    await eventually('all calls', async () => (await calls())[''] === 4);
    expect(await ask(ofOracle('meshscope_mcp_calls_in_flight'))).toEqual({ mesh: 1 });
    expect(await ask(ofOracle('mcp_server_operation_duration_seconds_count'))).toEqual({ 'foretell ok mesh': 2, 'foretell error mesh': 1 });
  });

  it('keeps exemplars, whose traces are there', async () => {
    const range = { query: 'mcp_server_operation_duration_seconds_bucket', start: '0', end: String(Date.now() / 1000 + 60) };
    const answer = await fetch(`${url}/api/v1/query_exemplars?${new URLSearchParams(range)}`);
    const { data } = (await answer.json()) as { data: { exemplars: { labels: { trace_id: string } }[] }[] };
    const [traceId] = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    expect((await own(`/api/traces/${traceId}`)).status).toBe(200);
  });

  it('finds nothing to complain about', async () => {
    const response = await own('/metrics', 'text/plain');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
    const input = await response.text();
    expect(input).toContain('mcp_server_operation_duration_seconds_bucket{');
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
    expect(await ask('up{job="meshscope"}')).toEqual({ [Object.keys(await ask('up'))[0] as string]: 1 });
  });

  it.each(queries)("answers the page's query %s", async (query) => {
    await expect(ask(query)).resolves.toBeDefined();
  });

  it('finds the same in what recorders sent by OTLP, which is stored', async () => {
    const names = await eventually('the stored metrics', async () => {
      const answer = await own('/api/metrics');
      const text = await answer.text();
      return text.includes('mcp.server.operation.duration') && text;
    });
    for (const name of ['calls.in_flight', 'request.bytes', 'response.bytes', 'definition.bytes', 'protocol_logs'])
      expect(names).toContain(`"meshscope.mcp.${name}"`);
  });
});
