import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createCredentialCheck } from './credential-check.ts';
import { openPaths } from './health.ts';
import { createHostCheck } from './host-check.ts';
import { createOriginCheck } from './origin-check.ts';

export type GuardOptions = Readonly<{
  /** Address the server is bound to. */
  host: string;
  /** Empty: no authentication; whatever credentials come are ignored. */
  username: string;
  password: string;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}>;

const challenge = 'Basic realm="security" charset="UTF-8"';
const corsMethods = 'GET, HEAD, POST, PUT, DELETE';
/** Headers that a page may send when it does not say which. */
const corsRequestHeaders = 'Authorization, Content-Type, X-Opaque-Id';
const corsAnswerHeaders = 'Retry-After, Warning, X-Elastic-Product, X-Opaque-Id';
const corsMaxAgeSeconds = 600;

/**
 * Refuses what must not reach any route: requests under a foreign `Host` (DNS rebinding), from pages of other origins, and without
 * the configured credentials. Refusals have the form of Elasticsearch's, which every client on this port understands. MUST be called
 * before other plugins are registered: they inherit the hooks that exist by then. Throws AppError `bad_config`.
 */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  const isAllowedHost = createHostCheck(options.host, options.allowedHosts);
  const judgeOrigin = createOriginCheck(options.allowedOrigins);
  const judgeCredentials = createCredentialCheck(options.username, options.password);

  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers;
    if (countHeader(request, 'host') > 1) return refuse(reply, 400, 'The request has more than one Host header.');
    if (host === undefined || !isAllowedHost(host)) {
      return refuse(reply, 403, `Host ${quote(host)} is not a name of this server. Names that are can be listed in http.allowedHosts.`);
    }
    const verdict = judgeOrigin(origin, host);
    if (verdict === 'refused') {
      return refuse(reply, 403, `Pages of origin ${quote(origin)} may not use this server. http.allowedOrigins lists those that may.`);
    }
    if (verdict === 'cross-origin') {
      void reply.header('Access-Control-Allow-Origin', origin).header('Access-Control-Expose-Headers', corsAnswerHeaders);
      // A preflight never carries credentials, so it is answered before they are asked for.
      if (isPreflight(request)) return answerPreflight(request, reply);
    }
    if (openPaths.has(request.routeOptions.url ?? '')) return;
    const path = (request.url.split('?')[0] as string).slice(0, 200);
    const reason = judgeCredentials(request.headers.authorization, `REST request [${path}]`);
    if (reason !== undefined) return refuse(reply.header('WWW-Authenticate', challenge), 401, reason);
  });

  if (options.allowedOrigins.length > 0) {
    app.addHook('onSend', async (_request, reply) => {
      const vary = reply.getHeader('vary');
      void reply.header('Vary', vary === undefined ? 'Origin' : `${String(vary)}, Origin`);
    });
  }
}

function refuse(reply: FastifyReply, status: number, reason: string): FastifyReply {
  const cause = { type: 'security_exception', reason, ...(status === 401 ? { header: { 'WWW-Authenticate': [challenge] } } : {}) };
  return reply
    .code(status)
    .header('X-Elastic-Product', 'Elasticsearch')
    .header('Cache-Control', 'no-store')
    .send({ error: { root_cause: [cause], ...cause }, status });
}

const quote = (text: string | undefined) => (text === undefined ? '(none)' : JSON.stringify(text.slice(0, 200)));

/** Node keeps the first of several `Host` headers and drops the others, so they are counted as they came. */
function countHeader(request: FastifyRequest, name: string): number {
  return request.raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === name).length;
}

const isPreflight = (request: FastifyRequest) =>
  request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;

function answerPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('Access-Control-Allow-Methods', corsMethods)
    .header('Access-Control-Allow-Headers', request.headers['access-control-request-headers'] ?? corsRequestHeaders)
    .header('Access-Control-Max-Age', corsMaxAgeSeconds)
    .send();
}
