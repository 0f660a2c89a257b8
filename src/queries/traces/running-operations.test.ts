import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningOperations } from './running-operations.ts';
import { openTraceTable, span, type TraceTable } from './testing/trace-table.ts';

const base = 1_763_700_000_000;
const limits = { quietMillis: 5000, timeoutMillis: 60_000 };

let table: TraceTable;
beforeAll(async () => {
  table = await openTraceTable();
  const start = (traceId: string, spanId: string, atMillis: number) =>
    span({ record: 'start', traceId, spanId, name: `do ${spanId}`, service: 'agent', startNanos: `${base + atMillis}000000` });
  const end = (traceId: string, spanId: string, record: 'end' | 'error' | 'span' = 'end') =>
    span({ record, traceId, spanId, startNanos: `${base}000000`, endNanos: `${base + 10}000000` });
  await table.load([start('silent', 'z', -200_000)], base - 200_000);
  await table.load([start('one', 'a', -30_000), start('one', 'b', -20_000), end('one', 'b')], base - 20_000);
  await table.load([start('done', 'c', -10_000), end('done', 'c')], base - 10_000);
  await table.load([start('two', 'd', -5000), start('two', 'e', -4000), end('two', 'e', 'error'), start('two', 'f', -40_000)], base - 4000);
  await table.load([start('gone', 'g', -2_000_000)], base - 2_000_000);
});
afterAll(() => table.close());

describe('operations that run', () => {
  it('are those with a start and no end, the oldest first, silent ones last', async () => {
    const found = await runningOperations(table.engine, limits, base, 10);
    expect(found.operations.map(({ spanId, isSilent }) => [spanId, isSilent])).toEqual([
      ['f', false],
      ['a', false],
      ['d', false],
      ['z', true],
    ]);
    expect(found.operations[0]).toEqual({
      traceId: 'two',
      spanId: 'f',
      service: 'agent',
      name: 'do f',
      startMillis: base - 40_000,
      isSilent: false,
    });
    expect(found.total).toBe(3);
  });

  it('count beyond the limit', async () => {
    const found = await runningOperations(table.engine, limits, base, 1);
    expect([found.operations.length, found.total]).toEqual([1, 3]);
  });
});
