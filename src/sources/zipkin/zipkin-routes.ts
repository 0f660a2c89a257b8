import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { readHttpBody } from '../../lib/http-body.ts';
import type { IngestSpans } from '../../model/span.ts';
import { decodeZipkin } from './decode-zipkin.ts';

export const zipkinSource = 'zipkin';

export type ZipkinPorts = Readonly<{
  ingestSpans: IngestSpans;
  /** Counts a request that cannot be read, as one record. */
  count: (source: string, outcome: 'received' | 'rejected', records: number, bytes: number) => void;
  /** Limit of one request, as sent and decompressed. */
  maxBodyBytes: number;
  /** Of all requests in flight, on all ports together. `hold` throws `too_busy`. */
  budget: Readonly<{ hold: (bytes: number) => void; release: (bytes: number) => void }>;
}>;

/** Seconds until a refused request may succeed. */
const retrySeconds = 2;

/** Serves `POST /api/v2/spans` of Zipkin (JSON, 202 when it is stored), and says what is not taken. In a scope of its own. */
export function addZipkinRoutes(app: FastifyInstance, ports: ZipkinPorts): void {
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.setErrorHandler((error, request, reply) => {
      const known = error instanceof AppError ? error : undefined;
      if (known === undefined && !reply.raw.destroyed) request.log.error(error);
      if (known?.retryable) void reply.header('Retry-After', String(retrySeconds));
      if (known?.status === 413) void reply.header('Connection', 'close');
      return refuse(
        reply,
        known?.retryable && known.status === 500 ? 503 : (known?.status ?? 500),
        known?.code ?? 'internal',
        known?.message ?? 'an unexpected error; the log of the server has it',
      );
    });
    scope.post('/api/v2/spans', (request, reply) => receive(request, reply, ports));
    scope.route({
      method: ['PUT', 'PATCH', 'DELETE'],
      url: '/api/v2/spans',
      handler: (request, reply) =>
        refuse(reply.header('Allow', 'POST'), 405, 'unsupported', `/api/v2/spans takes POST, not ${request.method}`),
    });
    scope.post('/api/v1/spans', (_request, reply) =>
      refuse(reply, 404, 'unsupported', 'Zipkin v1 (JSON and Thrift) is not taken; send v2 JSON to /api/v2/spans'),
    );
    done();
  };
  void app.register(plugin);
}

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error: { code, message } }));
}

async function receive(request: FastifyRequest, reply: FastifyReply, ports: ZipkinPorts): Promise<FastifyReply> {
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase();
  let held = 0;
  const hold = (bytes: number) => {
    ports.budget.hold(bytes);
    held += bytes;
  };
  try {
    const body = await counted(ports, () => readHttpBody(request.raw, ports.maxBodyBytes, hold));
    if (type !== 'application/json') {
      const given = JSON.stringify(type?.slice(0, 100));
      return refuse(reply, 415, 'unsupported', `Content-Type ${given} is not taken; send Zipkin v2 spans as application/json`);
    }
    const { spans, deadLetters } = await counted(ports, async () => decodeZipkin(body));
    if (spans.length + deadLetters.length > 0) await ports.ingestSpans({ source: zipkinSource, spans, deadLetters });
    return reply.code(202).send();
  } finally {
    ports.budget.release(held);
  }
}

/** A request that cannot be read counts as one record. */
async function counted<Result>(ports: ZipkinPorts, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    ports.count(zipkinSource, 'received', 1, 0);
    ports.count(zipkinSource, 'rejected', 1, 0);
    throw error;
  }
}
