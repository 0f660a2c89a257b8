import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { type Ask, askerName } from './ask.ts';

export type McpRouteOptions = Readonly<{
  version: string;
  /** Longest answer of a tool, in tokens. */
  maxTokens: number;
}>;

/** Arguments of tools are short. */
const maxBodyBytes = 1024 ** 2;

/** Revision 2025-03-26 lets a client send several calls at once; each may be several queries. */
const maxBatch = 20;

/** JSON-RPC: what could not be read has no id. */
const parseError = -32700;
const internalError = -32603;

/**
 * `/mcp`: MCP over Streamable HTTP, for revision 2026-07-28 and those before it, without sessions. The tools ask the routes of `app` itself, with
 * the credentials of the request, so they can read what its sender can read. In a scope of its own; call `addGuard` before.
 */
export function addMcpRoutes(app: FastifyInstance, options: McpRouteOptions): void {
  app.addHook('onRequest', (_request, reply, done) => {
    endWithCaller(reply);
    done();
  });
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    const mcp = createEndpoint(app, options);
    scope.setErrorHandler(sendRpcError);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (_request, body, parsed) => parsed(null, body));
    scope.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        refuseLongBatch(request.body);
        return reply.send(await mcp.answer(request, reply));
      },
    });
    scope.addHook('preClose', mcp.close);
    done();
  };
  void app.register(plugin);
}

function createEndpoint(app: FastifyInstance, options: McpRouteOptions) {
  const start = async () => {
    // The protocol's library is loaded when somebody speaks it.
    const [{ createMcpHandler }, { createMcpServer }] = await Promise.all([
      import('@modelcontextprotocol/server'),
      import('./mcp-server.ts'),
    ]);
    return createMcpHandler(
      ({ requestInfo }) => {
        if (requestInfo === undefined) throw new Error('BUG: a request over HTTP without its request');
        return createMcpServer({ ...options, ask: askWithin(app, requestInfo), baseUrl: new URL(requestInfo.url).origin });
      },
      { maxRequestBodySize: maxBodyBytes },
    );
  };
  let started: ReturnType<typeof start> | undefined;
  return {
    async answer(request: FastifyRequest, reply: FastifyReply): Promise<Response> {
      started ??= start();
      const { fetch } = await started;
      return fetch(webRequest(request, reply));
    },
    close: async () => {
      const handler = await started;
      await handler?.close();
    },
  };
}

function refuseLongBatch(body: unknown): void {
  if (!Buffer.isBuffer(body) || !/^\s*\[/.test(body.toString('latin1', 0, 100))) return;
  let calls: unknown;
  try {
    calls = JSON.parse(body.toString('utf8'));
  } catch {
    // What is no JSON is refused in the protocol's own words.
    return;
  }
  if (Array.isArray(calls) && calls.length > maxBatch) throw new AppError('too_large', `A batch has at most ${maxBatch} messages.`);
}

/** The same request as the web has it. It is aborted when the client goes away, which is how a call is cancelled. */
function webRequest(request: FastifyRequest, reply: FastifyReply): Request {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const hasBody = request.method === 'POST' && Buffer.isBuffer(request.body);
  return new Request(new URL(request.url, `${request.protocol}://${request.headers.host ?? 'localhost'}`), {
    method: request.method,
    headers,
    signal: gone.signal,
    ...(hasBody ? { body: new Uint8Array(request.body as Buffer) } : {}),
  });
}

/** Aborted when whoever called the tool, for which a request within this process is made, has gone. */
const caller = new AsyncLocalStorage<AbortSignal>();

/** A request within this process has no connection that could break, so what routes see of its end is brought about here. */
function endWithCaller({ raw }: FastifyReply): void {
  const signal = caller.getStore();
  if (signal === undefined) return;
  const end = () => raw.destroy();
  signal.addEventListener('abort', end, { once: true });
  raw.once('close', () => signal.removeEventListener('abort', end));
}

/** Asks the routes of `app` in this process, as whoever sent `from`. */
function askWithin(app: FastifyInstance, from: Request): Ask {
  const authorization = from.headers.get('authorization');
  const host = new URL(from.url).host;
  return async (method, path, body, signal) => {
    signal.throwIfAborted();
    const response = await caller.run(
      signal,
      // Awaited inside, because the request begins only when somebody waits for it.
      async () =>
        await app.inject({
          method,
          url: path,
          signal,
          headers: {
            host,
            'user-agent': askerName,
            ...(authorization === null ? {} : { authorization }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { payload: body }),
        }),
    );
    return { status: response.statusCode, text: response.payload };
  };
}

/** What an unexpected error says stays in the log: it may name files or statements. */
function sendRpcError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status =
    error instanceof AppError ? error.status : error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const isOurs = !(status >= 400 && status < 500);
  if (isOurs) request.log.error(error);
  const message = isOurs ? 'A defect in meshscope. Its own log has the details; please report them.' : (error as Error).message;
  return reply
    .code(isOurs ? 500 : status)
    .header('Cache-Control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: isOurs ? internalError : parseError, message } }));
}
