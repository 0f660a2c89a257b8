import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeMulti, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { AppError, type ErrorCode } from '../../lib/errors.ts';
import type { LogBatch } from '../../model/ingest.ts';
import type { ForwardOptions } from './forward-options.ts';
import { type FluentForward, startFluentForward } from './start-fluent-forward.ts';

type Call = { batch: LogBatch; documents: Record<string, unknown>[]; resolve: () => void; reject: (code: ErrorCode) => void };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A source whose `ingest` waits for the test when `isHeld`. */
async function start(options: Partial<ForwardOptions> = {}, isHeld = false) {
  const calls: Call[] = [];
  const errors: string[] = [];
  const source = await startFluentForward({
    host: '127.0.0.1',
    port: 0,
    index: 'logs',
    selfHostname: 'server',
    retryMillis: 5,
    onError: (line) => errors.push(line),
    ingest: (batch) =>
      new Promise((resolve, reject) => {
        const call = {
          batch,
          documents: batch.documents.map((document) => JSON.parse(Buffer.from(document).toString()) as Record<string, unknown>),
          resolve: () => resolve({ accepted: batch.documents.length, deadLettered: batch.deadLetters?.length ?? 0 }),
          reject: (code: ErrorCode) => reject(new AppError(code, code)),
        };
        calls.push(call);
        if (!isHeld) call.resolve();
      }),
    ...options,
  });
  cleanups.push(() => {
    for (const call of calls) call.resolve();
    return source.close();
  });
  const documents = () => calls.flatMap((call) => call.documents);
  return { source, calls, errors, documents };
}

type Peer = { socket: Socket; answers: () => unknown[]; send: (...values: unknown[]) => void; closed: Promise<unknown> };

async function open(source: FluentForward): Promise<Peer> {
  const socket = connect({ port: source.port, host: '127.0.0.1', allowHalfOpen: true });
  const pieces: Buffer[] = [];
  socket.on('data', (piece) => pieces.push(piece as Buffer));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('end', () => resolve(socket.destroy())).on('close', resolve));
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  const send = (...values: unknown[]) => void socket.write(Buffer.concat(values.map((value) => encode(value))));
  return { socket, answers: () => [...decodeMulti(Buffer.concat(pieces))], send, closed };
}

const event = (n: number, chunk?: string) => ['app', 1_795_168_800, { n }, ...(chunk === undefined ? [] : [{ chunk }])];
const settle = (millis = 60) => new Promise((resolve) => setTimeout(resolve, millis));
const numbers = (documents: Record<string, unknown>[]) => documents.map((document) => document.n);

describe('acknowledgements', () => {
  it('go out only when the journal has the records', async () => {
    const { source, calls } = await start({}, true);
    const peer = await open(source);
    peer.send(event(1, 'one'));
    await expect.poll(() => calls.length).toBe(1);
    await settle();
    expect(peer.answers()).toEqual([]);
    calls[0]?.resolve();
    await expect.poll(peer.answers).toEqual([{ ack: 'one' }]);
    expect(calls[0]?.batch).toMatchObject({ source: 'fluent-forward', index: 'logs' });
  });

  it('keep the order of the messages, though the journal does not', async () => {
    const { source, calls } = await start({}, true);
    const peer = await open(source);
    for (const n of [0, 1, 2]) {
      peer.send(event(n, `c${n}`));
      await expect.poll(() => calls.length).toBe(n + 1);
    }
    calls[2]?.resolve();
    calls[1]?.resolve();
    await settle();
    expect(peer.answers()).toEqual([]);
    calls[0]?.resolve();
    await expect.poll(peer.answers).toEqual([{ ack: 'c0' }, { ack: 'c1' }, { ack: 'c2' }]);
  });

  it('come for many small messages from few calls', async () => {
    const { source, calls, documents } = await start();
    const peer = await open(source);
    peer.send(['app', [], { chunk: 'empty' }]);
    await expect.poll(peer.answers).toEqual([{ ack: 'empty' }]);
    peer.send(...Array.from({ length: 500 }, (_, n) => event(n, `c${n}`)));
    await expect.poll(() => peer.answers().length).toBe(501);
    expect(peer.answers().slice(1)).toEqual(Array.from({ length: 500 }, (_, n) => ({ ack: `c${n}` })));
    expect(numbers(documents())).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(calls.length).toBeLessThan(10);
  });

  it('come after the sender has ended its side', async () => {
    const { source } = await start();
    const peer = await open(source);
    peer.send(event(1, 'last'));
    peer.socket.end();
    await peer.closed;
    expect(peer.answers()).toEqual([{ ack: 'last' }]);
  });

  it('come for a message of many megabytes, which reaches the journal in parts', async () => {
    const { source, calls, documents } = await start();
    const peer = await open(source);
    const records = Array.from({ length: 20_000 }, (_, n) => [1, { n, text: 'x'.repeat(400) }]);
    peer.send(['app', Buffer.concat(records.map((record) => encode(record))), { chunk: 'big' }]);
    await expect.poll(peer.answers, { timeout: 20_000 }).toEqual([{ ack: 'big' }]);
    expect(documents()).toHaveLength(20_000);
    expect(calls.length).toBeGreaterThan(3);
    await expect.poll(() => source.stats().bufferedBytes).toBe(0);
  });
});

describe('back-pressure', () => {
  it.each(['journal_full', 'disk_full'] as const)('holds the acknowledgement and stops reading on %s, then goes on', async (code) => {
    const { source, calls } = await start({}, true);
    const peer = await open(source);
    peer.send(event(1, 'one'));
    await expect.poll(() => calls.length).toBe(1);
    for (let refusal = 0; refusal < 3; refusal++) {
      calls[refusal]?.reject(code);
      await expect.poll(() => calls.length).toBe(refusal + 2);
    }
    expect(calls.map((call) => numbers(call.documents))).toEqual([[1], [1], [1], [1]]);
    expect(peer.answers()).toEqual([]);
    calls[3]?.resolve();
    await expect.poll(peer.answers).toEqual([{ ack: 'one' }]);
    peer.send(event(2, 'two'));
    await expect.poll(() => calls.length).toBe(5);
    calls[4]?.resolve();
    await expect.poll(peer.answers).toEqual([{ ack: 'one' }, { ack: 'two' }]);
    expect(source.stats()).toMatchObject({ retries: 3, accepted: 2, received: 2, lost: 0 });
  });

  it('leaves with the kernel what a sender writes while the journal is full', async () => {
    const { source } = await start({ retryMillis: 5000, ingest: () => Promise.reject(new AppError('journal_full', 'full')) });
    const peer = await open(source);
    peer.send(event(1, 'one'));
    await expect.poll(() => source.stats().retries).toBe(1);
    const before = source.stats().bytesReceived;
    for (let n = 0; n < 200; n++) peer.send(['app', 1, { text: 'x'.repeat(100_000) }]);
    await settle(300);
    expect(source.stats().bytesReceived - before).toBeLessThanOrEqual(65_536);
    expect(peer.socket.writableLength).toBeGreaterThan(1_000_000);
  });

  it('reads on only while the bytes under way are below the limit', async () => {
    const { source, calls } = await start({ maxInFlightBytes: 100_000 }, true);
    const peer = await open(source);
    for (let n = 0; n < 100; n++) peer.send(['app', 1, { n, text: 'x'.repeat(10_000) }, { chunk: `c${n}` }]);
    await settle(200);
    expect(source.stats().bufferedBytes).toBeLessThan(400_000);
    const release = setInterval(() => {
      for (const call of calls) call.resolve();
    }, 5);
    cleanups.push(() => clearInterval(release));
    await expect.poll(() => peer.answers().length, { timeout: 10_000 }).toBe(100);
  });

  it('keeps records that nobody will send again, also when their sender has gone', async () => {
    const { source, calls } = await start({}, true);
    const peer = await open(source);
    peer.send(event(1));
    await expect.poll(() => calls.length).toBe(1);
    peer.socket.destroy();
    for (let refusal = 0; refusal < 3; refusal++) {
      calls[refusal]?.reject('disk_full');
      await expect.poll(() => calls.length).toBe(refusal + 2);
    }
    calls[3]?.resolve();
    await expect.poll(() => source.stats()).toMatchObject({ accepted: 1, connections: 0, lost: 0 });
  });

  it('closes the connection without acknowledgement when the journal refuses for good', async () => {
    const { source, calls, errors } = await start({}, true);
    const peer = await open(source);
    peer.send(event(1, 'one'));
    await expect.poll(() => calls.length).toBe(1);
    calls[0]?.reject('bad_request');
    await peer.closed;
    expect(peer.answers()).toEqual([]);
    expect(errors).toEqual([expect.stringMatching(/^fluent-forward: 127\.0\.0\.1:\d+: records were refused: bad_request$/)]);
  });

  it('lets connections finish their messages though all together want more than the budget', async () => {
    const { source, documents } = await start({ maxBufferedBytes: 500_000 });
    const peers = await Promise.all(Array.from({ length: 8 }, () => open(source)));
    const big = Buffer.from(encode(['app', 1, { text: 'x'.repeat(400_000) }, { chunk: 'c' }]));
    for (let from = 0; from < big.length; from += 50_000) {
      for (const peer of peers) peer.socket.write(big.subarray(from, from + 50_000));
      await settle(5);
    }
    for (const peer of peers) await expect.poll(peer.answers, { timeout: 10_000 }).toEqual([{ ack: 'c' }]);
    expect(documents()).toHaveLength(8);
  });
});

describe('wrong streams', () => {
  it('are closed with one line, and others live on', async () => {
    const { source, errors, documents } = await start();
    const [good, bad] = [await open(source), await open(source)];
    good.send(event(1, 'before'));
    bad.send(event(2, 'mine'));
    bad.socket.write('GET / HTTP/1.1\r\n\r\n');
    await bad.closed;
    good.send(event(3, 'after'));
    await expect.poll(good.answers).toEqual([{ ack: 'before' }, { ack: 'after' }]);
    expect(bad.answers()).toEqual([{ ack: 'mine' }]);
    expect(numbers(documents()).sort()).toEqual([1, 2, 3]);
    const offset = encode(event(2, 'mine')).length;
    expect(errors).toEqual([
      expect.stringMatching(new RegExp(`malformed at byte ${offset}: expected a MessagePack array, got a value of kind integer`)),
    ]);
    expect(source.stats().malformedConnections).toBe(1);
  });

  it('keep what came whole, cut off at each byte', async () => {
    const { source, errors, documents } = await start();
    const bytes = Buffer.from(encode(['app', [[1, { n: 2, text: 'x'.repeat(40), list: [1.5, null] }]], { chunk: 'c2' }]));
    for (let cut = 0; cut < bytes.length; cut++) {
      const peer = await open(source);
      peer.send(event(1, 'c1'));
      peer.socket.end(bytes.subarray(0, cut));
      await peer.closed;
      expect(peer.answers()).toEqual([{ ack: 'c1' }]);
    }
    expect(numbers(documents())).toEqual(Array.from({ length: bytes.length }, () => 1));
    expect(errors).toHaveLength(bytes.length - 1);
    expect(errors.every((line) => line.includes('ended in the middle of a message'))).toBe(true);
    await expect.poll(() => source.stats()).toMatchObject({ connections: 0, bufferedBytes: 0 });
  });

  it('never harm the source, whatever they are', async () => {
    const { source } = await start();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), async (pieces) => {
        const peer = await open(source);
        for (const piece of pieces) peer.socket.write(piece);
        peer.socket.end();
        await peer.closed;
      }),
      randomCases(150),
    );
    const peer = await open(source);
    peer.send(event(1, 'alive'));
    await expect.poll(peer.answers).toEqual([{ ack: 'alive' }]);
  });

  it('that stop in the middle of a message are closed in time, and idle ones are not', async () => {
    const { source, errors } = await start({ stallTimeoutMillis: 100 });
    const [idle, stalled] = [await open(source), await open(source)];
    stalled.socket.write(Buffer.from([0x93, 0xa3, 0x61]));
    await stalled.closed;
    expect(errors[0]).toContain('the rest of a message did not come');
    idle.send(null, event(1, 'idle'));
    await expect.poll(idle.answers).toEqual([{ ack: 'idle' }]);
  });
});

describe('handshake', () => {
  const sha512 = (...parts: (string | Uint8Array)[]) =>
    createHash('sha512')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest('hex');

  async function greeted(source: FluentForward) {
    const peer = await open(source);
    await expect.poll(() => peer.answers().length).toBe(1);
    const [, { nonce }] = peer.answers()[0] as [string, { nonce: Uint8Array }];
    const ping = (key: string) => ['PING', 'client', 'salt', sha512('salt', 'client', nonce, key), '', ''];
    return { peer, nonce, ping };
  }

  it('lets a peer in that knows the key', async () => {
    const { source } = await start({ sharedKey: 'key' });
    const { peer, nonce, ping } = await greeted(source);
    const large = { text: 'x'.repeat(100_000) };
    peer.send(ping('key'), ['app', 1, large, { chunk: 'in' }]);
    await expect
      .poll(() => peer.answers().slice(1))
      .toEqual([['PONG', true, '', 'server', sha512('salt', 'server', nonce, 'key')], { ack: 'in' }]);
  });

  it('closes on one that does not, and reads nothing behind it', async () => {
    const { source, calls, errors } = await start({ sharedKey: 'key' });
    const { peer, ping } = await greeted(source);
    peer.send(ping('guess'), event(2, 'behind'));
    await peer.closed;
    expect(peer.answers().slice(1)).toEqual([['PONG', false, 'shared_key mismatch', '', '']]);
    expect(calls).toEqual([]);
    expect(errors).toEqual([expect.stringContaining('handshake refused: shared_key mismatch')]);
    expect(source.stats().handshakesFailed).toBe(1);
  });

  it('refuses a PING that was overheard', async () => {
    const { source } = await start({ sharedKey: 'key' });
    const [first, second] = [await greeted(source), await greeted(source)];
    second.peer.send(first.ping('key'));
    await second.peer.closed;
    expect(second.peer.answers()[1]).toEqual(['PONG', false, 'shared_key mismatch', '', '']);
  });

  it('gives a stranger neither time nor memory', async () => {
    const { source, errors } = await start({ sharedKey: 'key', stallTimeoutMillis: 100 });
    const [silent, large] = [await open(source), await open(source)];
    large.socket.write(Buffer.from('dbffffffff', 'hex'));
    await Promise.all([silent.closed, large.closed]);
    expect(errors.join()).toMatch(/over the limit of 16384/);
    expect(errors.join()).toMatch(/no handshake within the time limit/);
  });

  it('is not switched off by users without a key', async () => {
    await expect(start({ users: [{ username: 'a', password: 'b' }] })).rejects.toMatchObject({ code: 'bad_config' });
  });
});

describe('life of the source', () => {
  it('answers heartbeats over UDP on the same port', async () => {
    const { source } = await start();
    const udp = createSocket('udp4');
    cleanups.push(() => udp.close());
    udp.send(Buffer.from([0]), source.port, '127.0.0.1');
    const [answer] = (await once(udp, 'message')) as [Buffer];
    expect([...answer]).toEqual([0]);
    expect(source.stats().heartbeats).toBe(1);
  });

  it('tolerates heartbeats over TCP', async () => {
    const { source, errors } = await start();
    const peer = await open(source);
    peer.socket.end();
    await peer.closed;
    expect(errors).toEqual([]);
  });

  it('names the port that is taken', async () => {
    const { source } = await start();
    await expect(start({ port: source.port })).rejects.toMatchObject({ code: 'port_taken' });
  });

  it('refuses connections over the limit, and takes new ones when old ones have gone', async () => {
    const { source } = await start({ maxConnections: 1 });
    const first = await open(source);
    const second = await open(source);
    await second.closed;
    first.socket.end();
    await first.closed;
    const third = await open(source);
    third.send(event(1, 'in'));
    await expect.poll(third.answers).toEqual([{ ack: 'in' }]);
    expect(source.stats()).toMatchObject({ connections: 1, connectionsAccepted: 2, connectionsRefused: 1 });
  });

  it('closes when what is under way is in the journal and acknowledged', async () => {
    const { source, calls } = await start({}, true);
    const peer = await open(source);
    peer.send(event(1, 'one'));
    await expect.poll(() => calls.length).toBe(1);
    const closed = source.close().then(() => 'closed');
    await settle();
    expect(await Promise.race([closed, 'open'])).toBe('open');
    calls[0]?.resolve();
    await peer.closed;
    expect(peer.answers()).toEqual([{ ack: 'one' }]);
    expect(await closed).toBe('closed');
  });

  it('closes though the journal stays full, and says what it gives up', async () => {
    const { source } = await start({ retryMillis: 60_000, ingest: () => Promise.reject(new AppError('journal_full', 'full')) });
    const [kept, lost] = [await open(source), await open(source)];
    kept.send(event(1, 'kept by its sender'));
    lost.send(event(2));
    await expect.poll(() => source.stats().retries).toBe(2);
    await source.close();
    expect(kept.answers()).toEqual([]);
    expect(source.stats()).toMatchObject({ lost: 1, accepted: 0, connections: 0 });
  });
});
