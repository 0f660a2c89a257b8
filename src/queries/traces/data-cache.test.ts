import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DataCache } from './data-cache.ts';
import { openTraceTable, span, type TraceTable } from './testing/trace-table.ts';
import { countTraces } from './trace-statistics.ts';

let table: TraceTable;
beforeAll(async () => {
  table = await openTraceTable();
  await table.load([span({ traceId: 'one' })]);
});
afterAll(() => table.close());

it('finds out anew when spans have come, or only what is made of them', async () => {
  const cache = new DataCache(table.engine);
  const count = () => cache.get('count', () => countTraces(table.engine));
  expect(await count()).toBe(1);
  await table.load([span({ traceId: 'two' })]);
  await vi.waitFor(async () => expect(await count()).toBe(2), { timeout: 10_000 });
  // A count may fall between the commits of the two tables.
  await table.engine.load("INSERT INTO traces (slot, trace_hash) SELECT toDateTime(1763700000, 'UTC'), 3");
  await vi.waitFor(async () => expect(await count()).toBe(3), { timeout: 10_000 });
});

it('gives an answer again while nothing has changed, and asks once for several', async () => {
  const cache = new DataCache(table.engine);
  const find = vi.fn(async () => 'found');
  expect(await Promise.all([cache.get('x', find), cache.get('x', find)])).toEqual(['found', 'found']);
  expect(await cache.get('x', find)).toBe('found');
  expect(find).toHaveBeenCalledTimes(1);
  await expect(cache.get('y', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await cache.get('y', find)).toBe('found');
});
