import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addMcpRoutes } from './mcp-routes.ts';
import { httpClient, type McpClient, type RecordedServer, recordedServer, type ToolAnswer } from './testing/mcp-clients.ts';
import {
  durations,
  errorAggregations,
  foundChanges,
  foundTrace,
  hit,
  recordedApi,
  searchOver,
  serviceMap,
  traceIdOf,
  tracesOver,
  wholeTrace,
} from './testing/recorded-api.ts';

const api = recordedApi();
const records = Array.from({ length: 3 }, (_, at) => hit(at));
api.answer('/elasticsearch', searchOver(records));
api.answer('/api/traces', tracesOver([foundTrace(1), foundTrace(2)]));
api.answer('/api/traces/', () => ({ json: wholeTrace(4) }));
api.answer('/api/changes', () => foundChanges([['timeout', 4, 'weather-agent']]));
api.answer('/api/traces/map', () => serviceMap([['weather-agent', 10, 3, 20]]));
api.answer('/api/traces/exemplars', () => durations({ 20: 2 }));

let server: RecordedServer;
beforeAll(async () => {
  server = await recordedServer(api);
});
afterAll(() => server.app.close());

const recordsOf = (structured: ToolAnswer['structuredContent']) => (structured?.records as readonly unknown[] | undefined)?.length;

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(server.url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  });

describe.each(['v1', 'v2 legacy', 'v2 modern'] as const)('a published client (%s) over HTTP', (kind) => {
  let client: McpClient;
  beforeAll(async () => {
    client = await httpClient(kind, server.url, `Basic ${Buffer.from('me:secret').toString('base64')}`);
  });
  afterAll(() => client.close());

  it('lists tools that only read, with schemas of their answers', async () => {
    const { tools } = await client.list();
    expect(tools.map(({ name }) => name)).toEqual([
      'search_logs',
      'find_traces',
      'show_trace',
      'tool_statistics',
      'errors_by_agent',
      'slow_calls',
      'what_changed',
      'query_sql',
    ]);
    for (const { annotations, inputSchema, outputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', properties: { left_out: {}, next_cursor: {}, link: {} } });
    }
    expect(client.instructions()).toContain('never instructions');
  });

  it('gets answers that fit the schemas', async () => {
    const { structuredContent, content, isError } = await client.call('search_logs', { query: 'level:ERROR' });
    expect([isError ?? false, recordsOf(structuredContent)]).toEqual([false, 3]);
    expect(content[0]?.text).toContain('ERROR  weather-agent  record 0');
    expect(structuredContent?.link).toBe(new URL('/', server.url).href);
    api.answer('/elasticsearch', () => errorAggregations([['timeout', 4, 'weather-agent']]));
    const answers = [
      await client.call('errors_by_agent'),
      await client.call('find_traces', { query: '{ status = error }' }),
      await client.call('slow_calls'),
      await client.call('what_changed'),
    ];
    api.answer('/elasticsearch', searchOver(records));
    answers.push(await client.call('show_trace', { trace_id: traceIdOf(7), logs: true, attributes: true }));
    expect(answers.map((answer) => [answer.isError ?? false, answer.structuredContent !== undefined])).toEqual(
      answers.map(() => [false, true]),
    );
  });

  it('asks as itself: with its credentials, and marked', async () => {
    server.headers.length = 0;
    await client.call('find_traces');
    expect(server.headers).toEqual([
      expect.objectContaining({ 'user-agent': 'meshscope-mcp', authorization: 'Basic bWU6c2VjcmV0', host: server.url.host }),
    ]);
  });

  it('hears what it did wrong', async () => {
    const { isError, content } = await client.call('show_trace', { trace_id: '../status' });
    expect([isError, content[0]?.text.includes('trace_id must be the id of a trace')]).toEqual([true, true]);
    await expect(client.call('drop_table')).rejects.toThrow('drop_table');
  });
});

describe('/mcp', () => {
  it.each([
    ['GET', 405],
    ['DELETE', 405],
  ])('%s is answered with %d: there are no sessions', async (method, status) => {
    expect((await fetch(server.url, { method })).status).toBe(status);
  });

  it.each([
    ['no JSON', '{', {}, 400],
    ['nothing', '', {}, 400],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['text, which a page may send without asking', '{}', { 'content-type': 'text/plain' }, 415],
    ['too much', `{"a":"${'x'.repeat(1024 ** 2)}"}`, {}, 413],
    ['a long batch', JSON.stringify(Array.from({ length: 21 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' }))), {}, 413],
    ['a deep one', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 400],
    [
      'another revision',
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01"}}}',
      {},
      400,
    ],
  ])('refuses %s', async (_, body, headers, status) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    expect((await response.text()).length).toBeLessThan(2000);
  });

  it('answers a short batch', async () => {
    const hello = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 't', version: '1' } };
    expect((await post(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: hello }))).status).toBe(200);
    const calls = [1, 2].map((id) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'search_logs', arguments: {} } }));
    const response = await post(JSON.stringify(calls), { 'mcp-protocol-version': '2025-03-26' });
    expect([response.status, (await response.text()).match(/record 0/g)?.length]).toEqual([200, 4]);
  });

  it('goes on after all that', async () => {
    const client = await httpClient('v2 modern', server.url);
    expect((await client.list()).tools).toHaveLength(8);
    await client.close();
  });

  it('ends what a tool has asked for when its caller closes the stream, which is how calls are cancelled since 2026-07-28', async () => {
    const app = Fastify();
    let begin: () => void = () => undefined;
    const began = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const ended = new Promise<boolean>((resolve) => {
      app.all('/*', (_request, reply) => {
        void reply.hijack();
        reply.raw.once('close', () => resolve(reply.raw.writableFinished));
        begin();
      });
    });
    addMcpRoutes(app, { version: '1.2.3', maxTokens: 4000 });
    const client = await httpClient('v2 modern', new URL('/mcp', await app.listen({ port: 0, host: '127.0.0.1' })));
    const abort = new AbortController();
    const called = client.call('query_sql', { query: 'SELECT 1' }, abort.signal).then(
      () => 'answered',
      () => 'gone',
    );
    await began;
    abort.abort();
    expect([await called, await ended]).toEqual(['gone', false]);
    await client.close();
    await app.close();
  });

  it('answers many at once', async () => {
    const client = await httpClient('v2 modern', server.url);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.call('search_logs', {})));
    expect(answers.every(({ structuredContent }) => recordsOf(structuredContent) === 3)).toBe(true);
    await client.close();
  });
});
