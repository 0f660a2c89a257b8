import { Server as GrpcServer, status as grpcStatus, ServerCredentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { exampleSpan, exampleTrace } from '../queries/trace-forms/testing/example-trace.ts';
import { exportBench } from './testing/export-bench.ts';
import { pause, until } from './testing/exporter-options.ts';
import { startReceiver } from './testing/http-receiver.ts';

const bench = exportBench();
const { arrive, start } = bench;

describe('an HTTP target', () => {
  it('that was away gets everything once, in order of time', async () => {
    const receiver = await startReceiver(() => 202);
    await receiver.close();
    const exporters = await start({ exporters: 'zipkin', zipkinEndpoint: receiver.url });
    arrive('one', 'two', 'three');
    const [before] = await until(() => (exporters.status().targets[0]?.lastError === undefined ? false : exporters.status().targets));
    expect(before).toMatchObject({
      name: 'zipkin',
      exported: 0,
      queued: 3,
      lastError: expect.stringContaining('cannot be reached: connect ECONNREFUSED'),
    });
    expect(bench.logged.filter((line) => line.includes('zipkin exporter cannot export'))).toHaveLength(1);
    await receiver.listen();
    arrive('four');
    await until(() => receiver.received.length === 4);
    await pause(100);
    const ids = receiver.received.map(
      ({ body }) => (JSON.parse(body.toString()) as { tags: Record<string, string> }[])[0]?.tags['meshscope.trace_id'],
    );
    expect(ids.toSorted()).toEqual(['four', 'one', 'three', 'two']);
    expect(receiver.received[0]).toMatchObject({ path: '/api/v2/spans', type: 'application/json' });
    expect(exporters.status().targets[0]).toMatchObject({ exported: 4, queued: 0, failingSinceMillis: undefined });
    expect(bench.logged.at(-1)).toContain('works again');
    await receiver.close();
  });

  it('that refuses one trace gets the others; what fails for a moment comes again', async () => {
    const receiver = await startReceiver(({ body }, number) => {
      if (body.toString().includes('poison')) return [400, {}, 'bad <span>'];
      return number % 3 === 0 ? [503, { 'retry-after': '0' }] : 200;
    });
    const exporters = await start({
      exporters: 'otlp',
      otlpEndpoint: `127.0.0.1:${receiver.port}`,
      otlpProtocol: 'http/json',
      otlpHeaders: ['X-Key=a=b'],
    });
    arrive('a', 'poison', 'b', 'c');
    await until(() => receiver.received.length === 3 && exporters.status().targets[0]?.queued === 0);
    expect(exporters.status().targets[0]).toMatchObject({ exported: 3, failed: 1 });
    expect(receiver.received[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': 'a=b' } });
    expect(bench.logged.join()).toContain('refuses trace "poison"');
    await receiver.close();
  });

  it.each([
    ['http/json', Buffer.from('{"partialSuccess":{"rejectedSpans":"300","errorMessage":"too old"}}')],
    ['http/protobuf', Buffer.from('0a0808ac0212037468651a', 'hex')],
  ] as const)('that rejects spans in a 200 is not asked again (%s)', async (otlpProtocol, answer) => {
    const receiver = await startReceiver(() => [200, {}, answer]);
    const exporters = await start({ exporters: 'otlp', otlpEndpoint: receiver.url, otlpProtocol });
    arrive('a');
    await until(() => exporters.status().targets[0]?.failed === 1);
    expect(exporters.status().targets[0]).toMatchObject({ queued: 0, lastError: 'the receiver rejected 300 spans' });
    await receiver.close();
  });

  it('gets a large trace in several requests', async () => {
    const receiver = await startReceiver(() => 200);
    await start({ exporters: 'jaeger', jaegerEndpoint: `${receiver.url}/` });
    arrive('large');
    const spans = Array.from({ length: 4500 }, (_, n) => exampleSpan({ spanId: `s${n}` }));
    bench.stored.set('1', exampleTrace(spans, { lastSeenMillis: bench.stored.get('1')?.lastSeenMillis ?? 0 }));
    await until(() => receiver.received.length === 3);
    expect(receiver.received.map(({ path, type }) => `${path} ${type}`)).toEqual(new Array(3).fill('/v1/traces application/x-protobuf'));
    await receiver.close();
  });

  it('that is meshscope itself gets nothing', async () => {
    const receiver = await startReceiver(() => 200);
    const exporters = await start({ exporters: 'otlp', otlpEndpoint: `localhost:${receiver.port}` }, { ownPorts: () => [receiver.port] });
    arrive('a');
    await until(() => exporters.status().targets[0]?.lastError?.includes('is this meshscope itself'));
    expect(receiver.received).toEqual([]);
    await receiver.close();
  });

  it('does not hold up others, nor the stop', async () => {
    const lines: string[] = [];
    const exporters = await start(
      { exporters: 'console,zipkin', zipkinEndpoint: '127.0.0.1:1', backoffMillis: [600_000] },
      { write: async (text) => void lines.push(text) },
    );
    arrive('a', 'b');
    await until(() => lines.length === 2);
    await until(() => exporters.status().targets[1]?.lastError);
    // Sooner than it would try again.
    await exporters.close();
    bench.running = [];
    const receiver = await startReceiver(() => 200);
    await start({ exporters: 'console,zipkin', zipkinEndpoint: receiver.url }, { write: async (text) => void lines.push(text) });
    await until(() => receiver.received.length === 2);
    expect(lines).toHaveLength(2);
    await receiver.close();
  });

  it('drops the oldest when it was away for too long, and counts them', async () => {
    const exporters = await start({ exporters: 'zipkin', zipkinEndpoint: '127.0.0.1:1', exportQueueBytes: 300_000 });
    for (let round = 0; round < 60; round++) {
      arrive(...Array.from({ length: 200 }, (_, n) => `t${round}-${n}`));
      await pause(15);
    }
    const { dropped } = await until(() => {
      const [status] = exporters.status().targets;
      return status !== undefined && status.dropped > 0 && status.dropped + status.queued === 12_000 && status;
    });
    expect(dropped).toBeGreaterThan(1000);
    expect(exporters.status().queueBytes).toBeLessThan(600_000);
    expect(bench.logged.join()).toMatch(/the queue was full, and \d+ traces are not exported/);
  });
});

it('sends OTLP by gRPC to port 4317 and where told', async () => {
  const received: Buffer[] = [];
  let fail = 1;
  const server = new GrpcServer();
  const bytes = (value: Buffer) => value;
  server.addService(
    {
      Export: {
        path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        requestStream: false,
        responseStream: false,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    {
      Export: (
        call: { request: Buffer; metadata: { get: (name: string) => unknown[] } },
        done: (error: object | null, answer?: Buffer) => void,
      ) => {
        if (fail-- > 0) return done({ code: grpcStatus.UNAVAILABLE, details: 'later' });
        expect(call.metadata.get('authorization')).toEqual(['Bearer x']);
        received.push(call.request);
        done(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  const exporters = await start({
    exporters: 'telemetry',
    otlpEndpoint: `127.0.0.1:${port}`,
    otlpProtocol: 'grpc',
    otlpHeaders: ['authorization=Bearer x'],
  });
  arrive('by-grpc');
  await until(() => received.length === 1);
  expect(received[0]?.includes('by-grpc')).toBe(true);
  await until(() => exporters.status().targets[0]?.exported === 1);
  server.forceShutdown();
});
