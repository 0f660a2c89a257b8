import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';
import { mountSmallDisk, type SmallDisk } from '../harness/small-disk.ts';

const mebibyte = 1024 ** 2;
const flags = ['--store.maxDiskBytes', '1GiB'];

const disks: SmallDisk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.unmount();
});

function mount(bytes: number): SmallDisk | undefined {
  const disk = mountSmallDisk(bytes);
  if (disk) disks.push(disk);
  return disk;
}

async function ask({ url }: ServerProcess, method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(20_000);
  const response = await fetch(url + path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

/** Documents that hardly get smaller in the store. */
const documents = (index: string, records: number) =>
  Array.from({ length: records }, () => `{"create":{"_index":"${index}"}}\n{"msg":"${randomBytes(400).toString('base64')}"}\n`).join('');

/** Statuses of the items. */
async function bulk(server: ServerProcess, body: string): Promise<ReadonlySet<number>> {
  const { status, text } = await ask(server, 'POST', '/_bulk', body);
  expect(status, text).toBe(200);
  return new Set((JSON.parse(text) as { items: { create: { status: number } }[] }).items.map(({ create }) => create.status));
}

async function count(server: ServerProcess, index: string): Promise<number> {
  const { status, text } = await ask(server, 'GET', `/${index}/_count`);
  return status === 404 ? 0 : (JSON.parse(text) as { count: number }).count;
}

/** That it really takes. */
const ballastBytes = ({ folder }: SmallDisk): number =>
  (statSync(join(folder, 'store/ballast'), { throwIfNoEntry: false })?.blocks ?? 0) * 512;

/** Until nothing is written any more: merges give some room back. */
async function fill(disk: SmallDisk, server: ServerProcess): Promise<void> {
  await eventually('writes are refused', async () => {
    disk.fill();
    return (await bulk(server, documents('late', 50))).has(429) && disk.freeBytes() < mebibyte;
  });
}

describe('on a full disk', () => {
  it.each(['apart', 'among others'])(
    'indices whose records lie %s are deleted, which gives room back, whatever waits',
    { timeout: 180_000 },
    async (place) => {
      const disk = mount(128 * mebibyte);
      if (!disk) return;
      const server = await startServer({ data: disk.folder, flags });
      for (let request = 0; request < 10; request++) expect(await bulk(server, documents('big', 3000))).toEqual(new Set([201]));
      await ask(server, 'POST', '/big/_forcemerge');
      expect(await bulk(server, documents('small', 1000) + documents('other', 1000))).toEqual(new Set([201]));
      await ask(server, 'POST', '/_refresh');
      if (place === 'among others') await ask(server, 'POST', '/_forcemerge');

      await fill(disk, server);
      // Their records may lie among others, and then the engine would wait for as much room as its largest part takes.
      for (const index of ['small', 'big']) {
        expect(await ask(server, 'DELETE', `/${index}`)).toEqual({ status: 200, text: '{"acknowledged":true}' });
        expect(await count(server, index)).toBe(0);
      }
      expect(await count(server, 'other')).toBe(1000);
      // By now there is nothing that shares a part with what stays.
      expect((await ask(server, 'DELETE', '/_all')).status).toBe(200);
      await eventually('the room of the records is free', async () => disk.freeBytes() > 20 * mebibyte);
      await eventually('writes are taken again', async () => !(await bulk(server, documents('other', 1))).has(429));
      await eventually('the ballast is there again', async () => ballastBytes(disk) === 8 * mebibyte);
      expect(server.stderr()).toMatch(/is full; what was kept free for deletions.*\n(?:.*\n)*?.*has room again/);
      await ask(server, 'POST', '/_refresh');
      const others = await count(server, 'other');
      expect(others).toBeGreaterThan(0);

      await server.kill();
      const again = await startServer({ data: disk.folder, flags });
      expect(await count(again, 'other')).toBe(others);
      for (const index of ['small', 'big']) {
        expect(await count(again, index)).toBe(0);
        expect(await bulk(again, documents(index, 3))).toEqual(new Set([201]));
        await ask(again, 'POST', '/_refresh');
        expect(await count(again, index), 'of the old ones none is back').toBe(3);
      }
      expect(await again.stop(), again.stderr()).toBe(0);
    },
  );

  it('records are deleted by query; what it leaves free is for deletions until there is room', { timeout: 180_000 }, async () => {
    const disk = mount(96 * mebibyte);
    if (!disk) return;
    const server = await startServer({ data: disk.folder, flags });
    expect(await bulk(server, documents('first', 500))).toEqual(new Set([201]));
    await ask(server, 'POST', '/_refresh');
    await eventually('the ballast is there', async () => ballastBytes(disk) === 8 * mebibyte);
    await fill(disk, server);
    const all = '{"query":{"exists":{"field":"msg"}}}';
    const { status, text } = await ask(server, 'POST', '/first/_delete_by_query', all);
    expect([status, JSON.parse(text)], text).toMatchObject([200, { deleted: 500 }]);
    expect(disk.freeBytes()).toBeGreaterThan(mebibyte);
    // A merge may have given room back meanwhile, and then this deletion did not need the ballast: one of the next does.
    for (let turn = 0; ballastBytes(disk) > 0 && turn < 20; turn++) {
      await fill(disk, server);
      await ask(server, 'POST', '/late/_delete_by_query', all);
    }
    expect(ballastBytes(disk)).toBe(0);
    expect(await bulk(server, documents('first', 1))).toEqual(new Set([429]));
    expect((await ask(server, 'DELETE', '/first')).status).toBe(200);

    disk.clear();
    await eventually('writes are taken again', async () => (await bulk(server, documents('first', 1))).has(201));
    await ask(server, 'POST', '/_refresh');
    expect(await count(server, 'first')).toBe(1);
    expect(await server.stop(), server.stderr()).toBe(0);
  });
});
