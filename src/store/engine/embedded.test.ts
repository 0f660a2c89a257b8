import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from './embedded.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-engine-'));
const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** In the only session that there is. */
const next = () => engine.select(`SELECT 'next' AS answer`);

describe('what a statement has printed before it failed', () => {
  it('is not in the next answer: an error in the middle', async () => {
    const late = 'SELECT number, throwIf(number = 900) AS failed FROM numbers(1000) SETTINGS max_block_size = 10';
    await expect(engine.select(late)).rejects.toMatchObject({ code: 'store_failed' });
    expect(await next()).toEqual([{ answer: 'next' }]);
  });

  it('is not in the next answer: too long', async () => {
    const slow = 'SELECT number, sleepEachRow(0.01) FROM numbers(10000) SETTINGS max_block_size = 5';
    await expect(engine.select(slow, { timeoutMillis: 200 })).rejects.toMatchObject({ code: 'query_too_expensive' });
    expect(await next()).toEqual([{ answer: 'next' }]);
    expect(await engine.selectColumns(`SELECT 'next' AS answer`)).toEqual({ answer: ['next'] });
  });

  it('is not in the next answer: nobody wants it any more', async () => {
    for (let times = 0; times < 40; times++) {
      const abort = new AbortController();
      const rows = engine.select('SELECT number, sleepEachRow(0.001) FROM numbers(100) SETTINGS max_block_size = 2', {
        signal: abort.signal,
      });
      setTimeout(() => abort.abort(new Error('gone')), times * 3);
      await rows.catch((error: Error) => expect(error.message).toBe('gone'));
      expect(await next()).toEqual([{ answer: 'next' }]);
    }
  });
});
