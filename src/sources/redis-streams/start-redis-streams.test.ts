import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import type { IngestSpans, SpanBatch, SpanRecord } from '../../model/span.ts';
import { type RedisStreams, type RedisStreamsOptions, startRedisStreams } from './start-redis-streams.ts';
import { createCertificate, plain, RedisServer } from './testing/redis-server.ts';
import { spansOfLines } from './testing/spans-of-lines.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const spanOf = (id: number) => ({ trace_id: `t${id % 7}`, span_id: `s${id}`, function_name: 'work', start_time: '1753574400.5' });
const spansOf = (from: number, count: number) => Array.from({ length: count }, (_, at) => spanOf(from + at));

/** Keeps what is ingested. `refuse` is asked before each batch. */
function memory(refuse: () => Error | undefined = () => undefined) {
  const batches: SpanBatch[] = [];
  const taken: SpanRecord[] = [];
  const ingest: IngestSpans = async (batch) => {
    const refusal = refuse();
    if (refusal !== undefined) throw refusal;
    await sleep(2);
    batches.push(batch);
    if (batch.lines !== undefined) taken.push(...spansOfLines(batch.lines));
  };
  const spans = () => taken;
  const origins = () => new Set([...spans().map(({ origin }) => origin), ...letters().map(({ origin }) => origin)]);
  const letters = () =>
    batches.flatMap(({ deadLetters = [] }) =>
      deadLetters.map(({ payload, reason }) => ({
        ...(JSON.parse(Buffer.from(payload).toString()) as { origin: string; fields: object }),
        reason,
      })),
    );
  return { ingest, spans, letters, origins, ids: () => spans().map(({ spanId }) => Number(spanId.slice(1))) };
}

async function redis(args: readonly string[] = [], options = plain): Promise<RedisServer> {
  const server = await RedisServer.start(args, options);
  stops.push(() => server.remove());
  return server;
}

function consume(
  port: number,
  options: Partial<RedisStreamsOptions> & Pick<RedisStreamsOptions, 'ingest'>,
): RedisStreams & { lines: string[] } {
  const lines: string[] = [];
  const streams = startRedisStreams({
    url: `redis://127.0.0.1:${port}`,
    streams: ['mesh:trace', 'mcp-mesh:traces'],
    group: 'meshscope',
    consumer: 'one',
    startId: '0',
    batchSize: 100,
    reclaimMillis: 300_000,
    tlsCa: '',
    tlsCert: '',
    tlsKey: '',
    storedOrigins: async () => new Set(),
    onError: (line) => lines.push(line),
    retryMillis: [50, 200],
    ...options,
  });
  stops.push(() => streams.close());
  return { ...streams, lines };
}

const until = async (isTrue: () => boolean | Promise<boolean>, millis = 60_000) => {
  const deadline = Date.now() + millis;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${millis} ms: ${isTrue}`);
    await sleep(20);
  }
};

const pending = async (server: RedisServer, stream = 'mesh:trace') =>
  ((await server.send('XPENDING', stream, 'meshscope')) as readonly unknown[])[0];

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

describe('startRedisStreams', () => {
  it('reads both streams from their beginning, and acknowledges what is stored', async () => {
    const server = await redis();
    await server.add('mesh:trace', spansOf(0, 1234));
    await server.add('mcp-mesh:traces', spansOf(2000, 10));
    const { ingest, ids, origins } = memory();
    const streams = consume(server.port, { ingest });
    await until(() => ids().length === 1244);
    await server.add('mcp-mesh:traces', [spanOf(2010)]);
    await until(() => ids().length === 1245);
    expect(sorted(ids())).toEqual([...range(0, 1234), ...range(2000, 11)]);
    expect(origins().size).toBe(1245);
    await until(async () => (await pending(server)) === 0 && (await pending(server, 'mcp-mesh:traces')) === 0);
    const status = await streams.status();
    expect(status).toMatchObject({ running: true, connectionState: 'connected', consuming: true, group: 'meshscope', consumer: 'one' });
    expect(status.streams[0]).toMatchObject({ name: 'mesh:trace', length: 1234, pending: 0, lag: 0, stored: 1234, acknowledged: 1234 });
    expect(status.streams[1]?.lastEntryId).toBe(status.streams[1]?.lastDeliveredId);
  });

  it('begins where it is told', async () => {
    const server = await redis();
    await server.add('mesh:trace', spansOf(0, 3));
    const { ingest, ids } = memory();
    const streams = consume(server.port, { ingest, startId: '$' });
    await until(async () => (await streams.status()).connectionState === 'connected');
    await server.add('mesh:trace', [spanOf(3)]);
    await until(() => ids().length > 0);
    expect(ids()).toEqual([3]);
  });

  it('keeps poison as dead letters, without stopping', async () => {
    const server = await redis();
    const [first, second] = await server.add('mesh:trace', [{ hello: 'wörld "x"' }, { trace_id: 't', event_type: 'span_end' }, spanOf(1)]);
    const { ingest, letters, ids } = memory();
    consume(server.port, { ingest });
    await until(() => ids().length === 1);
    expect(letters()).toEqual([
      {
        origin: `mesh:trace ${first}`,
        fields: { hello: 'wörld "x"' },
        reason: 'no trace_id',
      },
      {
        origin: `mesh:trace ${second}`,
        fields: { trace_id: 't', event_type: 'span_end' },
        reason: 'no span_id, so this span_end cannot be paired',
      },
    ]);
    await until(async () => (await pending(server)) === 0);
  });

  it('takes over what a dead consumer left, and stores nothing twice', async () => {
    const server = await redis();
    const ids = await server.add('mesh:trace', spansOf(0, 1100));
    await server.send('XGROUP', 'CREATE', 'mesh:trace', 'meshscope', '0');
    await server.send('XREADGROUP', 'GROUP', 'meshscope', 'dead', 'COUNT', 1000, 'STREAMS', 'mesh:trace', '>');
    await server.send('XDEL', 'mesh:trace', ids[999] as string);
    const stored = new Set(ids.slice(0, 300).map((id) => `mesh:trace ${id}`));
    const { ingest, ids: read } = memory();
    const streams = consume(server.port, {
      ingest,
      reclaimMillis: 1000,
      storedOrigins: async (origins) => new Set(origins.filter((origin) => stored.has(origin))),
    });
    await until(() => read().length === 100);
    await until(() => read().length === 799);
    await until(async () => (await pending(server)) === 0);
    expect(sorted(read())).toEqual([...range(300, 699), ...range(1000, 100)]);
    expect((await streams.status()).streams[0]).toMatchObject({ alreadyStored: 300, acknowledged: 1099 });
  });

  it('finds at once what its own earlier run was given', async () => {
    const server = await redis();
    const ids = await server.add('mesh:trace', spansOf(0, 1500));
    await server.send('XGROUP', 'CREATE', 'mesh:trace', 'meshscope', '0');
    await server.send('XREADGROUP', 'GROUP', 'meshscope', 'one', 'COUNT', 1500, 'STREAMS', 'mesh:trace', '>');
    await server.send('XDEL', 'mesh:trace', ids[0] as string);
    let failures = 1;
    const { ingest, ids: read } = memory();
    const streams = consume(server.port, {
      ingest,
      storedOrigins: async () => {
        if (failures-- > 0) throw new Error('the store is busy');
        return new Set([`mesh:trace ${ids[1]}`]);
      },
    });
    await until(async () => (await pending(server)) === 0);
    expect(sorted(read())).toEqual(range(2, 1498));
    expect((await streams.status()).streams[0]).toMatchObject({ alreadyStored: 1, lost: 1 });
  });

  it('creates the group again after the key was deleted', async () => {
    const server = await redis();
    await server.add('mesh:trace', spansOf(0, 3));
    const { ingest, ids } = memory();
    const streams = consume(server.port, { ingest, startId: '0' });
    await until(() => ids().length === 3);
    await server.send('DEL', 'mesh:trace');
    await server.add('mesh:trace', spansOf(10, 3));
    await until(() => ids().length === 6);
    expect(sorted(ids())).toEqual([0, 1, 2, 10, 11, 12]);
    expect((await streams.status()).connectionState).toBe('connected');
  });

  it('waits for a Redis that is not there at the start, and for one that was killed', async () => {
    const server = await RedisServer.unstarted();
    stops.push(() => server.remove());
    const { ingest, ids } = memory();
    const streams = consume(server.port, { ingest });
    await until(async () => (await streams.status()).retryCount > 1);
    expect(await streams.status()).toMatchObject({ running: true, consuming: false, lastError: expect.stringContaining('ECONNREFUSED') });
    await server.start();
    await server.add('mesh:trace', spansOf(0, 10));
    await until(() => ids().length === 10);
    await server.kill();
    await until(async () => (await streams.status()).connectionState !== 'connected');
    await server.start();
    await server.add('mesh:trace', spansOf(10, 10));
    await until(() => ids().length === 20);
    expect(sorted(ids())).toEqual(range(0, 20));
    await until(async () => (await pending(server)) === 0);
    expect(streams.lines.filter((line) => line.includes('again'))).not.toEqual([]);
  });

  it('reads every entry once when Redis is killed under load', async () => {
    const server = await redis();
    const { ingest, origins, spans } = memory();
    consume(server.port, {
      ingest,
      batchSize: 10,
      storedOrigins: async (asked) => new Set(asked.filter((origin) => origins().has(origin))),
    });
    for (let round = 0; round < 3; round++) {
      await server.add('mesh:trace', spansOf(round * 1000, 1000));
      await sleep(20);
      await server.kill();
      await server.start();
    }
    await until(() => origins().size === 3000);
    await until(async () => (await pending(server)) === 0);
    expect(spans().length).toBe(3000);
  });

  it('shares the work between two processes', async () => {
    const server = await redis();
    const [one, two] = [memory(), memory()];
    consume(server.port, { ingest: one.ingest, batchSize: 10 });
    consume(server.port, { ingest: two.ingest, batchSize: 10, consumer: 'two' });
    for (let at = 0; at < 40; at++) await server.add('mesh:trace', spansOf(at * 50, 50));
    await until(() => one.ids().length + two.ids().length === 2000);
    expect(sorted([...one.ids(), ...two.ids()])).toEqual(range(0, 2000));
    expect(Math.min(one.ids().length, two.ids().length)).toBeGreaterThan(0);
  });

  it('keeps what the journal refuses, reads no more, and goes on', async () => {
    const server = await redis();
    await server.add('mesh:trace', spansOf(0, 30_000));
    let full = true;
    const { ingest, ids } = memory(() => (full ? new AppError('journal_full', 'the journal is full') : undefined));
    const streams = consume(server.port, { ingest });
    await until(async () => (await streams.status()).streams[0]?.heldBack === true);
    await sleep(300);
    const status = await streams.status();
    expect(status).toMatchObject({ consuming: false, lastError: 'the journal is full' });
    expect(status.streams[0]?.held).toBeLessThan(10_000);
    expect(await pending(server)).toBe(status.streams[0]?.held);
    full = false;
    await until(() => ids().length === 30_000);
    expect(sorted(ids())).toEqual(range(0, 30_000));
  });

  it('reads entries of 10 MB, and keeps one that is too large to be read from stopping the others', async () => {
    const server = await redis(['--appendonly', 'no']);
    for (let at = 0; at < 5; at++) {
      await server.add('mesh:trace', [{ ...spanOf(at), big: 'ä'.repeat((at === 2 ? 40 : 5) * 1024 ** 2) }]);
    }
    const { ingest, ids, letters, spans } = memory();
    const streams = consume(server.port, { ingest });
    await until(() => ids().length === 4);
    await until(async () => (await pending(server)) === 0);
    expect(sorted(ids())).toEqual([0, 1, 3, 4]);
    expect(spans()[0]?.attributes.length).toBe(5 * 1024 ** 2 + '{"big":""}'.length);
    expect(letters()).toMatchObject([{ reason: expect.stringContaining('larger than 67108864 bytes') }]);
    expect(await streams.status()).toMatchObject({ retryCount: 0, lastError: undefined });
  });

  it('gives back what it could not store when it is closed', async () => {
    const server = await redis();
    await server.add('mesh:trace', spansOf(0, 10));
    const refusing = memory(() => new AppError('disk_full', 'the disk is full'));
    const first = consume(server.port, { ingest: refusing.ingest });
    await until(async () => (await first.status()).streams[0]?.heldBack === true);
    await first.close();
    expect((await first.status()).running).toBe(false);
    expect(await pending(server)).toBe(10);
    const { ingest, ids } = memory();
    consume(server.port, { ingest });
    await until(() => ids().length === 10);
  });

  it('uses a password, and shows it nowhere', async () => {
    const server = await redis(['--requirepass', 'se/cr@t'], { ...plain, password: 'se/cr@t' });
    await server.add('mesh:trace', [spanOf(1)]);
    const { ingest, ids } = memory();
    const good = consume(server.port, { ingest, url: `redis://:se%2Fcr@t@127.0.0.1:${server.port}` });
    const bad = consume(server.port, { ingest, url: `redis://default:wrong-one@127.0.0.1:${server.port}`, consumer: 'two' });
    await until(() => ids().length === 1);
    await until(async () => (await bad.status()).lastError !== undefined);
    expect((await bad.status()).lastError).toContain('WRONGPASS');
    const shown = JSON.stringify([await good.status(), await bad.status(), bad.lines]);
    expect(shown).not.toMatch(/se%2Fcr|se\/cr|wrong-one/);
    expect((await good.status()).url).toBe(`redis://:***@127.0.0.1:${server.port}`);
  });

  it('speaks TLS, and refuses a certificate that nobody vouches for', async () => {
    const folder = (await redis()).folder;
    const { cert, key } = createCertificate(folder);
    const tls = { ...plain, tls: true, certificates: { ca: readFileSync(cert, 'utf8') } };
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no'];
    const server = await redis(files, tls);
    await server.add('mesh:trace', [spanOf(1)]);
    const { ingest, ids } = memory();
    const url = `rediss://127.0.0.1:${server.port}`;
    const refusing = consume(server.port, { ingest, url, consumer: 'two' });
    await until(async () => (await refusing.status()).lastError !== undefined);
    expect((await refusing.status()).lastError).toMatch(/certificate/);
    expect(ids()).toEqual([]);
    consume(server.port, { ingest, url, tlsCa: cert });
    await until(() => ids().length === 1);
  });

  it.each([
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers to nothing', '+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n'],
    ['numbers for everything', ':1\r\n:1\r\n:1\r\n'],
    ['a string that is too long', '$99999999999\r\n'],
    ['a list that is too long', '*999999999\r\n'],
    ['a length that is no number', '$abc\r\nx\r\n'],
    ['a line that does not end', `+${'x'.repeat(100_000)}`],
    ['bytes', Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) & 255))],
    ['nothing and goes', ''],
  ])('survives a server that answers %s', async (_, junk) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(junk));
      if (junk === '') socket.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(async () => server.close());
    const { ingest, spans } = memory();
    const streams = consume((server.address() as AddressInfo).port, { ingest });
    await until(() => connections > 6);
    const status = await streams.status();
    expect(status).toMatchObject({ running: true, consuming: false });
    expect(status.lastError).toBeTruthy();
    expect(spans()).toEqual([]);
  });

  it.each([
    ['says nothing', ''],
    ['begins lists without end', '*1\r\n'.repeat(100_000)],
  ])('gives up on a server that %s', async (_, junk) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(junk));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(async () => server.close());
    const streams = consume((server.address() as AddressInfo).port, { ingest: memory().ingest });
    await until(async () => (await streams.status()).lastError === 'Redis does not answer');
  });

  it('refuses a configuration with which it could not work', () => {
    const { ingest } = memory();
    expect(() => consume(1, { ingest, streams: [] })).toThrow(/redis.streams is empty/);
    expect(() => consume(1, { ingest, url: 'http://secret@x' })).toThrow(/redis.url is no Redis URL/);
    expect(() => consume(1, { ingest, tlsCa: '/nowhere.pem' })).toThrow(/redis.tlsCa: \/nowhere.pem cannot be read/);
  });
});
