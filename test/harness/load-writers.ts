import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeMultiStream, encode } from '@msgpack/msgpack';
import type { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';

/**
 * Senders that remember what was acknowledged, and never send a record twice: what became of a record whose answer did not
 * arrive is unknown, and so it may be there once or not at all.
 */
export type Ledger = Readonly<{
  /** Record ids that the server said are on the disk. */
  acknowledged: Set<string>;
  /** Record ids that were sent and not refused; a superset of `acknowledged`. */
  sent: Set<string>;
  /** By document id: the value of the last acknowledged write, and of every later one that was sent. */
  keyed: Map<string, { acknowledged: number; sent: Set<number> }>;
}>;

export const newLedger = (): Ledger => ({ acknowledged: new Set(), sent: new Set(), keyed: new Map() });

export type Target = Readonly<{ url: string; forwardPort: number }>;

let serial = 0;
const nextId = (door: string) => `${door}-${serial++}`;
const record = (id: string) => ({
  timestamp: new Date().toISOString(),
  level: 'INFO',
  msg: `record ${id}`,
  request_id: id,
  crash: { id, n: [1, 2] },
});

type BulkAnswer = { errors: boolean; items: Record<string, { status: number }>[] };

export async function postBulk(url: string, body: string): Promise<BulkAnswer> {
  const response = await fetch(`${url}/_bulk`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body });
  if (!response.ok) throw new Error(`bulk: ${response.status} ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as BulkAnswer;
}

/** Bulk requests with automatic ids, one after the other, until `signal` or the first failure. */
export async function writeBulks({ url }: Target, ledger: Ledger, size: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const ids = Array.from({ length: size }, () => nextId('bulk'));
    for (const id of ids) ledger.sent.add(id);
    const body = ids.map((id) => `{"create":{"_index":"crash"}}\n${JSON.stringify(record(id))}\n`).join('');
    const { items } = await postBulk(url, body);
    for (const [position, item] of items.entries()) {
      const id = ids[position] as string;
      if (item.create?.status === 201) ledger.acknowledged.add(id);
      else ledger.sent.delete(id);
    }
  }
}

/** Overwrites a few documents with explicit ids again and again, each value larger than the one before. */
export async function writeKeyed({ url }: Target, ledger: Ledger, keys: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const values = keys.map((key) => [key, serial++] as const);
    for (const [key, value] of values) {
      const state = ledger.keyed.get(key) ?? { acknowledged: -1, sent: new Set() };
      state.sent.add(value);
      ledger.keyed.set(key, state);
    }
    const body = values
      .map(
        ([key, value]) =>
          `{"index":{"_index":"keyed","_id":"${key}"}}\n${JSON.stringify({ msg: `value ${value}`, metrics: { count: value } })}\n`,
      )
      .join('');
    const { items } = await postBulk(url, body);
    for (const [position, [key, value]] of values.entries()) {
      const status = items[position]?.index?.status ?? 0;
      const state = ledger.keyed.get(key) as { acknowledged: number; sent: Set<number> };
      if (status !== 200 && status !== 201) state.sent.delete(value);
      else ledger.keyed.set(key, { acknowledged: value, sent: new Set() });
    }
  }
}

/** Fluent Forward's Forward mode with `chunk`, one connection; acknowledged are the chunks that come back. */
export async function writeForward({ forwardPort }: Target, ledger: Ledger, size: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: forwardPort });
  signal.addEventListener('abort', () => socket.destroy());
  const acks = decodeMultiStream(socket)[Symbol.asyncIterator]();
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject).once('close', reject));
  while (!signal.aborted && !socket.destroyed) {
    const ids = Array.from({ length: size }, () => nextId('forward'));
    for (const id of ids) ledger.sent.add(id);
    const chunk = nextId('chunk');
    const seconds = Math.floor(Date.now() / 1000);
    send(socket, ['agents.crash', ids.map((id) => [seconds, record(id)]), { chunk }]);
    const { value, done } = await acks.next();
    if (done) return;
    if ((value as { ack?: string }).ack !== chunk) throw new Error(`forward: expected ack of ${chunk}, got ${JSON.stringify(value)}`);
    for (const id of ids) ledger.acknowledged.add(id);
  }
}

/** Publishes spans as agents do, which nobody acknowledges: what fails while Redis is away is dropped. */
export async function writeEntries(redis: RedisServer, stream: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const now = (Date.now() / 1000).toFixed(6);
    const entry = () => ({ trace_id: nextId('trace'), span_id: nextId('span'), function_name: 'work', start_time: now, end_time: now });
    await redis.add(stream, Array.from({ length: 50 }, entry)).catch(() => sleep(20));
    // More only makes more of the same small segments, which are loaded one by one at the end.
    await sleep(10);
  }
}

const send = (socket: Socket, message: unknown) => socket.write(encode(message));
