import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client as ClientTwo, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as ServerOne } from '@modelcontextprotocol/sdk/server/mcp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, inputRequired, McpServer as ServerTwo } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../test/eventually.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { AgentLogger } from './agent-logger.ts';
import { instrument } from './instrument.ts';
import { meshFetch } from './propagation.ts';
import { runInScope } from './scope.ts';

let collector: RecordingCollector;
const log = new AgentLogger('to-client', { url: false, stderr: false });
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;
const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/** Says something at each level and answers with those that were sent. */
const speak = () => text(levels.filter((level) => log.toClient()[level](`at ${level}`, { password: 'p' })).join());
const said = (result: object) => ((result as { content?: unknown }).content as { text: string }[])[0]?.text;

beforeAll(async () => {
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());

describe('log.toClient', () => {
  it("honours the session's level in the legacy era", async () => {
    const server = new ServerOne({ name: 'speaker', version: '1' }, { capabilities: { logging: {} } });
    server.registerTool('speak', {}, speak);
    instrument(server, { url: collector.url, flushMillis: 10 });
    const client = new ClientOne({ name: 'c', version: '1' });
    const got: { level: string; data: unknown; logger?: string | undefined }[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      got.push(params);
    });
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(far);
    await client.connect(near);
    expect(said(await client.callTool({ name: 'speak' }))).toBe(levels.join());
    expect(got[0]).toMatchObject({ level: 'debug', logger: 'to-client', data: { message: 'at debug', password: '[redacted]' } });
    await client.setLoggingLevel('error');
    got.length = 0;
    expect(said(await client.callTool({ name: 'speak' }))).toBe('error,critical,alert,emergency');
    expect(got.map(({ level }) => level)).toEqual(['error', 'critical', 'alert', 'emergency']);
    // Each is kept with the call it belongs to.
    const logs = await eventually(() => {
      const found = collector.logs.filter((one) => (one.mcp as { log?: unknown } | undefined)?.log !== undefined);
      return found.length === 12 && found;
    });
    const calls = collector.spans.filter((span) => span.name === 'tools/call speak');
    expect(new Set(logs.map((one) => (one.trace as { span_id: string }).span_id))).toEqual(new Set(calls.map((span) => span.spanId)));
  });

  it('sends nothing from a server that has not declared logging, nor outside of a request', async () => {
    const server = new ServerOne({ name: 'mute', version: '1' });
    server.registerTool('speak', {}, speak);
    instrument(server, { url: false });
    const client = new ClientOne({ name: 'c', version: '1' });
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(far);
    await client.connect(near);
    expect(said(await client.callTool({ name: 'speak' }))).toBe('');
    expect(log.toClient().error('nobody')).toBe(false);
  });
});

async function modernServer() {
  const handler = createMcpHandler(() => {
    const server = new ServerTwo({ name: 'modern', version: '1' }, { capabilities: { logging: {} } });
    server.registerTool('speak', {}, speak);
    server.registerTool('ask', {}, async (ctx: { mcpReq: { inputResponses?: unknown } }) => {
      if (ctx.mcpReq.inputResponses !== undefined) return text('thanks');
      const inputRequests = {
        name: inputRequired.elicit({ message: 'Who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }),
      };
      return inputRequired({ inputRequests, requestState: 'opaque-state-1' }) as never;
    });
    return instrument(server, { url: collector.url, flushMillis: 10 });
  });
  const http = createServer(toNodeHandler(handler) as never);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`),
    stop: () => http.closeAllConnections() ?? http.close(),
  };
}

describe('headers of HTTP', () => {
  it('are read by the server after _meta, and written by meshFetch', async () => {
    collector.clear();
    const { url, stop } = await modernServer();
    const headers: (string | null)[] = [];
    const plain = new ClientTwo({ name: 'c', version: '1' });
    // A client that is not instrumented, inside of a trace: only the headers say so.
    const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', flags: 1 };
    const recording = meshFetch((input, init) => {
      headers.push(new Headers(init?.headers).get('x-trace-id'));
      return fetch(input, init);
    });
    await plain.connect(new StreamableHTTPClientTransport(url, { fetch: recording }));
    await runInScope({ trace }, () => plain.callTool({ name: 'speak' }));
    expect(headers).toContain(trace.traceId);
    const span = await eventually(() => collector.spans.find((one) => one.name === 'tools/call speak' && one.traceId === trace.traceId));
    expect(span.parentSpanId).toBe(trace.spanId);
    await plain.close();

    const traceparent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01';
    const traced = new ClientTwo({ name: 'c', version: '1' });
    await traced.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: { traceparent } } }));
    await traced.callTool({ name: 'speak' });
    await traced.callTool({ name: 'speak', _meta: { traceparent: traceparent.replace('00-1', '00-2') } });
    const parents = await eventually(() => {
      const found = collector.spans.filter((one) => one.name === 'tools/call speak' && one.parentSpanId === 'b7ad6b7169203332');
      return found.length === 2 && found;
    });
    expect(parents.map((one) => one.traceId.slice(0, 2))).toEqual(['1a', '2a']);
    await traced.close();
    stop();
  });
});

describe('the modern era', () => {
  it('gets protocol logs only for a request that asks for a level', async () => {
    const { url, stop } = await modernServer();
    const client = new ClientTwo({ name: 'c', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(url));
    expect(said(await client.callTool({ name: 'speak' }))).toBe('');
    const asked = await client.callTool({ name: 'speak', _meta: { 'io.modelcontextprotocol/logLevel': 'critical' } });
    expect(said(asked)).toBe('critical,alert,emergency');
    await client.close();
    stop();
  });

  it('counts the rounds of one call as one', async () => {
    collector.clear();
    const { url, stop } = await modernServer();
    const client = new ClientTwo({ name: 'c', version: '1' }, { versionNegotiation: { mode: 'auto' }, capabilities: { elicitation: {} } });
    client.setRequestHandler('elicitation/create', async () => {
      await new Promise((resolve) => setTimeout(resolve, 80));
      return { action: 'accept', content: { name: 'Ann' } };
    });
    instrument(client, { url: collector.url, service: 'asker', flushMillis: 10 });
    await client.connect(new StreamableHTTPClientTransport(url));
    const begin = performance.now();
    expect(said(await client.callTool({ name: 'ask' }))).toBe('thanks');
    const whole = performance.now() - begin;
    const logs = await eventually(() => {
      const found = collector.logs.filter((one) => one.tool === 'ask');
      return found.length >= 2 && found;
    });
    expect(logs.map((one) => one.mcp as Record<string, unknown>)).toEqual([
      expect.objectContaining({ rounds: 2, outcome: 'ok' }),
      expect.objectContaining({ rounds: 2, outcome: 'ok' }),
    ]);
    // The person's time lies between the rounds.
    for (const one of logs) {
      const { human_ms: human } = one.mcp as { human_ms: number };
      expect(human).toBeGreaterThan(75);
      expect((one.latency_ms as number) - human).toBeLessThan(whole - 75);
    }
    const spans = collector.spans.filter((span) => span.name === 'tools/call ask' && span.kind === 2);
    expect(spans.map((span) => span.attributes['meshscope.outcome'])).toEqual(['input_required', 'ok']);
    // The last one is that of the whole call.
    expect(spans[1]?.startTimeUnixNano).toBe(spans[0]?.startTimeUnixNano);
    const [first, second] = spans.map(({ attributes }) => attributes['meshscope.request_bytes'] as number);
    expect(second).toBeGreaterThan(first as number);
    expect(spans[1]?.links.map(({ spanId }) => spanId)).toContain(spans[0]?.spanId);
    const counted = collector.points.filter(
      ({ name, attributes }) => name === 'mcp.server.operation.duration' && attributes['gen_ai.tool.name'] === 'ask',
    );
    expect(counted.map(({ count }) => count)).toEqual([1]);
    expect(JSON.stringify(collector.received)).not.toContain('opaque-state-1');
    await client.close();
    stop();
  });
});
