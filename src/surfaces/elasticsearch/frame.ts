import type { FastifyError, FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { readHttpBody } from '../../lib/http-body.ts';
import { BodyBudget } from './body-budget.ts';
import { Call } from './call.ts';
import { errorEnvelope } from './describe-error.ts';
import { RouteTable } from './route-table.ts';
import { type Answer, queryOf, sendAnswer } from './send-answer.ts';

/**
 * The frame of Elasticsearch's API: everything that all endpoints share.
 *
 * A group of endpoints is a function `(routes: Routes) => void`:
 *
 *     export function addCount(routes: Routes, ports: CountPorts): void {
 *       routes.on(['GET', 'POST'], ['/_count', '/:index/_count'], async (call) => {
 *         const query = call.object();                      // body as JSON, comments allowed, {} when empty
 *         const index = call.param('index') ?? '_all';      // decoded path parameter
 *         return { json: { count: await ports.count(index, query, call.signal) } };
 *       });
 *     }
 *
 * A handler returns an `Answer`: `{ json }`, `{ serialised }` for JSON text that was built elsewhere (it goes out without being parsed
 * unless `?pretty` or `?filter_path` asks), or `{ text }`; each with `status`, `headers` and `warnings` when needed. It throws
 * an `AppError` to fail. The raw bytes of a body are `call.body`. HEAD is served wherever GET is.
 */
export type Handler = (call: Call) => Answer | Promise<Answer>;

export interface Routes {
  on(methods: Method | readonly Method[], paths: string | readonly string[], handler: Handler): void;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type RouteGroup = (routes: Routes) => void;

export type FrameOptions = Readonly<{
  /** Such as `/elasticsearch`; undefined serves at the root. */
  prefix?: string;
  /** Elasticsearch version that is reported to clients. */
  version: string;
  /** Limit of one body, on the wire and inflated (Elasticsearch's `http.max_content_length`). */
  maxBodyBytes: number;
  /** Limit of all bodies in flight together; beyond it requests get 429. */
  maxInflightBytes: number;
  /** Counts for several registrations together, in place of `maxInflightBytes` for each. */
  budget?: BodyBudget;
  /** First path segments that belong to other surfaces on the same port, such as `api`: left to the application's 404. */
  reserved: readonly string[];
}>;

export const frameDefaults = {
  version: '8.19.0',
  maxBodyBytes: 100 * 1024 * 1024,
  maxInflightBytes: 256 * 1024 * 1024,
  reserved: [],
} as const satisfies FrameOptions;

/**
 * Options that the Fastify instance MUST be created with: index expressions are long path parameters, and Elasticsearch ignores a
 * slash at the end. `reserved`: as in `FrameOptions`, without the prefix of this API.
 */
export function elasticsearchServerOptions(reserved: readonly string[] = []) {
  return {
    routerOptions: { maxParamLength: 16 * 1024, ignoreTrailingSlash: true },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => refuseAddress(reserved, error, request, reply),
  } as const satisfies FastifyServerOptions;
}

/** An address that cannot be decoded reaches no route, so whose it would have been is told by its first segment. */
function refuseAddress(reserved: readonly string[], error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const path = (request.raw.url ?? '').split('?', 1)[0] as string;
  const reason = `[${path.slice(0, 200)}] has a percent sign that begins no escape of UTF-8; a plain one is written as %25`;
  if (reserved.includes(path.split('/')[1] as string)) return void reply.code(400).type('text/plain').send(reason);
  const { status, body } = errorEnvelope(error.code === 'FST_ERR_BAD_URL' ? illegalArgument(reason) : error);
  void reply.code(status).header('X-Elastic-Product', 'Elasticsearch').send(body);
}

const jsonTypes = /^application\/(?:json|x-ndjson|vnd\.elasticsearch\+(?:json|x-ndjson))\s*(?:;|$)/i;

/**
 * Registers the endpoints of `groups`. Call it once per place where the API is served (the root, and `/elasticsearch`). Whatever no
 * other route of the application serves and is not reserved is answered as Elasticsearch answers unknown addresses.
 */
export async function registerElasticsearch(
  app: FastifyInstance,
  groups: readonly RouteGroup[],
  options: FrameOptions = frameDefaults,
): Promise<void> {
  const { prefix } = options;
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    installFrame(scope, groups, options);
    done();
  };
  await app.register(plugin, prefix === undefined ? {} : { prefix });
}

function installFrame(scope: FastifyInstance, groups: readonly RouteGroup[], options: FrameOptions): void {
  const budget = options.budget ?? new BodyBudget(options.maxInflightBytes);
  const table = new RouteTable<Handler>();
  const reserved = new Set(options.prefix === undefined ? options.reserved : []);
  const pathOf = (request: FastifyRequest) => (request.url.split('?')[0] as string).slice(options.prefix?.length ?? 0) || '/';

  // The stream is left unread: bodies are read in the handler, with limits of our own and on GET too.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.setErrorHandler((error, request, reply) => sendError(error, request, reply, options.version));
  scope.addHook('onRequest', async (request, reply) => {
    if (reserved.has(pathOf(request).split('/')[1] as string)) return reply.callNotFound();
  });

  const routes: Routes = {
    on(methods, paths, handler) {
      for (const path of [paths].flat()) for (const method of [methods].flat()) table.add(method, path, handler);
    },
  };
  for (const group of groups) group(routes);
  for (const all of ['/', '/*']) {
    scope.all(all, (request, reply) => {
      const path = pathOf(request);
      const found = table.find(request.method, path);
      if (found) return serve(request, reply, { path, ...found });
      return sendAnswer(request, reply, table.unknown(request.method, path, request.url), options.version);
    });
  }

  async function serve(
    request: FastifyRequest,
    reply: FastifyReply,
    { path, handler, params }: Readonly<{ path: string; handler: Handler; params: ReadonlyMap<string, string> }>,
  ): Promise<FastifyReply> {
    let held = 0;
    const hold = (bytes: number) => {
      budget.hold(bytes);
      held += bytes;
    };
    try {
      const body = withoutMark(await readHttpBody(request.raw, options.maxBodyBytes, hold));
      const type = request.headers['content-type'];
      if (body.length > 0 && !jsonTypes.test(type ?? '')) return await sendAnswer(request, reply, notAcceptable(type), options.version);
      const call = new Call(request, reply, { path, params, body });
      return await sendAnswer(request, reply, await handler(call), options.version);
    } finally {
      budget.release(held);
    }
  }
}

/** Editors of Windows put a byte order mark in front of a file (RFC 8259, section 8.1: it may be ignored). */
function withoutMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

function notAcceptable(type: string | undefined): Answer {
  const error = type === undefined ? 'Content-Type header is missing' : `Content-Type header [${type}] is not supported`;
  return { status: 406, json: { error, status: 406 } };
}

async function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply, version: string): Promise<FastifyReply> {
  if (error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return sendAnswer(request, reply, notAcceptable(request.headers['content-type']), version);
  }
  const { status, body } = errorEnvelope(error, queryOf(request.url).has('error_trace'));
  // A client that went away in the middle of its request is no fault of the server.
  if (status >= 500 && !reply.raw.destroyed) request.log.error(error);
  const headers: Record<string, string> = {};
  if (status === 401) headers['WWW-Authenticate'] = 'Basic realm="security" charset="UTF-8"';
  if (status === 429 || status === 503) headers['Retry-After'] = '1';
  if (status === 413) headers.Connection = 'close';
  return sendAnswer(request, reply, { status, json: body, headers }, version);
}
