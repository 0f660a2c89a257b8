import { Client as ClientTwo, StreamableHTTPClientTransport as HttpTwo } from '@modelcontextprotocol/client';
import { Client as ClientOne } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpOne } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import Fastify, { type FastifyInstance } from 'fastify';
import { addMcpRoutes } from '../mcp-routes.ts';
import { createMcpServer } from '../mcp-server.ts';
import type { RecordedApi } from './recorded-api.ts';

export type ToolAnswer = Readonly<{
  isError?: boolean;
  content: readonly Readonly<{ type: string; text: string }>[];
  structuredContent?: Readonly<Record<string, unknown>>;
}>;

/** What is the same for the published clients of both generations. */
export type McpClient = Readonly<{
  call: (name: string, args?: Record<string, unknown>, signal?: AbortSignal) => Promise<ToolAnswer>;
  list: () => Promise<{ tools: readonly Record<string, unknown>[] }>;
  instructions: () => string | undefined;
  close: () => Promise<void>;
}>;

const clientInfo = { name: 'tester', version: '1.0.0' };

export const clientOne = (): ClientOne => new ClientOne(clientInfo);
export const clientTwo = (mode: 'legacy' | 'auto'): ClientTwo =>
  new ClientTwo(clientInfo, mode === 'auto' ? { versionNegotiation: { mode } } : {});

export const wrapClient = (client: ClientOne | ClientTwo): McpClient => ({
  call: async (name, args = {}, signal) => {
    const options = signal === undefined ? {} : { signal };
    const answer =
      client instanceof ClientOne
        ? await client.callTool({ name, arguments: args }, undefined, options)
        : await client.callTool({ name, arguments: args }, options);
    return answer as unknown as ToolAnswer;
  },
  list: async () => (await client.listTools()) as unknown as Awaited<ReturnType<McpClient['list']>>,
  instructions: () => client.getInstructions(),
  close: () => client.close(),
});

export type MemoryOptions = Readonly<{ maxTokens?: number; now?: number }>;

/** A client that speaks to the tools in memory. */
export async function memoryClient(api: RecordedApi, { maxTokens = 4000, now = Date.now() }: MemoryOptions = {}): Promise<McpClient> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({ ask: api.ask, baseUrl: 'http://127.0.0.1:8000', maxTokens, version: '1.2.3', now: () => now });
  await server.connect(far);
  const client = clientTwo('legacy');
  await client.connect(near);
  return wrapClient(client);
}

export type RecordedServer = Readonly<{ app: FastifyInstance; url: URL; headers: Record<string, string | undefined>[] }>;

/** A server whose routes answer from `api`, and that has `/mcp` beside them. */
export async function recordedServer(api: RecordedApi, maxTokens = 4000): Promise<RecordedServer> {
  const app = Fastify();
  const headers: RecordedServer['headers'] = [];
  app.all('/*', async (request, reply) => {
    headers.push(request.headers as Record<string, string | undefined>);
    const body = request.body === undefined || request.body === null ? undefined : JSON.stringify(request.body);
    const { status, text } = await api.ask(request.method === 'POST' ? 'POST' : 'GET', request.url, body, new AbortController().signal);
    return reply.code(status).type('application/json').send(text);
  });
  addMcpRoutes(app, { version: '1.2.3', maxTokens });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  return { app, url: new URL('/mcp', address), headers };
}

export type ClientKind = 'v1' | 'v2 legacy' | 'v2 modern';

export async function httpClient(kind: ClientKind, url: URL, authorization?: string): Promise<McpClient> {
  const requestInit = authorization === undefined ? {} : { requestInit: { headers: { authorization } } };
  if (kind === 'v1') {
    const client = clientOne();
    await client.connect(new HttpOne(url, requestInit) as never);
    return wrapClient(client);
  }
  const client = clientTwo(kind === 'v2 modern' ? 'auto' : 'legacy');
  await client.connect(new HttpTwo(url, requestInit));
  return wrapClient(client);
}
