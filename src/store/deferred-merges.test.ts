import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeferredMerges } from './deferred-merges.ts';
import { openEmbeddedEngine } from './engine/embedded.ts';
import type { Engine } from './engine/engine.ts';
import { migrate } from './migrate.ts';

describe('deferred merges', () => {
  let folder: string;
  let engine: Engine;
  const troubles: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshscope-merges-'));
    engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * 1024 ** 2, loaders: 1, readers: 1 });
    await migrate(engine);
    troubles.length = 0;
  });

  afterEach(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function base(): Promise<string | undefined> {
    const [row] = await engine.select(
      `SELECT create_table_query AS sql FROM system.tables WHERE database = currentDatabase() AND name = 'spans'`,
    );
    return /merge_selector_base = (\d+)/.exec(String(row?.sql))?.[1];
  }

  const open = (millis?: number) => DeferredMerges.open(engine, (line) => troubles.push(line), millis);

  it('begins few merges while spans wait, and as many as usual when none have for a while', async () => {
    const calmMillis = 700;
    const merges = await open(calmMillis);
    expect(await base()).toBeUndefined();
    for (const until = performance.now() + 1.5 * calmMillis; performance.now() < until; await sleep(20)) merges.postpone();
    expect(await base()).toBe('100');
    await expect.poll(base).toBe('5');
    merges.postpone();
    await expect.poll(base).toBe('100');
    await merges.close();
    expect(await base()).toBe('5');
    expect(troubles).toEqual([]);
  });

  it('takes back at the next start what a killed process has left', async () => {
    const killed = await open(60_000);
    killed.postpone();
    await expect.poll(base).toBe('100');
    await open();
    expect(await base()).toBe('5');
  });

  it('merges all the same when there are very many parts', async () => {
    const merges = await open(60_000);
    merges.postpone();
    await expect.poll(base).toBe('100');
    const partCount = async () => {
      const [row] = await engine.select(
        `SELECT count() AS parts FROM system.parts WHERE database = currentDatabase() AND table = 'spans' AND active`,
      );
      return Number(row?.parts);
    };
    const insert = (segment: number) => engine.load(`INSERT INTO spans (_segment, trace_hash) SELECT ${segment}, number FROM numbers(200)`);
    for (let segment = 0; segment < 25; segment++) await insert(segment);
    expect(await partCount()).toBe(25);
    for (let segment = 25; segment < 60; segment++) await insert(segment);
    await expect.poll(partCount).toBeLessThan(50);
    await merges.close();
  });

  it('says so when the table cannot be changed, and goes on', async () => {
    const merges = await open(50);
    await engine.command('RENAME TABLE spans TO gone');
    merges.postpone();
    await expect.poll(() => troubles.length).toBeGreaterThan(0);
    await engine.command('RENAME TABLE gone TO spans');
    // Asking may take longer than the calm, so the load goes on meanwhile.
    const load = setInterval(() => merges.postpone(), 10);
    await expect.poll(base).toBe('100');
    clearInterval(load);
    await merges.close();
    expect(await base()).toBe('5');
  });
});
