import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addWebPage } from './add-web-page.ts';

const script = 'console.log("page")';
let folder: string;
let app: FastifyInstance;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshscope-web-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'assets/main-abc.js'), script);
  writeFileSync(join(folder, 'assets/main-abc.js.gz'), gzipSync(script));
  writeFileSync(join(folder, 'secret'), 'no');
  app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });
  addWebPage(app, folder);
  await app.ready();
});

afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ method: 'GET', url, headers });

describe('the web page', () => {
  it.each(['/ui/', '/ui/logs?q=level:ERROR', '/ui/traces/abc/def', '/ui/secret', '/ui/..%2f..%2fetc/passwd'])(
    'is the answer to %s',
    async (url) => {
      const answer = await get(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toContain('<title>page</title>');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.headers['cache-control']).toBe('no-cache');
    },
  );

  it('sends a file compressed to those who take it, for good', async () => {
    const zipped = await get('/ui/assets/main-abc.js', { 'accept-encoding': 'br, gzip' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.rawPayload).toString()).toBe(script);
    expect(zipped.headers['cache-control']).toContain('immutable');
    const plain = await get('/ui/assets/main-abc.js', { 'accept-encoding': 'gzip;q=0' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body).toBe(script);
  });

  it('leads to the address with a slash', async () => {
    expect((await get('/ui')).headers.location).toBe('/ui/');
  });

  it('says that a file is unchanged', async () => {
    const { etag } = (await get('/ui/')).headers;
    expect((await get('/ui/', { 'if-none-match': String(etag) })).statusCode).toBe(304);
  });

  it.each(['/ui/assets/', '/ui/assets/other.js', '/ui/assets/main-abc.js.gz'])('has no %s', async (url) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error.code).toBe('not_found');
  });

  it('says so when the page was not built', async () => {
    const bare = Fastify();
    addWebPage(bare, join(folder, 'missing'));
    expect((await bare.inject('/ui/')).json().error.message).toContain('npm run build');
    await bare.close();
  });
});
