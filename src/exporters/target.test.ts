import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server as GrpcServer, status as grpcStatus, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import type { Trace } from '../model/trace.ts';
import { exampleSpan, exampleTrace } from '../queries/trace-forms/testing/example-trace.ts';
import { cursorAfter, type DueTrace } from '../queries/traces/due-traces.ts';
import type { ExportPorts } from './export-ports.ts';
import { traceFileName } from './json.ts';
import { type Exporters, type ExportersOptions, startExporters } from './start-exporters.ts';
import { exporterOptions, pause, until } from './testing/exporter-options.ts';

/** What targets do with the queue; which traces are due is start-exporters.test.ts's business, so here it is said by hand. */
let data = '';
let running: Exporters[] = [];
let logged: string[] = [];
let stored = new Map<string, Trace>();
let arrivals: DueTrace[] = [];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'meshscope-targets-'));
  running = [];
  logged = [];
  stored = new Map();
  arrivals = [];
});
afterEach(async () => {
  for (const one of running) await one.close();
  rmSync(data, { recursive: true, force: true });
});

let time = Date.now();
function arrive(...ids: string[]): void {
  for (const traceId of ids) {
    time = Math.max(time + 1, Date.now());
    const hash = String(BigInt(stored.size) + 1n);
    stored.set(hash, exampleTrace([exampleSpan({ traceId })], { lastSeenMillis: time }));
    arrivals.push({ hash, hours: [0], lastSeenMillis: time, records: 1, updated: false });
  }
}

async function start(options: Partial<ExportersOptions>, overrides: Partial<ExportPorts> = {}): Promise<Exporters> {
  const ports: ExportPorts = {
    dueTraces: async ({ reason, after, untilMillis }) => {
      const due = arrivals.filter(({ lastSeenMillis }) => lastSeenMillis > after.lastSeenMillis && lastSeenMillis <= untilMillis);
      return { due: reason === 'quiet' ? due : [], cursor: cursorAfter(untilMillis), isFull: false };
    },
    readTraces: async (addresses) => addresses.flatMap(({ hash }) => stored.get(hash) ?? []),
    loadedUntilMillis: () => Date.now(),
    write: async () => undefined,
    ownPorts: () => [],
    log: (line) => logged.push(line),
    ...overrides,
  };
  const started = await startExporters(exporterOptions(data, { quietMillis: 1, ...options }), ports);
  running.push(started);
  await pause(5);
  return started;
}

type Received = { path: string; type: string; body: Buffer; headers: IncomingMessage['headers'] };

async function startReceiver(answer: (request: Received, number: number) => number | [number, Record<string, string>, (string | Buffer)?]) {
  const received: Received[] = [];
  let number = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        path: request.url ?? '',
        type: request.headers['content-type'] ?? '',
        body: Buffer.concat(chunks),
        headers: request.headers,
      };
      const given = answer(one, number++);
      const [status, headers, text = '{}'] = typeof given === 'number' ? [given, {}] : given;
      if (status < 300) received.push(one);
      response.writeHead(status, headers).end(text);
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { received, port, url: `http://127.0.0.1:${port}`, listen: () => listen(port), close };
}

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
    expect(logged.filter((line) => line.includes('zipkin exporter cannot export'))).toHaveLength(1);
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
    expect(logged.at(-1)).toContain('works again');
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
    expect(logged.join()).toContain('refuses trace "poison"');
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
    stored.set('1', exampleTrace(spans, { lastSeenMillis: time }));
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
      { exporters: 'console,zipkin', zipkinEndpoint: '127.0.0.1:1', backoffMillis: [60_000] },
      { write: async (text) => void lines.push(text) },
    );
    arrive('a', 'b');
    await until(() => lines.length === 2);
    await until(() => exporters.status().targets[1]?.lastError);
    const began = Date.now();
    await exporters.close();
    running = [];
    expect(Date.now() - began).toBeLessThan(2000);
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
    expect(logged.join()).toMatch(/the queue was full, and \d+ traces are not exported/);
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

describe('the json exporter', () => {
  it('writes one file per trace, whatever its id, and replaces it', async () => {
    const ids = [
      '0af7651916cd43dd8448eb211c80319c',
      'abcdefgh-1',
      'abcdefgh-2',
      'ABC',
      'abc',
      '../../etc/passwd',
      '',
      'x'.repeat(5000),
      'ü/\0\n',
      'con',
    ];
    await start({ exporters: 'json' });
    arrive(...ids);
    const folder = join(data, 'traces-json');
    await until(() => existsSync(folder) && readdirSync(folder).filter((name) => name.endsWith('.json')).length === ids.length);
    const read = readdirSync(folder).map((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { TraceID: string }).TraceID);
    expect(read.toSorted()).toEqual(ids.toSorted());
    expect(existsSync(join(folder, 'trace-0af7651916cd43dd8448eb211c80319c.json'))).toBe(true);
    const names = ids.map(traceFileName);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
    expect(traceFileName('0AF76519-16CD-43DD-8448-EB211C80319C')).toBe('trace-0af7651916cd43dd8448eb211c80319c.json');
  });

  it('deletes the oldest above its limits, after a restart too, and nothing that is not its own', async () => {
    const folder = join(data, 'own');
    const first = await start({ exporters: 'json', jsonFolder: folder, jsonMaxFiles: 3 });
    arrive('a', 'b', 'c');
    await until(() => first.status().targets[0]?.exported === 3);
    writeFileSync(join(folder, 'trace.txt'), 'mine');
    await first.close();
    running = [];
    const second = await start({ exporters: 'json', jsonFolder: folder, jsonMaxFiles: 3 });
    arrive('d');
    await until(() => second.status().targets[0]?.exported === 1);
    await until(() => !existsSync(join(folder, 'trace-a.json')));
    expect(readdirSync(folder).toSorted()).toEqual(['trace-b.json', 'trace-c.json', 'trace-d.json', 'trace.txt']);
    await second.close();
    running = [];
    const size = statSync(join(folder, 'trace-d.json')).size;
    const third = await start({ exporters: 'json', jsonFolder: folder, jsonMaxBytes: size * 2 + 10 });
    arrive('e');
    await until(() => third.status().targets[0]?.exported === 1);
    await until(() => readdirSync(folder).length === 3);
    expect(readdirSync(folder).toSorted()).toEqual(['trace-d.json', 'trace-e.json', 'trace.txt']);
  });

  it('waits while its folder cannot be written, and says so', async () => {
    const folder = join(data, 'blocked');
    writeFileSync(folder, 'a file is in the way');
    const exporters = await start({ exporters: 'json', jsonFolder: folder });
    arrive('a');
    await until(() => exporters.status().targets[0]?.lastError?.includes('EEXIST'));
    rmSync(folder);
    await until(() => exporters.status().targets[0]?.exported === 1);
    rmSync(folder, { recursive: true });
    arrive('b');
    await until(() => existsSync(join(folder, 'trace-b.json')));
  });

  it('waits while the disk is full, and leaves no part of a file', async () => {
    const disk = mountSmallDisk(1024 * 1024);
    if (disk === undefined) return;
    try {
      const exporters = await start({ exporters: 'json', jsonFolder: disk.folder });
      disk.fill();
      arrive('a', 'b');
      await until(() => exporters.status().targets[0]?.lastError?.includes('ENOSPC'));
      expect(readdirSync(disk.folder).filter((name) => name !== 'filler' && statSync(join(disk.folder, name)).size > 0)).toEqual([]);
      disk.clear();
      await until(() => exporters.status().targets[0]?.exported === 2);
      expect(readdirSync(disk.folder).toSorted()).toEqual(['trace-a.json', 'trace-b.json']);
    } finally {
      disk.unmount();
    }
  });
});

describe('the queue', () => {
  it('does not keep meshscope from starting when its disk is full', async () => {
    data = join(data, 'disk');
    mkdirSync(data);
    const disk = mountSmallDisk(1024 * 1024, data);
    if (disk === undefined) return;
    disk.fill();
    const lines: string[] = [];
    const exporters = await start({}, { write: async (text) => void lines.push(text) });
    arrive('a');
    await until(() => logged.some((line) => line.includes('ENOSPC')));
    disk.clear();
    await until(() => lines.length === 1);
    await exporters.close();
    running = [];
    disk.unmount();
  });

  it('waits while its own disk is full, and loses nothing', async () => {
    data = join(data, 'disk');
    mkdirSync(data);
    const disk = mountSmallDisk(1024 * 1024, data);
    if (disk === undefined) return;
    const lines: string[] = [];
    const exporters = await start({}, { write: async (text) => void lines.push(text) });
    arrive('a');
    await until(() => lines.length === 1);
    disk.fill();
    for (let round = 0; round < 20; round++) {
      arrive(...Array.from({ length: 100 }, (_, n) => `full-${round}-${n}`));
      await pause(10);
    }
    await until(() => logged.some((line) => line.includes('ENOSPC')));
    disk.clear();
    await until(() => lines.length === 2001);
    await pause(100);
    expect(lines).toHaveLength(2001);
    await exporters.close();
    running = [];
    disk.unmount();
  });

  it('cuts off a torn line and goes on', async () => {
    const lines: string[] = [];
    const write = async (text: string) => void lines.push(text);
    const first = await start({}, { write });
    arrive('a');
    await until(() => lines.length === 1);
    await first.close();
    running = [];
    const [name] = readdirSync(join(data, 'exports')).filter((one) => one.startsWith('marks-'));
    const file = join(data, 'exports', name as string);
    writeFileSync(file, `${readFileSync(file, 'utf8')}00000000 {"first":9999,"cur`);
    writeFileSync(
      join(data, 'exports', 'position-console'),
      Buffer.concat([readFileSync(join(data, 'exports', 'position-console')).subarray(0, 40), Buffer.alloc(30)]),
    );
    arrive('b');
    await start({}, { write });
    await until(() => lines.some((line) => line.includes('TRACE b ')));
    await pause(100);
    expect(lines.filter((line) => line.includes('TRACE b '))).toHaveLength(1);
  });
});

describe('an own module', () => {
  const module = (text: string) => {
    const path = join(data, `exporter-${Math.random()}.mjs`);
    writeFileSync(path, text);
    return path;
  };

  it('exports, fails and comes again, and is closed', async () => {
    const out = join(data, 'out.txt');
    const exporterModule = module(`
      import { appendFileSync } from 'node:fs';
      export function createExporter({ completedTrace, log }) {
        let failed = false;
        log('made');
        return {
          async export(trace, { update }) {
            if (!failed) { failed = true; throw new Error('not yet'); }
            if (trace.traceId === 'no') throw Object.assign(new Error('never'), { retryable: false });
            appendFileSync(${JSON.stringify(out)}, JSON.stringify([completedTrace(trace).TraceID, update]) + '\\n');
          },
          close() { appendFileSync(${JSON.stringify(out)}, 'closed'); },
        };
      }`);
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('a', 'no', 'b');
    await until(() => exporters.status().targets[0]?.exported === 2);
    await exporters.close();
    running = [];
    expect(readFileSync(out, 'utf8')).toBe('["a",false]\n["b",false]\nclosed');
    expect(logged).toContain('made');
  });

  it('that breaks on a trace goes on with the next; without a connection it waits', async () => {
    const exporterModule = module(`
      let tries = 0;
      export const createExporter = () => ({
        async export(trace) {
          if (trace.traceId === 'odd') return trace.nothing.there;
          if (tries++ < 2) await fetch('http://127.0.0.1:1/');
        },
      });`);
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('odd', 'a');
    await until(() => exporters.status().targets[0]?.exported === 1);
    expect(exporters.status().targets[0]).toMatchObject({ failed: 1, queued: 0 });
  });

  it('that hangs does not keep meshscope from stopping', async () => {
    const exporterModule = module(
      'export const createExporter = () => ({ export: () => new Promise(() => undefined), close() { throw new Error("stuck"); } });',
    );
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('a');
    await pause(200);
    await exporters.close();
    running = [];
    expect(logged.join()).toContain('cannot be closed: stuck');
  });

  it.each([
    ['throw new Error("boom")', 'cannot be loaded: boom'],
    ['export const x = 1', 'does not export a function createExporter'],
    ['export const createExporter = () => ({})', 'returns no object with a method export'],
    ['export const createExporter = () => { throw new Error("no key") }', 'cannot create its exporter: no key'],
  ])('%s is refused at the start', async (text, message) => {
    await expect(start({ exporterModule: module(text) })).rejects.toThrow(message);
  });
});
