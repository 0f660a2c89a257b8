import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { stringifyJson } from '../../lib/json/json-text.ts';

const send = (reply: FastifyReply, text: string, status: number): FastifyReply =>
  reply.code(status).header('Cache-Control', 'no-store').type('application/json; charset=utf-8').send(text);

export const sendMeshJson = (reply: FastifyReply, value: unknown, status = 200): FastifyReply => send(reply, JSON.stringify(value), status);

/** The same for values that may hold integers which no double can: much slower. */
export const sendExactJson = (reply: FastifyReply, value: unknown): FastifyReply => send(reply, stringifyJson(value), 200);

/** Upstream's form: `{"error": "…"}`. What an unexpected error says stays in the log: it may name files or statements. */
export function sendMeshError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isExpected = error instanceof AppError;
  const given = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  const status = isExpected ? error.status : given >= 400 && given <= 499 ? given : 500;
  if (status >= 500) request.log.error(error);
  if (status === 429 || status === 503) void reply.header('Retry-After', '1');
  const message = isExpected || status < 500 ? (error as Error).message : 'A defect in meshscope. Its own log has the details.';
  return sendMeshJson(reply, { error: message }, status);
}
