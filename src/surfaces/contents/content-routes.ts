import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { readHttpBody } from '../../lib/http-body.ts';
import { sendApiError } from '../http/api-error.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

export type ContentPorts = Readonly<{
  /** Resolves when it is on the disk: to false when it was there already. */
  put: (sha256: string, content: Buffer) => Promise<boolean>;
  get: (sha256: string) => Promise<Buffer | undefined>;
  maxBytes: number;
  /** Of all requests in flight. `hold` throws `too_busy`. */
  budget: Readonly<{ hold: (bytes: number) => void; release: (bytes: number) => void }>;
}>;

const hashForm = z.string().regex(/^[0-9a-f]{64}$/);

function checkHash(text: string): string {
  if (hashForm.safeParse(text).success) return text;
  throw new AppError('bad_request', 'The address must end with a SHA-256 of 64 lower-case hexadecimal digits.');
}

/** A content goes out as it came. */
export function contentRoutes({ get }: Pick<ContentPorts, 'get'>): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/contents/{sha256}', {
      id: 'showContent',
      summary: 'A long argument or result of a call, whole, by the SHA-256 that its log record has. PUT at the same address stores one.',
      answers: {
        200: { description: 'The JSON text, as it was recorded.', contentType: 'application/json' },
        404: { description: 'It was never stored, or is older than the retention.' },
      },
      handle: async ({ param }) => {
        const content = await get(checkHash(param('sha256')));
        if (content === undefined) throw new AppError('not_found', 'No content with this SHA-256 is stored.');
        return { text: content.toString('utf8'), contentType: 'application/json; charset=utf-8' };
      },
    }),
  ];
}

/**
 * `PUT /api/contents/{sha256}`: JSON text, also with `Content-Encoding: gzip`. 201 when it is stored, 200 when it was there already; 400 when its
 * bytes have another hash. In a scope of its own, because bodies are read as bytes.
 */
export function addContentDoor(app: FastifyInstance, { put, maxBytes, budget }: Omit<ContentPorts, 'get'>): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.setErrorHandler((error, request, reply) => {
      if (error instanceof AppError && error.status === 413) void reply.header('Connection', 'close');
      return sendApiError(error, request, reply);
    });
    scope.put<{ Params: { sha256: string } }>('/api/contents/:sha256', async (request, reply) => {
      let held = 0;
      try {
        const body = await readHttpBody(request.raw, maxBytes, (bytes) => {
          budget.hold(bytes);
          held += bytes;
        });
        const sha256 = checkHash(request.params.sha256);
        const found = createHash('sha256').update(body).digest('hex');
        if (found !== sha256) throw new AppError('bad_request', `The body has the SHA-256 ${found}, not that of the address.`);
        if (body.length === 0 || !isUtf8(body)) throw new AppError('bad_request', 'The body must be JSON text, in UTF-8.');
        const isNew = await put(sha256, body);
        return await reply
          .code(isNew ? 201 : 200)
          .header('Cache-Control', 'no-store')
          .send({ sha256, bytes: body.length });
      } finally {
        budget.release(held);
      }
    });
    done();
  };
  void app.register(plugin);
}
