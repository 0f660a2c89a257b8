import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';

export type ReadCall = Readonly<{
  query: URLSearchParams;
  /** A path parameter, decoded once. */
  param: (name: string) => string;
  accept: string;
  /** Aborted when the client has gone away before the answer was sent. */
  signal: AbortSignal;
}>;

export type ReadAnswer = Readonly<{
  status?: number;
  contentType: string;
  body: string | Buffer;
  /** Why the answer is not whole; sent as a `Warning` header. */
  partial?: string | undefined;
}>;

/** `path`: as fastify has it, below the prefix. */
export type ReadRoute = Readonly<{ path: string; answer: (call: ReadCall) => ReadAnswer | Promise<ReadAnswer> }>;

type Refusal = Readonly<{ status: number; message: string; path: string }>;

/**
 * GET routes of another product's API below a prefix. What fails, and what is not there, is answered in the product's own form by
 * `refuse`; what an unexpected error says stays in the log, because it may name files or statements.
 */
export function addReadScope(
  app: FastifyInstance,
  prefix: string,
  routes: readonly ReadRoute[],
  refuse: (refusal: Refusal) => ReadAnswer,
): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    // Nothing here reads a body.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => {
      payload.resume();
      parsed(null);
    });
    scope.setErrorHandler((error, request, reply) => {
      const { status, message } = describe(error);
      if (status >= 500) request.log.error(error);
      if (status === 429 || status === 503) void reply.header('Retry-After', '1');
      return send(reply, refuse({ status, message, path: pathOf(request, prefix) }));
    });
    for (const { path, answer } of routes) {
      scope.get(path, async (request, reply) => send(reply, await answer(callOf(request, reply))));
    }
    const missing = async (request: FastifyRequest) => {
      const path = pathOf(request, prefix);
      throw new AppError('not_found', `${request.method} ${path} is not a part of this API that meshscope has.`);
    };
    scope.all('/', missing);
    scope.all('/*', missing);
    done();
  };
  void app.register(plugin, { prefix });
}

const pathOf = (request: FastifyRequest, prefix: string): string =>
  (request.url.split('?')[0] as string).slice(prefix.length, prefix.length + 200);

function describe(error: unknown): Readonly<{ status: number; message: string }> {
  if (error instanceof AppError) return { status: error.status, message: error.message };
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status <= 499) return { status, message: error instanceof Error ? error.message : String(error) };
  return { status: 500, message: 'A defect in meshscope. Its own log has the details; please report them.' };
}

function callOf(request: FastifyRequest, reply: FastifyReply): ReadCall {
  const abort = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) abort.abort();
  });
  return {
    query: new URLSearchParams(request.url.split('?').slice(1).join('?')),
    param: (name) => (request.params as Readonly<Record<string, string>>)[name] ?? '',
    accept: request.headers.accept ?? '',
    signal: abort.signal,
  };
}

function send(reply: FastifyReply, { status = 200, contentType, body, partial }: ReadAnswer): FastifyReply {
  void reply.code(status).header('Cache-Control', 'no-store');
  if (partial !== undefined) void reply.header('Warning', `199 meshscope "${partial.replace(/[^ !#-[\]-~]/g, '?')}"`);
  return reply.type(contentType).send(body);
}

export const json = (value: unknown, more: Omit<ReadAnswer, 'contentType' | 'body'> = {}): ReadAnswer => ({
  ...more,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

export const plain = (body: string, status: number): ReadAnswer => ({ status, contentType: 'text/plain; charset=utf-8', body });
