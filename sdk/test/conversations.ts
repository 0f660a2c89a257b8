import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client as ClientTwo, StreamableHTTPClientTransport as HttpClientTwo } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioClientTwo } from '@modelcontextprotocol/client/stdio';
import { NodeStreamableHTTPServerTransport as HttpServerTwo, toNodeHandler } from '@modelcontextprotocol/node';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as SseClientOne } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioClientOne } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpClientOne } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport as MemoryOne } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer as ServerOne } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport as SseServerOne } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport as HttpServerOne } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, InMemoryTransport as MemoryTwo, McpServer as ServerTwo } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { currentTrace } from '../src/propagation.ts';
import { currentScope } from '../src/scope.ts';

export type ToolCall = (
  name: string,
  args?: Record<string, unknown>,
  signal?: AbortSignal,
) => Promise<{ content?: unknown; isError?: unknown }>;
export type Conversation = Readonly<{ client: object; call: ToolCall; list: () => Promise<unknown>; close: () => Promise<void> }>;
export type Instrumenting = (role: 'server' | 'client', target: object) => void;

/** What the handler saw of its context, for tests to compare with the spans. */
export const seenInHandler: { traceId: string | undefined; spanId: string | undefined; requestId: string | undefined }[] = [];

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

async function add(a: number, b: number) {
  await new Promise((resolve) => setTimeout(resolve, 2));
  seenInHandler.push({ traceId: currentTrace()?.traceId, spanId: currentTrace()?.spanId, requestId: currentScope().requestId });
  return text(String(a + b));
}

const fail = () => ({ ...text('the password=hunter2 was wrong'), isError: true });
/** How many calls of `slow` have begun in this process. */
export const slowCalls = { begun: 0 };

const slow = () => {
  slowCalls.begun++;
  return new Promise<ReturnType<typeof text>>((resolve) => setTimeout(() => resolve(text('late')), 5000).unref());
};

const numbers = z.strictObject({ a: z.number(), b: z.number() });

export function serverOne(): ServerOne {
  const server = new ServerOne({ name: 'adder-one', version: '1.0.0' }, { capabilities: { logging: {} } });
  server.registerTool('add', { inputSchema: numbers.shape }, ({ a, b }) => add(a, b));
  server.registerTool('fail', {}, fail);
  server.registerTool('slow', {}, slow);
  server.registerTool('throw', {}, () => {
    throw new Error('boom');
  });
  return server;
}

export function serverTwo(): ServerTwo {
  const server = new ServerTwo({ name: 'adder-two', version: '2.0.0' }, { capabilities: { logging: {} } });
  server.registerTool('add', { inputSchema: numbers }, ({ a, b }) => add(a, b));
  server.registerTool('fail', {}, fail);
  server.registerTool('slow', {}, slow);
  server.registerTool('throw', {}, () => {
    throw new Error('boom');
  });
  return server;
}

const clientInfo = { name: 'tester', version: '0.1.0' };
export const clientOne = (): ClientOne => new ClientOne(clientInfo);
export const clientTwo = (mode: 'legacy' | 'auto'): ClientTwo =>
  new ClientTwo(clientInfo, mode === 'auto' ? { versionNegotiation: { mode: 'auto' } } : {});

function conversation(client: ClientOne | ClientTwo, stop: () => Promise<unknown>): Conversation {
  return {
    client,
    call: async (name, args = {}, signal) =>
      client instanceof ClientOne
        ? ((await client.callTool({ name, arguments: args }, undefined, signal ? { signal } : {})) as Awaited<ReturnType<ToolCall>>)
        : await client.callTool({ name, arguments: args }, signal ? { signal } : {}),
    list: () => client.listTools(),
    close: async () => {
      await client.close();
      await stop();
    },
  };
}

async function listen(handle: Parameters<typeof createServer>[1]) {
  const http = createServer(handle as never);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      http.closeAllConnections();
      http.close(() => resolve());
    });
  return { url: new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`), stop };
}

async function memoryOne(instrumenting: Instrumenting) {
  const [near, far] = MemoryOne.createLinkedPair();
  const server = serverOne();
  const client = clientOne();
  instrumenting('server', server);
  instrumenting('client', client);
  await server.connect(far);
  await client.connect(near);
  return conversation(client, () => server.close());
}

async function memoryTwo(instrumenting: Instrumenting) {
  const [near, far] = MemoryTwo.createLinkedPair();
  const server = serverTwo();
  const client = clientTwo('legacy');
  instrumenting('server', server);
  instrumenting('client', client);
  await server.connect(far);
  await client.connect(near);
  return conversation(client, () => server.close());
}

async function httpOne(instrumenting: Instrumenting, isStateful: boolean) {
  const transports = new Map<string, HttpServerOne>();
  const { url, stop } = await listen(async (request, response) => {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known) {
      await known.handleRequest(request, response);
      return;
    }
    const transport = new HttpServerOne({
      sessionIdGenerator: isStateful ? () => crypto.randomUUID() : undefined,
      onsessioninitialized: (id: string) => {
        transports.set(id, transport);
      },
    } as ConstructorParameters<typeof HttpServerOne>[0]);
    const server = serverOne();
    instrumenting('server', server);
    await server.connect(transport as never);
    await transport.handleRequest(request, response);
  });
  const client = clientOne();
  instrumenting('client', client);
  await client.connect(new HttpClientOne(url) as never);
  return conversation(client, stop);
}

async function httpTwo(instrumenting: Instrumenting, mode: 'legacy' | 'auto') {
  const handler = createMcpHandler(() => {
    const server = serverTwo();
    instrumenting('server', server);
    return server;
  });
  const { url, stop } = await listen(toNodeHandler(handler) as never);
  const client = clientTwo(mode);
  instrumenting('client', client);
  await client.connect(new HttpClientTwo(url));
  return conversation(client, stop);
}

async function statefulTwo(instrumenting: Instrumenting) {
  const transport = new HttpServerTwo({ sessionIdGenerator: () => crypto.randomUUID() });
  const server = serverTwo();
  instrumenting('server', server);
  await server.connect(transport);
  const { url, stop } = await listen((request, response) => transport.handleRequest(request, response));
  const client = clientTwo('legacy');
  instrumenting('client', client);
  await client.connect(new HttpClientTwo(url));
  return conversation(client, stop);
}

async function sseOne(instrumenting: Instrumenting) {
  const transports = new Map<string, SseServerOne>();
  const { url, stop } = await listen(async (request, response) => {
    const known = transports.get(new URL(request.url ?? '', 'http://h').searchParams.get('sessionId') ?? '');
    if (known) {
      await known.handlePostMessage(request, response);
      return;
    }
    const transport = new SseServerOne('/message', response);
    transports.set(transport.sessionId, transport);
    const server = serverOne();
    instrumenting('server', server);
    await server.connect(transport);
  });
  const client = clientOne();
  instrumenting('client', client);
  await client.connect(new SseClientOne(url));
  return conversation(client, stop);
}

const stdioServer = (generation: string, collector: string) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, 'stdio-server.mjs'), generation],
  env: { MESHSCOPE_URL: collector, PATH: process.env.PATH ?? '' },
});

async function stdioOne(instrumenting: Instrumenting, collector: string) {
  const client = clientOne();
  instrumenting('client', client);
  await client.connect(new StdioClientOne(stdioServer('1', collector)));
  return conversation(client, async () => undefined);
}

async function stdioTwo(instrumenting: Instrumenting, collector: string, mode: 'legacy' | 'auto') {
  const client = clientTwo(mode);
  instrumenting('client', client);
  await client.connect(new StdioClientTwo(stdioServer('2', collector)));
  return conversation(client, async () => undefined);
}

/** Every transport of both generations; `isModern`: the era that the two agree on. */
export const conversations: readonly Readonly<{
  name: string;
  isModern: boolean;
  transport: string | undefined;
  start: (instrumenting: Instrumenting, collector: string) => Promise<Conversation>;
}>[] = [
  { name: 'v1 in memory', isModern: false, transport: undefined, start: memoryOne },
  { name: 'v2 in memory', isModern: false, transport: undefined, start: memoryTwo },
  { name: 'v1 HTTP with sessions', isModern: false, transport: 'tcp', start: (one) => httpOne(one, true) },
  { name: 'v1 HTTP without sessions', isModern: false, transport: 'tcp', start: (one) => httpOne(one, false) },
  { name: 'v2 HTTP, legacy era', isModern: false, transport: 'tcp', start: (one) => httpTwo(one, 'legacy') },
  { name: 'v2 HTTP, modern era', isModern: true, transport: 'tcp', start: (one) => httpTwo(one, 'auto') },
  { name: 'v2 HTTP with sessions', isModern: false, transport: 'tcp', start: statefulTwo },
  { name: 'v1 HTTP+SSE', isModern: false, transport: 'tcp', start: sseOne },
  { name: 'v1 stdio', isModern: false, transport: 'pipe', start: stdioOne },
  { name: 'v2 stdio, legacy era', isModern: false, transport: 'pipe', start: (one, url) => stdioTwo(one, url, 'legacy') },
  { name: 'v2 stdio, modern era', isModern: true, transport: 'pipe', start: (one, url) => stdioTwo(one, url, 'auto') },
];
