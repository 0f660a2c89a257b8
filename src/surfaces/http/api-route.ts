import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { sendApiError } from './api-error.ts';

type Answered = Readonly<{
  description: string;
  /** JSON in this form; undefined: text of `contentType`. */
  schema?: z.ZodType;
  contentType?: string;
}>;

export type ApiAnswer = Readonly<{ status?: number } & ({ json: unknown } | { text: string; contentType: string })>;

/** One operation: how it is served and how `/api/openapi.json` describes it. */
export type ApiRoute = Readonly<{
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in OpenAPI: `/api/things/{id}`. */
  path: string;
  id: string;
  summary: string;
  query: z.ZodObject | undefined;
  body: z.ZodObject | undefined;
  /** By status. Errors that every operation can have are added. */
  answers: Readonly<Record<number, Answered>>;
  run: (request: FastifyRequest, signal: AbortSignal) => Promise<ApiAnswer>;
}>;

type RouteOptions<Query extends z.ZodObject, Body extends z.ZodObject> = Readonly<{
  id: string;
  summary: string;
  query?: Query;
  body?: Body;
  answers: ApiRoute['answers'];
  handle: (call: {
    query: z.output<Query>;
    body: z.output<Body>;
    /** A path parameter, decoded. */
    param: (name: string) => string;
    /** Aborted when the client has gone away before the answer was sent. */
    signal: AbortSignal;
  }) => ApiAnswer | Promise<ApiAnswer>;
}>;

/** A query or a body without a schema is not looked at. A body may be left out; it is then `{}`. */
export function apiRoute<Query extends z.ZodObject, Body extends z.ZodObject>(
  method: ApiRoute['method'],
  path: string,
  { id, summary, query, body, answers, handle }: RouteOptions<Query, Body>,
): ApiRoute {
  return {
    method,
    path,
    id,
    summary,
    query,
    body,
    answers,
    run: async (request, signal) =>
      handle({
        query: read(query, request.query, 'query parameter'),
        body: read(body, request.body === undefined ? {} : request.body, 'member'),
        param: (name) => (request.params as Readonly<Record<string, string>>)[name] ?? '',
        signal,
      }),
  };
}

function read<Schema extends z.ZodObject>(schema: Schema | undefined, value: unknown, what: string): z.output<Schema> {
  if (schema === undefined) return {} as z.output<Schema>;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 3).map(({ path, message }) => {
    return path.length === 0 ? message : `${what} ${path.map(String).join('.')}: ${message}`;
  });
  throw new AppError('bad_request', `${problems.join('; ')}.`);
}

/** Bodies here are lists of ids; anything larger is a mistake. */
const maxBodyBytes = 1024 ** 2;

/** Printing a value recurses, so deeper ones are refused before anybody tries. */
const maxDepth = 500;

function isDeep(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isText) {
      if (char === '\\') at++;
      else if (char === '"') isText = false;
    } else if (char === '"') isText = true;
    else if (char === '{' || char === '[') {
      if (++depth > maxDepth) return true;
    } else if (char === '}' || char === ']') depth--;
  }
  return false;
}

/** Serves the routes, in a scope of their own: their errors have the form `{error: {code, message}}`. */
export function addApiRoutes(app: FastifyInstance, routes: readonly ApiRoute[]): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    scope.setErrorHandler(sendApiError);
    // An HTML form, or a script of a foreign page without a preflight, cannot send this type.
    scope.addHook('onRequest', async (request) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (!isRead && !/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
        throw new AppError('bad_request', 'Requests that change something must have the header Content-Type: application/json.');
      }
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: maxBodyBytes }, (_request, given, parsed) => {
      const text = String(given);
      if (isDeep(text)) return parsed(new AppError('bad_request', `The body is nested deeper than ${maxDepth} levels.`));
      try {
        parsed(null, text === '' ? undefined : JSON.parse(text));
      } catch (error) {
        parsed(new AppError('bad_request', `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`));
      }
    });
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: route.path.replace(/\{(\w+)\}/g, ':$1'),
        handler: async (request, reply) => send(reply, await route.run(request, goneSignal(reply))),
      });
    }
    done();
  };
  void app.register(plugin);
}

function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

function send(reply: FastifyReply, answer: ApiAnswer): FastifyReply {
  void reply.code(answer.status ?? 200).header('Cache-Control', 'no-store');
  if ('text' in answer) return reply.type(answer.contentType).send(answer.text);
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer.json));
}
