import type { FastifyInstance } from 'fastify';

/** Sends browsers from `/` to the web page, before Elasticsearch's answer to everyone else. `addGuard` MUST have been called before. */
export function addPageRedirect(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const isPage = request.method === 'GET' && /^\/(?:\?|$)/.test(request.url);
    if (!isPage || !/\btext\/html\b/i.test(request.headers.accept ?? '')) return;
    return reply.header('Cache-Control', 'no-store').header('Vary', 'Accept').redirect('/ui/', 302);
  });
}
