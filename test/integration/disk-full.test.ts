import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';
import { mountSmallDisk, type SmallDisk } from '../harness/small-disk.ts';

const mebibyte = 1024 ** 2;
const padding = 'x'.repeat(400);

const disks: SmallDisk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.unmount();
});

function mount(bytes: number, at?: string): SmallDisk | undefined {
  const disk = mountSmallDisk(bytes, at);
  if (disk) disks.push(disk);
  return disk;
}

type Answer = { status: number; retryAfter: string | null; text: string };

async function post(url: string, path: string, body: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
}

let serial = 0;
const acknowledged = new Set<string>();

/** One bulk request; what was acknowledged is remembered. Returns the item statuses. */
async function bulk(url: string, records: number): Promise<number[]> {
  const ids = Array.from({ length: records }, () => `r${serial++}`);
  const body = ids
    .map((id) => `{"create":{"_index":"disk"}}\n${JSON.stringify({ msg: id + Math.random() + padding, request_id: id })}\n`)
    .join('');
  const { status, text } = await post(url, '/_bulk', body);
  expect(status, text).toBe(200);
  const { items } = JSON.parse(text) as { items: { create: { status: number; error?: { type: string } } }[] };
  for (const [position, { create }] of items.entries()) if (create.status === 201) acknowledged.add(ids[position] as string);
  return items.map(({ create }) => create.status);
}

async function count(url: string): Promise<number> {
  const { status, text } = await post(url, '/disk/_count', '{}');
  expect(status, text).toBe(200);
  return (JSON.parse(text) as { count: number }).count;
}

/** Sends one Forward message and tells whether it was acknowledged within a second. */
async function forwardAcknowledges(server: ServerProcess): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: server.forwardPort });
  let answered = false;
  socket.on('data', () => {
    answered = true;
  });
  socket.on('error', () => undefined);
  socket.write(encode(['disk.forward', [[Math.floor(Date.now() / 1000), { msg: 'forward' }]], { chunk: 'c1' }]));
  await sleep(1000);
  socket.destroy();
  return answered;
}

const allFound = (server: ServerProcess) =>
  eventually('every acknowledged record is found', async () => (await count(server.url)) >= acknowledged.size, 60_000);

/** By a document that is larger than what a full journal has left. */
async function expectRefusals(server: ServerProcess): Promise<void> {
  const { status, retryAfter, text } = await post(server.url, '/disk/_doc', JSON.stringify({ msg: 'x'.repeat(300_000) }));
  expect(status, text).toBe(429);
  expect(retryAfter).toMatch(/^\d+$/);
  expect(JSON.parse(text)).toMatchObject({ error: { type: expect.any(String), reason: expect.any(String) }, status: 429 });
}

describe('a full disk', () => {
  it('under journal and store refuses writes, answers reads, and is over when there is room', { timeout: 180_000 }, async () => {
    const disk = mount(96 * mebibyte);
    if (!disk) return;
    acknowledged.clear();
    const flags = ['--store.maxDiskBytes', '1GiB'];
    const server = await startServer({ data: disk.folder, flags });
    expect(await bulk(server.url, 500)).toEqual(new Array(500).fill(201));
    await allFound(server);

    disk.fill();
    const statuses = await eventually('writes are refused', async () => {
      disk.fill();
      const found = await bulk(server.url, 500);
      return found.every((status) => status === 429) && found;
    });
    expect(new Set(statuses)).toEqual(new Set([429]));
    await expectRefusals(server);
    expect(await forwardAcknowledges(server)).toBe(false);
    expect(await count(server.url)).toBeGreaterThanOrEqual(500);

    // A crash at the worst moment: what comes back must start, answer and keep everything too.
    await server.kill();
    const again = await startServer({ data: disk.folder, flags });
    expect(await count(again.url)).toBeGreaterThanOrEqual(500);
    await expectRefusals(again);

    disk.clear();
    await eventually('writes are taken again', async () => (await bulk(again.url, 100)).every((status) => status === 201));
    await allFound(again);
    expect(await count(again.url)).toBe(acknowledged.size);
    expect(await again.stop(), again.stderr()).toBe(0);
  });

  it('under the store alone lets the journal fill up to its budget, and loads it when there is room', { timeout: 180_000 }, async () => {
    const data = temporaryData();
    mkdirSync(join(data, 'store'));
    const disk = mount(64 * mebibyte, join(data, 'store'));
    if (!disk) return;
    acknowledged.clear();
    const server = await startServer({ data, flags: ['--journal.maxBytes', '4MiB', '--store.maxDiskBytes', '1GiB'] });
    try {
      await bulk(server.url, 100);
      await allFound(server);
      disk.fill();
      const before = acknowledged.size;
      await eventually('the journal is full', async () => {
        disk.fill();
        return (await bulk(server.url, 500)).every((status) => status === 429);
      });
      expect(acknowledged.size - before, 'records that waited in the journal').toBeGreaterThan(1000);
      await expectRefusals(server);
      expect(await count(server.url)).toBeGreaterThanOrEqual(100);
      expect(server.stderr()).toMatch(/waits in the journal/);

      disk.clear();
      await allFound(server);
      expect((await bulk(server.url, 10)).every((status) => status === 201)).toBe(true);
      await allFound(server);
      expect(await count(server.url)).toBe(acknowledged.size);
      expect(server.stderr()).toMatch(/takes segments again/);

      disk.fill();
      while (disk.freeBytes() > 0) disk.fill();
      expect((await bulk(server.url, 1000)).every((status) => status === 201)).toBe(true);
      await sleep(500);
      expect(await server.stop(), server.stderr()).toBe(0);
      disk.clear();
      const again = await startServer({ data });
      await allFound(again);
      expect(await count(again.url)).toBe(acknowledged.size);
      await again.stop();
    } finally {
      await server.kill();
    }
  });
});
