import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from './engine/embedded.ts';
import { migrate } from './migrate.ts';
import { applyRetention, heldBytes, storeTotals } from './retention.ts';

const engine = await openEmbeddedEngine({
  folder: mkdtempSync(join(tmpdir(), 'meshscope-retention-')),
  memoryBytes: 1024 ** 3,
  loaders: 1,
  readers: 1,
});
await migrate(engine);
afterAll(() => engine.close());

const now = new Date('2026-11-20T12:00:00Z');
const dayMillis = 86_400_000;

/** Rows that came in so many days ago, in ten segments, with a time of their own that is years before. */
async function insert(daysAgo: number, rows: number, table = 'logs'): Promise<void> {
  const ingested = `fromUnixTimestamp64Milli(${now.getTime() - daysAgo * dayMillis}, 'UTC')`;
  const first = (100 - daysAgo) * 100;
  await engine.command(
    table === 'logs'
      ? `INSERT INTO logs (_index, _segment, _row, _ingested, timestamp, msg) SELECT 'i', ${first} + intDiv(number * 10, ${rows}), number, ${ingested}, toDateTime64('2024-01-01 00:00:00', 9, 'UTC'), randomPrintableASCII(1000) FROM numbers(${rows})`
      : `INSERT INTO dead_letters (id, received, source, target, reason, payload) SELECT toString(number), ${ingested}, 's', 't', 'r', 'p' FROM numbers(${rows})`,
  );
}

const days = async () =>
  (await engine.select(`SELECT toString(toDate(_ingested)) AS day, count() AS rows FROM logs GROUP BY day ORDER BY day`)).map(
    ({ day, rows }) => [day, Number(rows)],
  );

beforeEach(async () => {
  await engine.command('TRUNCATE TABLE logs');
  await engine.command('TRUNCATE TABLE minute_counts');
  await engine.command('TRUNCATE TABLE dead_letters');
});

describe('applyRetention', () => {
  it('removes by the day of ingestion, dead letters too', async () => {
    for (const daysAgo of [0, 3, 4, 9]) await insert(daysAgo, 100);
    await insert(9, 5, 'dead_letters');
    const removed = await applyRetention(engine, { days: 3, budgetBytes: 1e12, otherBytes: 0 }, now);
    expect(removed.map(({ day, rows, why }) => [day, rows, why])).toEqual([
      ['2026-11-11', 5, 'age'],
      ['2026-11-11', 100, 'age'],
      ['2026-11-16', 100, 'age'],
    ]);
    expect(await days()).toEqual([
      ['2026-11-17', 100],
      ['2026-11-20', 100],
    ]);
    expect(await applyRetention(engine, { days: 3, budgetBytes: 1e12, otherBytes: 0 }, now)).toEqual([]);
  });

  it('removes the oldest days while the budget is exceeded, what lies beside the store included', async () => {
    for (const daysAgo of [0, 1, 2]) await insert(daysAgo, 1000);
    const { bytes } = await storeTotals(engine);
    expect(await heldBytes(engine)).toBeGreaterThanOrEqual(bytes);
    const removed = await applyRetention(engine, { days: 30, budgetBytes: bytes * 2, otherBytes: bytes * 1.2 }, now);
    expect(removed.map(({ day, why }) => [day, why])).toEqual([['2026-11-18', 'budget']]);
    expect((await days()).map(([day]) => day)).toEqual(['2026-11-19', '2026-11-20']);
  });

  it('removes the oldest segments of today when there is nothing else', async () => {
    for (let part = 0; part < 3; part++) await insert(-part / 1000, 2000);
    await insert(1, 100);
    const before = await storeTotals(engine);
    const budgetBytes = Math.round(before.bytes / 2);
    const removed = await applyRetention(engine, { days: 30, budgetBytes, otherBytes: 0 }, now);
    expect(removed.map(({ day, why }) => [day, why])).toEqual([
      ['2026-11-19', 'budget'],
      ['2026-11-20', 'budget'],
    ]);
    const after = await storeTotals(engine);
    expect(after.bytes).toBeLessThanOrEqual(budgetBytes);
    expect(after.bytes).toBeGreaterThan(budgetBytes * 0.8);
    const [kept] = await engine.select('SELECT min(_segment) AS first, uniq(_segment) AS segments, count() AS rows FROM logs');
    expect(Number(kept?.first)).toBeGreaterThan(10_000);
    expect(Number(kept?.rows)).toBe(Number(removed[1] && 6000 - removed[1].rows));
    expect(await applyRetention(engine, { days: 30, budgetBytes, otherBytes: 0 }, now)).toEqual([]);
  });

  it('stays within reason when the rest of the folder alone is over the budget', async () => {
    await insert(0, 100);
    expect(await applyRetention(engine, { days: 30, budgetBytes: 10, otherBytes: 1e9 }, now)).toMatchObject([{ rows: 100 }]);
    expect(await days()).toEqual([]);
    expect(await applyRetention(engine, { days: 30, budgetBytes: 10, otherBytes: 1e9 }, now)).toEqual([]);
  });
});
