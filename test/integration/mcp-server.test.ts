import { StdioClientTransport as StdioTwo } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as StdioOne } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClientKind,
  clientOne,
  clientTwo,
  httpClient,
  type McpClient,
  wrapClient,
} from '../../src/surfaces/mcp/testing/mcp-clients.ts';
import { bareEnvironment } from '../harness/built-server.ts';
import { talk } from '../harness/mcp-process.ts';
import { builtCli, eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

/**
 * An incident in a shop of four agents: for twenty minutes all is well, then a new version of the stock agent runs out of connections, and orders fail
 * three agents further up, which report only that they failed. Whoever has nothing but the tools must find the cause.
 */
const cause = 'connection pool exhausted: 50 of 50 in use';
const culprit = 'stock-agent';
const minute = 60_000;

const hex = (digits: number, value: number) => value.toString(16).padStart(digits, '0');
const traceIdOf = (order: number) => `feed${hex(28, order)}`;
const nanos = (millis: number) => String(BigInt(Math.round(millis)) * 1_000_000n);

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

type Order = Readonly<{ number: number; startMillis: number; fails: boolean }>;

const chain = ['shop', 'order-agent', 'price-agent', culprit];

function spansOf({ number, startMillis, fails }: Order) {
  return chain.map((service, depth) => {
    const isCulprit = service === culprit;
    const failure = isCulprit ? cause : `call of ${chain[depth + 1]} failed`;
    return {
      service,
      version: isCulprit && fails ? '1.5.0' : '1.4.2',
      span: {
        traceId: traceIdOf(number),
        spanId: `${hex(12, number)}${hex(4, depth + 1)}`,
        parentSpanId: depth === 0 ? '' : `${hex(12, number)}${hex(4, depth)}`,
        name: ['checkout', 'place_order', 'quote', 'reserve_stock'][depth],
        kind: 2,
        startTimeUnixNano: nanos(startMillis + depth),
        endTimeUnixNano: nanos(startMillis + (fails ? 900 : 40) - depth),
        attributes: isCulprit ? [text('mcp.method.name', 'tools/call'), text('gen_ai.tool.name', 'reserve_stock')] : [],
        status: fails ? { code: 2, message: failure } : { code: 1 },
      },
    };
  });
}

function logsOf({ number, startMillis, fails }: Order) {
  const record = (agent: string, level: string, msg: string, more: object = {}) => ({
    timestamp: new Date(startMillis + 30).toISOString(),
    level,
    msg,
    agent: { name: agent },
    trace: { trace_id: traceIdOf(number) },
    ...more,
  });
  const noise = record('shop', 'ERROR', `card ${number} was declined by the bank`);
  if (!fails) return number % 5 === 0 ? [noise] : [record('shop', 'INFO', `order ${number} done`)];
  return [
    record(culprit, 'ERROR', cause, { exception: { type: 'PoolTimeoutError', message: cause } }),
    record('order-agent', 'WARNING', `order ${number} is retried`),
  ];
}

async function post(url: string, body: string, type = 'application/json'): Promise<void> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
  expect([response.status, (await response.text()).includes('"errors":true')]).toEqual([200, false]);
}

async function plant(url: string): Promise<void> {
  const now = Date.now();
  const healthy = Array.from(
    { length: 60 },
    (_, at): Order => ({ number: at, startMillis: now - 21 * minute + at * 10_000, fails: false }),
  );
  const broken = Array.from(
    { length: 24 },
    (_, at): Order => ({ number: 100 + at, startMillis: now - 8 * minute + at * 10_000, fails: at % 2 === 0 }),
  );
  const orders = [...healthy, ...broken];
  const lines = orders.flatMap(logsOf).flatMap((log) => ['{"create":{}}', JSON.stringify(log)]);
  await post(`${url}/shop-logs/_bulk`, `${lines.join('\n')}\n`, 'application/x-ndjson');
  const resourceSpans = orders.flatMap(spansOf).map(({ service, version, span }) => ({
    resource: { attributes: [text('service.name', service), text('service.version', version)] },
    scopeSpans: [{ spans: [span] }],
  }));
  await post(`${url}/v1/traces`, JSON.stringify({ resourceSpans }));
}

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
  await plant(server.url);
  await eventually('the last trace', async () => (await fetch(`${server.url}/api/traces/${traceIdOf(123)}`)).ok);
  await eventually('the records', async () => (await (await fetch(`${server.url}/shop-logs/_count`)).text()).includes('"count":96'));
});
afterAll(() => server?.stop());

async function stdioClient(kind: ClientKind, url: string): Promise<McpClient> {
  const command = { command: process.execPath, args: [builtCli, 'mcp', '--url', url], env: bareEnvironment() as Record<string, string> };
  if (kind === 'v1') {
    const client = clientOne();
    await client.connect(new StdioOne(command) as never);
    return wrapClient(client);
  }
  const client = clientTwo(kind === 'v2 modern' ? 'auto' : 'legacy');
  await client.connect(new StdioTwo(command));
  return wrapClient(client);
}

const openers: readonly (readonly [string, () => Promise<McpClient>])[] = [
  ['v1 over stdio', () => stdioClient('v1', server.url)],
  ['v2 over stdio, legacy era', () => stdioClient('v2 legacy', server.url)],
  ['v2 over stdio, modern era', () => stdioClient('v2 modern', server.url)],
  ['v1 over HTTP', () => httpClient('v1', new URL('/mcp', server.url))],
  ['v2 over HTTP, legacy era', () => httpClient('v2 legacy', new URL('/mcp', server.url))],
  ['v2 over HTTP, modern era', () => httpClient('v2 modern', new URL('/mcp', server.url))],
];

type Item = Readonly<Record<string, unknown>>;
const listOf = (value: unknown): readonly Item[] => (Array.isArray(value) ? value : []);

describe.each(openers)('a client (%s) that has only the tools', (_, open) => {
  let client: McpClient;
  beforeAll(async () => {
    client = await open();
  });
  afterAll(() => client?.close());

  const ask = async (tool: string, args: Record<string, unknown> = {}): Promise<Readonly<Record<string, readonly Item[]>>> => {
    const answer = await client.call(tool, args);
    expect([tool, answer.isError ?? false, answer.isError ? answer.content[0]?.text : '']).toEqual([tool, false, '']);
    expect(JSON.stringify({ content: answer.content, structuredContent: answer.structuredContent }).length).toBeLessThanOrEqual(16_000);
    return answer.structuredContent as Readonly<Record<string, readonly Item[]>>;
  };

  it('finds what failed, who, and in which trace', async () => {
    const changed = await ask('what_changed', { since: '10m' });
    expect(changed.new_errors).toEqual([
      expect.objectContaining({ message: cause, agent: culprit, count: 12, exception: 'PoolTimeoutError' }),
    ]);
    expect(changed.slower?.map(({ agent }) => agent)).toContain(culprit);
    expect(changed.new_versions).toContainEqual({ name: `${culprit} 1.5.0` });
    const traceId = String(changed.new_errors?.[0]?.trace_id);
    const trace = await ask('show_trace', { trace_id: traceId, logs: true });
    expect(trace.failures?.[0]).toMatchObject({ agent: culprit, name: 'reserve_stock', error: cause, depth: 3 });
    expect(trace.logs?.[0]).toMatchObject({ 'agent.name': culprit, msg: cause });
    expect(trace.trace_id).toBe(traceId);
    expect(Number.parseInt(traceId.slice(4), 16)).toBeGreaterThanOrEqual(100);
  });

  it('finds it by the agents that fail, too', async () => {
    const { agents } = await ask('errors_by_agent', { since: '10m' });
    const failing = new Map(agents?.map((agent) => [agent.agent, agent]));
    expect(failing.get(culprit)).toMatchObject({ error_records: 12, failed_calls: 12, calls: 24 });
    expect(failing.get('price-agent')).toMatchObject({ error_records: 0, failed_calls: 12 });
    expect(listOf(failing.get(culprit)?.span_messages)[0]?.message).toBe(`reserve_stock: ${cause}`);
  });

  it('finds it by searching', async () => {
    const records = await ask('search_logs', { query: 'level:ERROR AND NOT msg:declined', since: '30m', limit: 5 });
    expect([records.total, records.records?.length]).toEqual([12, 5]);
    const more = await ask('search_logs', {
      query: 'level:ERROR AND NOT msg:declined',
      since: '30m',
      limit: 5,
      cursor: records.next_cursor,
    });
    const ids = [...(records.records ?? []), ...(more.records ?? [])].map((record) => record['trace.trace_id']);
    expect(new Set(ids).size).toBe(10);
    const { traces } = await ask('find_traces', {
      query: `{ resource.service.name = "${culprit}" && status = error } | select(statusMessage)`,
      limit: 3,
    });
    expect(traces?.map(({ failed, root_agent }) => [failed, root_agent])).toEqual([1, 2, 3].map(() => [true, 'shop']));
    expect(listOf(traces?.[0]?.matched)[0]).toMatchObject({ agent: culprit, selected: { statusMessage: cause } });
  });

  it('finds what is slow', async () => {
    const { calls } = await ask('slow_calls', { agent: culprit, limit: 12 });
    expect(calls?.map(({ agent, operation }) => `${agent} ${operation}`)).toEqual(
      Array.from({ length: 12 }, () => `${culprit} reserve_stock`),
    );
    expect(Number(calls?.at(-1)?.duration_ms)).toBeGreaterThan(800);
  });

  it('finds which tool fails', async () => {
    const { tools } = await ask('tool_statistics', { since: '10m' });
    expect(tools).toEqual([expect.objectContaining({ server: culprit, tool: 'reserve_stock', calls: 24, errors: 12 })]);
    expect(Number(tools?.[0]?.p99_ms)).toBeGreaterThan(800);
  });

  it('finds it by SQL of its own, which reaches nothing else', async () => {
    const query = `WITH failed AS (SELECT trace_id FROM spans WHERE service = '${culprit}' AND status = 'error')
      SELECT msg, count() AS n FROM logs WHERE trace_id IN (SELECT trace_id FROM failed) AND level = 'ERROR' GROUP BY msg ORDER BY n DESC`;
    expect((await ask('query_sql', { query })).rows).toContainEqual({ msg: cause, n: '12' });
    for (const hostile of [
      "SELECT arrayMap(file, ['/etc/hostname'])",
      'SELECT * FROM system.tables',
      "SELECT * FROM file('/etc/passwd')",
    ]) {
      const answer = await client.call('query_sql', { query: hostile });
      expect([answer.isError, answer.content[0]?.text]).toEqual([true, expect.stringContaining('of the statement')]);
    }
  });

  it('is told what it did wrong', async () => {
    const answer = await client.call('find_traces', { query: '{ status == error }' });
    expect([answer.isError, answer.content[0]?.text]).toEqual([true, expect.stringContaining('TraceQL, position')]);
    const missing = await client.call('show_trace', { trace_id: 'nobody' });
    expect([missing.isError, missing.content[0]?.text]).toEqual([true, expect.stringContaining('There is no trace')]);
  });
});

describe.each([
  ['stdio', () => stdioClient('v2 modern', server.url)],
  ['HTTP', () => httpClient('v2 modern', new URL('/mcp', server.url))],
] as const)('a statement over %s', (_, open) => {
  it('is stopped when its caller gives up, and makes room for the next', async () => {
    const client = await open();
    const many = `[${Array.from({ length: 200 }, (_, at) => at).join(', ')}]`;
    const query = `SELECT count() FROM (SELECT arrayJoin(${many}) AS e FROM (SELECT arrayJoin(${many}) AS d FROM (SELECT arrayJoin(${many}) AS c FROM (SELECT arrayJoin(${many}) AS b FROM (SELECT arrayJoin(${many}) AS a)))))`;
    const abort = new AbortController();
    // Refused while the question below has its place, it is asked again.
    const run = async (): Promise<string> => {
      for (;;) if ((await client.call('query_sql', { query }, abort.signal).catch(() => 'gone')) === 'gone') return 'gone';
    };
    const slow = [run(), run()];
    await eventually('two statements that run', async () => (await client.call('query_sql', { query: 'SELECT 1' })).isError);
    abort.abort();
    expect(await Promise.all(slow)).toEqual(['gone', 'gone']);
    await eventually('room', async () => !(await client.call('query_sql', { query: 'SELECT 1' })).isError);
    await client.close();
  });
});

describe('meshscope mcp', () => {
  it('says that no server answers, and goes on', async () => {
    const client = await stdioClient('v2 modern', 'http://127.0.0.1:9');
    const answer = await client.call('search_logs');
    expect([answer.isError, answer.content[0]?.text]).toEqual([
      true,
      expect.stringContaining('No meshscope answers at http://127.0.0.1:9'),
    ]);
    expect((await client.list()).tools).toHaveLength(8);
    await client.close();
  });

  it('ends with its input, and writes nothing but messages', async () => {
    const spoken = talk(process.execPath, [builtCli, 'mcp', '--url', server.url]);
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    const answer = JSON.parse(await spoken.ask({ id: 0, method: 'initialize', params: hello })) as {
      result: { serverInfo: { name: string } };
    };
    expect(answer.result.serverInfo.name).toBe('meshscope');
    spoken.write('garbage\n\n{"jsonrpc":"2.0"}\n');
    await spoken.ask({ id: 1, method: 'tools/list' });
    spoken.child.stdin?.end();
    const { code, stdout } = await spoken.closed;
    expect(code).toBe(0);
    for (const line of stdout.toString().trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  it.each([
    [['--url', 'nowhere'], 'must be a URL'],
    [['--max-tokens', '5'], 'from 1000 to 200000'],
    [['--user', 'me'], 'NAME:PASSWORD'],
  ])('refuses %j', async (flags, reason) => {
    const { code, stderr, stdout } = await talk(process.execPath, [builtCli, 'mcp', ...flags]).closed;
    expect([code, stderr.toString().includes(reason), stdout.length]).toEqual([2, true, 0]);
  });
});
