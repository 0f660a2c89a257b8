import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';

export const apiErrorSchema = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });

type ApiError = Readonly<{ status: number; code: string; message: string }>;

function describe(error: unknown): ApiError {
  if (error instanceof AppError) return { status: error.status, code: error.code, message: error.message };
  // Fastify's own refusals: a body over the limit, a type it cannot read.
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 400 || status > 499) {
    return { status: 500, code: 'internal', message: 'A defect in meshscope. Its own log has the details; please report them.' };
  }
  return { status, code: status === 413 ? 'too_large' : 'bad_request', message: error instanceof Error ? error.message : String(error) };
}

/** Sends `{error: {code, message}}`. What an unexpected error says stays in the log: it may name files or statements. */
export function sendApiError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, code, message } = describe(error);
  if (status >= 500) request.log.error(error);
  if (status === 429 || status === 503) void reply.header('Retry-After', '1');
  return reply.code(status).header('Cache-Control', 'no-store').type('application/json; charset=utf-8').send({ error: { code, message } });
}

/** The application's 404, which also answers what the other surfaces leave alone below our own path segments. */
export function addNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const path = (request.url.split('?')[0] as string).slice(0, 200);
    const error = new AppError('not_found', `${request.method} ${path} does not exist. /api/openapi.json lists what does.`);
    return sendApiError(error, request, reply);
  });
}
