import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { readHttpBody } from '../../lib/http-body.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';
import { describeFailure, failureBytes, failureJson, type OtlpFailure } from './otlp-failure.ts';
import { requestFields, type Signal } from './otlp-schema.ts';
import { countUnread, type OtlpPorts, outcomeBytes, outcomeJson, receive } from './receive.ts';

const protobufType = 'application/x-protobuf';
const jsonType = 'application/json';

/** The encoding of a request, which is also that of its answer. */
function encodingOf(request: FastifyRequest): 'protobuf' | 'json' | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === protobufType || type === 'application/protobuf') return 'protobuf';
  return type === jsonType ? 'json' : undefined;
}

/**
 * Serves OTLP/HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics` (OTLP specification, "OTLP/HTTP"), in a scope of its own. Answers and errors
 * are in the encoding of the request. Call it for each port.
 */
export function addOtlpRoutes(app: FastifyInstance, ports: OtlpPorts): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    // The stream is left unread: bodies are read in the handler, with limits of our own.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.setErrorHandler((error, request, reply) => {
      const failure = describeFailure(error);
      if (failure.httpStatus >= 500 && failure.retrySeconds === undefined && !reply.raw.destroyed) request.log.error(error);
      return sendFailure(request, reply, failure);
    });
    for (const signal of Object.keys(requestFields) as Signal[]) {
      const url = `/v1/${signal}`;
      scope.post(url, (request, reply) => serve(signal, request, reply, ports));
      scope.route({
        method: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url,
        handler: (request, reply) =>
          sendFailure(request, reply.header('Allow', 'POST'), refusal(405, `${url} takes POST only, not ${request.method}`)),
      });
    }
    done();
  };
  void app.register(plugin);
}

const refusal = (httpStatus: number, message: string): OtlpFailure => ({ httpStatus, grpcCode: 3, message, retrySeconds: undefined });

async function serve(signal: Signal, request: FastifyRequest, reply: FastifyReply, ports: OtlpPorts): Promise<FastifyReply> {
  const encoding = encodingOf(request);
  let held = 0;
  const hold = (bytes: number) => {
    ports.budget.hold(bytes);
    held += bytes;
  };
  try {
    const body = await read(request, ports, hold);
    if (encoding === undefined) {
      const type = JSON.stringify((request.headers['content-type'] ?? '').slice(0, 100));
      return sendFailure(request, reply, refusal(415, `Content-Type ${type} is not supported; use ${protobufType} or ${jsonType}`));
    }
    const outcome = await receive(signal, encoding === 'json' ? transcode(signal, body, ports) : body, ports);
    return encoding === 'json' ? sendJson(reply, outcomeJson(signal, outcome)) : reply.type(protobufType).send(outcomeBytes(outcome));
  } finally {
    ports.budget.release(held);
  }
}

async function read(request: FastifyRequest, ports: OtlpPorts, hold: (bytes: number) => void): Promise<Buffer> {
  try {
    return await readHttpBody(request.raw, ports.maxBodyBytes, hold);
  } catch (error) {
    countUnread(ports);
    throw error;
  }
}

/** An empty body is the empty request in JSON too. */
function transcode(signal: Signal, body: Buffer, ports: OtlpPorts): Buffer {
  if (body.length === 0) return body;
  try {
    return jsonToProtobuf(body, requestFields[signal]);
  } catch (error) {
    if (error instanceof AppError) countUnread(ports);
    throw error;
  }
}

/** JSON where the request has no encoding that could be used. */
function sendFailure(request: FastifyRequest, reply: FastifyReply, failure: OtlpFailure): FastifyReply {
  void reply.code(failure.httpStatus);
  if (failure.retrySeconds !== undefined) void reply.header('Retry-After', String(failure.retrySeconds));
  if (failure.httpStatus === 413) void reply.header('Connection', 'close');
  return encodingOf(request) === 'protobuf' ? reply.type(protobufType).send(failureBytes(failure)) : sendJson(reply, failureJson(failure));
}

/** As bytes, because Fastify adds a charset to the type of text, and OTLP wants the type of the request alone. */
const sendJson = (reply: FastifyReply, json: string) => reply.type(jsonType).send(Buffer.from(json));
