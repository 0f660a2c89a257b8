import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { type ContentStore, createContentStore } from '../../store/contents/content-store.ts';
import { openEmbeddedEngine } from '../../store/engine/embedded.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { migrate } from '../../store/migrate.ts';
import { applyRetention } from '../../store/retention.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { addContentDoor, contentRoutes } from './content-routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-contents-'));
const passing = join(folder, 'contents');
const maxBytes = 2 * 1024 ** 2;
let engine: Engine;
let store: ContentStore;
let app: FastifyInstance;
let now = Date.parse('2026-11-20T12:00:00Z');
let held = 0;
let busy = false;

beforeAll(async () => {
  engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 2 });
  await migrate(engine);
  store = await createContentStore(engine, passing, () => now);
  app = Fastify({ bodyLimit: 1024 ** 3 });
  const budget = {
    hold(bytes: number) {
      if (busy) throw new AppError('too_busy', 'Too busy.');
      held += bytes;
    },
    release(bytes: number) {
      held -= bytes;
    },
  };
  addContentDoor(app, { ...store, maxBytes, budget });
  addApiRoutes(app, contentRoutes(store));
});
afterAll(async () => {
  await app.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const hash = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
const rows = async () => Number((await engine.select('SELECT count() AS rows FROM contents'))[0]?.rows);

async function put(content: string | Buffer, sha256 = hash(content), headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method: 'PUT',
    url: `/api/contents/${sha256}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload: content,
  });
  return answer.statusCode;
}

const get = (sha256: string) => app.inject({ method: 'GET', url: `/api/contents/${sha256}` });

describe('/api/contents', () => {
  it('stores a content once, however it is sent, and gives back its bytes', async () => {
    const content = JSON.stringify({ text: 'é\u2028\u0000\t\\"\u{1f600}'.repeat(80_000), n: 1.0 });
    expect(Buffer.byteLength(content)).toBeGreaterThan(1024 ** 2);
    const answers = await Promise.all([put(content), put(content), put(gzipSync(content), hash(content), { 'content-encoding': 'gzip' })]);
    expect(answers.toSorted()).toEqual([200, 200, 201]);
    expect(await put(content)).toBe(200);
    expect(await rows()).toBe(1);
    const answer = await get(hash(content));
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(answer.rawPayload.equals(Buffer.from(content))).toBe(true);
    expect([held, readdirSync(passing)]).toEqual([0, []]);
  });

  it.each([
    ['another hash', '{}', hash('[]'), 400, {}],
    ['no hash', '{}', 'x', 400, {}],
    ['a hash in capitals', '{}', hash('{}').toUpperCase(), 400, {}],
    ['a name for a file', '{}', '..%2f..%2fetc%2fpasswd', 400, {}],
    ['nothing', '', undefined, 400, {}],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined, 400, {}],
    ['too much', Buffer.alloc(maxBytes + 1, 0x20), undefined, 413, {}],
    ['a bomb', gzipSync(Buffer.alloc(100 * 1024 ** 2)), hash('x'), 413, { 'content-encoding': 'gzip' }],
    ['damaged gzip', Buffer.from('x'), hash('x'), 400, { 'content-encoding': 'gzip' }],
    ['an encoding that nobody knows', '{}', undefined, 400, { 'content-encoding': 'zstd' }],
  ] as const)('refuses %s and stores nothing', async (_, content, sha256, status, headers) => {
    const before = await rows();
    expect(await put(content, sha256, headers)).toBe(status);
    expect([await rows(), held, readdirSync(passing)]).toEqual([before, 0, []]);
  });

  it('says try later when there is too much at once, and what is not there', async () => {
    busy = true;
    expect(await put('"later"')).toBe(429);
    busy = false;
    expect((await get(hash('"later"'))).statusCode).toBe(404);
    expect((await get("x' OR 1=1 --")).statusCode).toBe(400);
    expect(await put('"later"')).toBe(201);
  });

  it('keeps a content as long as log records of the last day on which it was sent', async () => {
    await engine.command('TRUNCATE TABLE contents');
    expect(await put('"shared"')).toBe(201);
    now += 5 * 86_400_000;
    expect(await put('"shared"')).toBe(201);
    expect(await put('"shared"')).toBe(200);
    await applyRetention(engine, { days: 3, budgetBytes: 1e12, otherBytes: 0 }, new Date(now));
    expect([await rows(), (await get(hash('"shared"'))).statusCode]).toEqual([1, 200]);
    // Today's, when they are what fills the disk.
    await applyRetention(engine, { days: 3, budgetBytes: 1, otherBytes: 0 }, new Date(now));
    expect([await rows(), (await get(hash('"shared"'))).statusCode]).toEqual([0, 404]);
    // And it is taken again.
    expect(await put('"shared"')).toBe(201);
    expect(await rows()).toBe(1);
  });
});
