import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { startOtlpGrpc } from './grpc-server.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';
import { requestFields } from './otlp-schema.ts';
import type { OtlpPorts } from './receive.ts';
import { recordingPorts } from './testing/recording-ports.ts';

const traces = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const message = Buffer.from(
  jsonToProtobuf(
    Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"ab","spanId":"cd"},{"name":"lost"}]}]}]}'),
    requestFields.traces,
  ),
);
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(options: Partial<OtlpPorts> = {}, refuse?: (authorization: string | undefined) => string | undefined) {
  const made = recordingPorts(options);
  const lines: string[] = [];
  const server = await startOtlpGrpc(
    { host: '127.0.0.1', port: 0, onError: (line) => lines.push(line), ...(refuse ? { refuse } : {}) },
    made.ports,
  );
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), { 'grpc.default_compression_algorithm': 2 });
  stops.push(
    () => server.close(),
    () => client.close(),
  );
  const same = (bytes: Buffer) => bytes;
  const call = (path: string, body: Buffer, metadata = new Metadata()) =>
    new Promise<Buffer | ServiceError>((resolve) => {
      client.makeUnaryRequest(path, same, same, body, metadata, (error, answer) => resolve(error ?? (answer as Buffer)));
    });
  return { ...made, call, server, lines };
}

describe('OTLP/gRPC', () => {
  it('stores spans and answers with the partial success', async () => {
    const { call, recorded, budget } = await start();
    const answer = await call(traces, message);
    expect(String(answer)).toContain('1 spans were rejected: number 2 ("lost")');
    expect(recorded.spans).toMatchObject([{ traceId: 'ab', spanId: 'cd' }]);
    expect(budget.heldBytes).toBe(0);
    expect(await call(traces, Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['malformed bytes', traces, Buffer.from([0x0a, 0xff]), 3],
    ['a message over the limit', traces, Buffer.from(Array.from({ length: 200_000 }, () => Math.floor(Math.random() * 256))), 8],
    ['a zip bomb', traces, Buffer.alloc(100_000_000), 8],
    ['an unknown service', '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export', message, 12],
  ])('refuses %s', async (_, path, body, code) => {
    const { call, recorded, budget } = await start({ maxBodyBytes: 100_000 });
    expect(await call(path, body)).toMatchObject({ code });
    expect([recorded.batches, budget.heldBytes]).toEqual([0, 0]);
    expect(await call(traces, message)).toBeInstanceOf(Buffer);
  });

  it.each([
    ['journal_full', 2],
    ['disk_full', 30],
    ['shutting_down', 5],
  ] as const)('tells after %s when to try again', async (code, seconds) => {
    const { call, recorded } = await start();
    recorded.failure = new AppError(code, 'not now');
    const error = (await call(traces, message)) as ServiceError;
    expect(error).toMatchObject({ code: 14, details: 'not now' });
    const [details] = error.metadata.get('grpc-status-details-bin');
    expect(String(details)).toContain('type.googleapis.com/google.rpc.RetryInfo');
    // RetryInfo.retry_delay (1) is a Duration, whose seconds are field 1.
    expect((details as Buffer).subarray(-4)).toEqual(Buffer.from([0x0a, 0x02, 0x08, seconds]));
  });

  it('hides what it did not expect, and tells the operator', async () => {
    const { call, recorded, lines } = await start();
    recorded.failure = new Error('secret');
    const error = (await call(traces, message)) as ServiceError;
    expect(error.code).toBe(13);
    expect(error.details).not.toContain('secret');
    expect(lines).toEqual(['OTLP/gRPC: secret']);
  });

  it('asks for credentials', async () => {
    const { call, recorded } = await start({}, (given) => (given === 'Basic YQ==' ? undefined : 'credentials are missing or wrong'));
    expect(await call(traces, message)).toMatchObject({ code: 16 });
    const metadata = new Metadata();
    metadata.set('authorization', 'Basic YQ==');
    expect(await call(traces, message, metadata)).toBeInstanceOf(Buffer);
    expect(recorded.batches).toBe(1);
  });

  it('says that its port is taken', async () => {
    const { server, ports } = await start();
    await expect(startOtlpGrpc({ host: '127.0.0.1', port: server.port, onError: expect.unreachable }, ports)).rejects.toMatchObject({
      code: 'port_taken',
    });
  });

  it('serves many calls at once', async () => {
    const { call, recorded } = await start();
    const answers = await Promise.all(Array.from({ length: 100 }, () => call(traces, message)));
    expect(answers.every((answer) => Buffer.isBuffer(answer))).toBe(true);
    expect(recorded.spans).toHaveLength(100);
  });
});
