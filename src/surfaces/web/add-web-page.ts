import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { sendApiError } from '../http/api-error.ts';
import { type PageFile, readPageFiles } from './page-files.ts';

/** First path segment of the page. */
export const webSegment = 'ui';

const builtPage = fileURLToPath(new URL('../../ui/', import.meta.url));

/** Nothing from elsewhere, nothing inline, no framing. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Serves the web page below `/ui/`. What is no file is a state of the page, which the page itself reads from its URL. `addGuard` MUST have
 * been called before.
 */
export function addWebPage(app: FastifyInstance, folder = builtPage): void {
  const files = readPageFiles(folder);
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const name = (request.params as Readonly<Record<string, string>>)['*'] ?? '';
    const isFile = /^assets(?:\/|$)/.test(name) || files.has(name);
    const file = files.get(isFile ? name : 'index.html');
    if (file === undefined) {
      const reason =
        files.size === 0
          ? 'The web page was not built: run npm run build.'
          : `The web page has no file ${JSON.stringify(name.slice(0, 200))}.`;
      return sendApiError(new AppError('not_found', reason), request, reply);
    }
    return sendFile(request, reply, file);
  };
  // The application may take both for one route; relative addresses in the page need the slash.
  app.get('/ui', (request, reply) => (/^\/ui(?:\?|$)/.test(request.url) ? reply.redirect('/ui/', 308) : answer(request, reply)));
  app.get('/ui/*', answer);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { contentType, etag, immutable, bodies }: PageFile): FastifyReply {
  void reply.headers({
    'Content-Security-Policy': contentPolicy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
    ETag: etag,
  });
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
  const encoding = bestEncoding(request.headers['accept-encoding'] ?? '', bodies);
  if (encoding !== 'identity') void reply.header('Content-Encoding', encoding);
  return reply.type(contentType).send(bodies[encoding]);
}

function bestEncoding(accepted: string, bodies: PageFile['bodies']): keyof PageFile['bodies'] {
  const accepts = (name: string) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(?:\\.0*)?(?:,|$))`).test(accepted);
  if (bodies.br !== undefined && accepts('br')) return 'br';
  return bodies.gzip !== undefined && accepts('gzip') ? 'gzip' : 'identity';
}
