import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../test/eventually.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { type InstrumentOptions, instrument } from './instrument.ts';
import { durationBuckets } from './metrics.ts';
import { endingOfCancel, endingOfError, endingOfResult, isSpanError } from './outcome.ts';
import { currentTrace } from './propagation.ts';
import { currentScope, runInScope } from './scope.ts';
import { flush } from './telemetry.ts';

let collector: RecordingCollector;
let services = 0;

beforeAll(async () => {
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());
beforeEach(() => collector.clear());

/** A client and a server in memory; only the server is instrumented, under a name that no other test has. */
async function pair(options: InstrumentOptions = {}, clientOptions?: InstrumentOptions) {
  services += 1;
  const service = `conventions-${services}`;
  const server = new McpServer({ name: service, version: '1.2.3' }, { capabilities: { logging: {} } });
  const client = new Client({ name: 'tester', version: '0.1.0' });
  instrument(server, { url: collector.url, flushMillis: 10, ...options });
  if (clientOptions) instrument(client, { url: collector.url, service: `${service}-client`, flushMillis: 10, ...clientOptions });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const sent: Record<string, unknown>[] = [];
  const connect = async () => {
    const { send } = near;
    near.send = (message, more) => {
      sent.push(message as Record<string, unknown>);
      return send.call(near, message, more);
    };
    await server.connect(far);
    await client.connect(near);
  };
  return { server, client, connect, service, near, far, sent };
}

const spanNamed = (name: string) =>
  eventually(
    () => collector.spans.find((span) => span.name === name),
    () => collector.spans.map((span) => span.name).join(),
  );

describe('outcomes', () => {
  it.each([
    [-32700, false, true],
    [-32600, false, true],
    [-32601, false, true],
    [-32602, false, true],
    [-32002, false, true],
    [-32603, true, true],
    [-32000, true, true],
    [-32020, true, true],
    [1, true, true],
  ])('of the code %d: error at the server %s, at the client %s', (code, atServer, atClient) => {
    const ending = endingOfError({ code, message: 'm' });
    expect(ending).toEqual({ outcome: 'rpc_error', errorType: String(code), code, message: 'm' });
    expect([isSpanError(ending, 'server'), isSpanError(ending, 'client')]).toEqual([atServer, atClient]);
  });

  it.each([
    ['tools/call', { content: [{ type: 'text', text: 'a' }] }, 'ok'],
    ['tools/call', { content: [] }, 'empty'],
    ['tools/call', { content: [], structuredContent: {} }, 'ok'],
    ['tools/call', { content: [{ type: 'text', text: 'no' }], isError: true }, 'tool_error'],
    ['tools/call', { resultType: 'input_required', requestState: 's' }, 'input_required'],
    ['tools/list', {}, 'ok'],
    ['tools/call', null, 'invalid_result'],
    ['tools/call', [], 'invalid_result'],
  ])('of %s with %j: %s', (method, result, outcome) => {
    expect(endingOfResult(method, result).outcome).toBe(outcome);
  });

  it.each([
    ['McpError: MCP error -32001: Request timed out', 'timed_out'],
    ['SdkError: Request timed out', 'timed_out'],
    ['the user gave up', 'cancelled'],
    [undefined, 'cancelled'],
    [7, 'cancelled'],
  ])('of a cancellation for %j: %s', (reason, outcome) => {
    expect(endingOfCancel(reason).outcome).toBe(outcome);
  });
});

describe('metrics', () => {
  it("has the convention's names, unit and buckets, and bounded labels", async () => {
    const { server, client, connect } = await pair();
    server.registerTool('add', { inputSchema: { a: z.number() } }, () => ({ content: [{ type: 'text', text: '1' }] }));
    await connect();
    await client.listTools();
    for (let count = 0; count < 10; count += 1) await client.callTool({ name: 'add', arguments: { a: 1 } });
    for (let count = 0; count < 700; count += 1) await client.callTool({ name: `made-up-${count}` });
    const points = await eventually(() => {
      const found = collector.points.filter(
        ({ name, attributes }) => name === 'mcp.server.operation.duration' && attributes['mcp.method.name'] === 'tools/call',
      );
      return found.some(({ count }) => count === 700) && found;
    });
    const ok = points.find(({ attributes }) => attributes['gen_ai.tool.name'] === 'add');
    expect(ok).toMatchObject({ count: 10, bounds: durationBuckets, attributes: { 'gen_ai.operation.name': 'execute_tool' } });
    // semantic-conventions-genai, mcp: finer ones are ours.
    expect(durationBuckets.slice(6)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]);
    expect(ok?.attributes['error.type']).toBeUndefined();
    const other = points.filter(({ attributes }) => attributes['gen_ai.tool.name'] === '_OTHER');
    expect(other.map(({ count, attributes }) => [count, attributes['error.type']])).toEqual([[700, 'tool_error']]);
    const bytes = await eventually(() => collector.gauges['meshscope.mcp.definition.bytes tools/list'] ?? false);
    expect(bytes).toBeGreaterThan(100);
    await client.close();
    const session = await eventually(() => collector.points.find(({ name }) => name === 'mcp.server.session.duration') ?? false);
    expect(session.count).toBe(1);
  });
});

describe('context', () => {
  it("continues a request's traceparent, and keeps what else _meta has", async () => {
    const { server, client, connect, sent } = await pair({}, {});
    let seen: unknown;
    server.registerTool('meta', {}, (extra) => {
      seen = extra._meta;
      return { content: [] };
    });
    await connect();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await client.callTool({ name: 'meta', _meta: { traceparent, 'com.example/own': 1 } });
    expect(seen).toMatchObject({ traceparent, 'com.example/own': 1 });
    const span = await eventually(() => collector.spans.find((one) => one.name === 'tools/call meta' && one.kind === 2));
    expect([span.traceId, span.parentSpanId]).toEqual(['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']);
    // Every request carries a context, not only calls of tools.
    for (const { method, id, params } of sent) {
      if (id !== undefined && method !== undefined)
        expect((params as { _meta: { traceparent: string } })._meta.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    }
  });

  it.each([
    ['garbage'],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01'],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    [7],
  ])('starts a trace of its own for %j', async (traceparent) => {
    const { server, client, connect } = await pair();
    server.registerTool('x', {}, () => ({ content: [] }));
    await connect();
    await client.callTool({ name: 'x', _meta: { traceparent } });
    const span = await spanNamed('tools/call x');
    expect(span.parentSpanId).toBe('');
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it("reads and writes MCP Mesh's arguments, which the tool does not see", async () => {
    const { server, client, connect, sent } = await pair({}, { meshArguments: true });
    let seen: unknown;
    server.registerTool('mesh', { inputSchema: z.strictObject({ a: z.number() }) }, (given) => {
      seen = given;
      return { content: [] };
    });
    await connect();
    const result = await client.callTool({ name: 'mesh', arguments: { a: 1 } });
    expect(result.isError).toBeUndefined();
    expect(seen).toEqual({ a: 1 });
    const call = sent.find(({ method }) => method === 'tools/call')?.params as { arguments: Record<string, string> };
    expect(call.arguments).toMatchObject({
      _trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      _parent_span: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('continues a trace of MCP Mesh that is a UUID', async () => {
    const { server, client, connect } = await pair();
    server.registerTool('uuid', {}, () => ({ content: [] }));
    await connect();
    await client.callTool({ name: 'uuid', arguments: { _trace_id: 'c1b2c3d4-e5f6-7890-abcd-ef1234567890', _parent_span: 'null' } });
    expect((await spanNamed('tools/call uuid')).traceId).toBe('c1b2c3d4e5f67890abcdef1234567890');
  });
});

describe('calls', () => {
  it('log by the lesson, with contents only when asked for and without secrets', async () => {
    const { server, client, connect } = await pair({ contents: 'redacted' });
    server.registerTool('login', { inputSchema: { user: z.string(), password: z.string() } }, () => ({
      content: [{ type: 'text', text: 'Bearer abcdefgh1234' }],
    }));
    await connect();
    await client.callTool({ name: 'login', arguments: { user: 'ann', password: 'hunter2' } });
    const span = await spanNamed('tools/call login');
    expect(span.attributes['gen_ai.tool.call.arguments']).toBe('{"user":"ann","password":"[redacted]"}');
    const log = await eventually(() => collector.logs.find((one) => one.tool === 'login'));
    expect(log).toMatchObject({ level: 'INFO', ok: true, error: null, tool: 'login', request: { method: 'tools/call', status: 'ok' } });
    expect(typeof log.latency_ms).toBe('number');
    expect(JSON.stringify(collector.received)).not.toMatch(/hunter2|abcdefgh1234/);
  });

  it('are told while they take long, and are in flight', async () => {
    const { server, client, connect } = await pair();
    let answer: () => void = () => undefined;
    server.registerTool('long', {}, () => new Promise((resolve) => (answer = () => resolve({ content: [] }))));
    server.registerTool('short', {}, () => ({ content: [] }));
    await connect();
    const long = client.callTool({ name: 'long' });
    await client.callTool({ name: 'short' });
    const first = await eventually(() => collector.starts.find(({ name }) => name === 'tools/call long'));
    expect(first.endTimeUnixNano).toBeUndefined();
    await flush(1000);
    expect(collector.inFlight.at(-1)).toBe(1);
    answer();
    await long;
    const last = await spanNamed('tools/call long');
    expect(last.attributes['meshscope.record']).toBe('end');
    expect([last.spanId, last.traceId, last.startTimeUnixNano]).toEqual([first.spanId, first.traceId, first.startTimeUnixNano]);
    expect(collector.starts.filter(({ name }) => name === 'tools/call long')).toHaveLength(1);
    await flush(1000);
    expect(collector.inFlight.at(-1)).toBe(0);
    await client.close();
  });

  it('count their progress, of which the first has a span', async () => {
    const { server, client, connect } = await pair();
    server.registerTool('steps', {}, async ({ _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken as number;
      for (const progress of [1, 2, 3]) await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } });
      return { content: [] };
    });
    await connect();
    await client.callTool({ name: 'steps' }, undefined, { onprogress: () => undefined });
    const call = await spanNamed('tools/call steps');
    expect(call.attributes['meshscope.progress']).toBe(3);
    const told = collector.spans.filter(({ name }) => name === 'notifications/progress');
    expect(told.map(({ kind, parentSpanId }) => [kind, parentSpanId])).toEqual([[3, call.spanId]]);
    await client.close();
  });

  it('leave out notifications and sizes when told to', async () => {
    const { server, client, connect } = await pair({ notifications: false, sizes: false });
    server.registerTool('plain', {}, () => ({ content: [] }));
    await connect();
    await client.callTool({ name: 'plain' });
    expect((await spanNamed('tools/call plain')).attributes['meshscope.request_bytes']).toBeUndefined();
    expect(collector.spans.filter(({ name }) => name.startsWith('notifications/'))).toEqual([]);
    await client.close();
  });

  it('time out, and are abandoned when the line breaks', async () => {
    const { server, client, connect, far } = await pair({}, {});
    server.registerTool('never', {}, () => new Promise(() => undefined));
    await connect();
    await expect(client.callTool({ name: 'never' }, undefined, { timeout: 30 })).rejects.toThrow(/timed out/);
    const outcomes = await eventually(() => {
      const found = collector.spans.filter((span) => span.name === 'tools/call never').map((span) => span.attributes['meshscope.outcome']);
      return found.length === 2 && found;
    });
    expect(outcomes).toEqual(['timed_out', 'timed_out']);
    collector.clear();
    const lost = client.callTool({ name: 'never' }).catch(() => 'lost');
    await new Promise((resolve) => setTimeout(resolve, 10));
    await far.close();
    expect(await lost).toBe('lost');
    const left = await eventually(() => {
      const found = collector.spans.filter((span) => span.name === 'tools/call never').map((span) => span.attributes['meshscope.outcome']);
      return found.length === 2 && found;
    });
    expect(left).toEqual(['abandoned', 'abandoned']);
  });

  it('fail with the transport', async () => {
    const { client, connect, near } = await pair({}, {});
    await connect();
    const { send } = near;
    const tapped = near.send;
    expect(tapped).toBe(send);
    const broken = new Client({ name: 'b', version: '1' });
    instrument(broken, { url: collector.url, service: 'broken', flushMillis: 10 });
    const [one] = InMemoryTransport.createLinkedPair();
    one.send = async () => {
      throw new RangeError('cable cut');
    };
    await expect(broken.connect(one)).rejects.toThrow('cable cut');
    const span = await eventually(() => collector.spans.find((found) => found.service === 'broken'));
    expect(span.attributes).toMatchObject({ 'meshscope.outcome': 'transport', 'error.type': 'RangeError' });
    await client.close();
  });

  it('keep the ids 0, 1 and "1" apart, answer in any order, and may reuse ids', async () => {
    const { server, far } = await pair();
    const waiting: (() => void)[] = [];
    server.registerTool(
      'wait',
      { inputSchema: { n: z.number() } },
      ({ n }) => new Promise((resolve) => waiting.push(() => resolve({ content: [{ type: 'text', text: String(n) }], isError: n === 2 }))),
    );
    await server.connect(far);
    const say = (id: string | number, n: number) =>
      far.onmessage?.({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'wait', arguments: { n } } });
    say(0, 0);
    say(1, 1);
    say('1', 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const answer of waiting.splice(0).reverse()) answer();
    await new Promise((resolve) => setTimeout(resolve, 20));
    say(1, 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const answer of waiting.splice(0)) answer();
    const spans = await eventually(() => collector.spans.length === 4 && collector.spans);
    expect(spans.filter((span) => span.attributes['meshscope.outcome'] === 'tool_error')).toHaveLength(1);
    expect(spans.filter((span) => span.attributes['meshscope.outcome'] === 'ok')).toHaveLength(3);
  });

  it('keep their contexts apart when many run at once', async () => {
    const { server, client, connect } = await pair({}, {});
    const seen = new Map<number, { requestId: string | undefined; traceId: string | undefined }>();
    server.registerTool('many', { inputSchema: { n: z.number() } }, async ({ n }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      seen.set(n, { requestId: currentScope().requestId, traceId: currentTrace()?.traceId });
      return { content: [{ type: 'text', text: String(n) }] };
    });
    await connect();
    const trace = (n: number) => n.toString(16).padStart(32, '1');
    const call = (n: number) =>
      runInScope({ trace: { traceId: trace(n), spanId: 'b7ad6b7169203331', flags: 1 } }, () =>
        client.callTool({ name: 'many', arguments: { n } }),
      );
    await Promise.all(Array.from({ length: 300 }, (_, n) => call(n)));
    expect(new Set([...seen.values()].map(({ requestId }) => requestId)).size).toBe(300);
    for (const [n, { traceId }] of seen) expect(traceId).toBe(trace(n));
    expect(currentScope()).toEqual({});
    const spans = await eventually(() => {
      const found = collector.spans.filter((span) => span.name === 'tools/call many');
      return found.length === 600 && found;
    });
    for (const span of spans.filter(({ kind }) => kind === 2)) {
      expect(spans.find(({ spanId }) => spanId === span.parentSpanId)?.traceId).toBe(span.traceId);
    }
  });

  it('do not mind hostile messages', async () => {
    const { server, far } = await pair();
    server.registerTool('hostile', {}, () => ({ content: [] }));
    await server.connect(far);
    const hostile = [
      null,
      1,
      [],
      [{}],
      {},
      { method: 1 },
      { id: {}, method: 'x' },
      { id: 1, method: '__proto__', params: null },
      { id: 1, result: 'x' },
      { method: 'notifications/cancelled', params: [] },
      { method: 'notifications/message' },
    ];
    for (const message of hostile) far.onmessage?.(message as never);
    far.onmessage?.({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'hostile' } });
    expect((await spanNamed('tools/call hostile')).attributes['meshscope.outcome']).toBe('empty');
  });

  it('are not counted twice when instrumented twice, and refuse what is no server', async () => {
    const { server, client, connect } = await pair();
    server.registerTool('once', {}, () => ({ content: [] }));
    instrument(server, { url: collector.url });
    instrument(server.server, { url: collector.url });
    await connect();
    await client.callTool({ name: 'once' });
    await spanNamed('tools/call once');
    expect(collector.spans.filter((span) => span.name === 'tools/call once')).toHaveLength(1);
    expect(() => instrument({})).toThrow(TypeError);
  });
});
