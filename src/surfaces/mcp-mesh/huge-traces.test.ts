import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SpanRecord } from '../../model/span.ts';
import { readTrace } from '../../queries/traces/read-trace.ts';
import { openTraceTable, span, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { MeshServer, meshSettings } from './testing/mesh-server.ts';

const openedAt = 1_763_700_000_000;
const spans = 100_000;
const bigBytes = 10 * 1024 ** 2;
let table: TraceTable;
let server: MeshServer;

beforeAll(async () => {
  table = await openTraceTable();
  const chain = (at: number): SpanRecord =>
    span({
      traceId: 'chain',
      spanId: `span ${at}`,
      parentId: at === 0 ? '' : `span ${at - 1}`,
      name: 'deeper',
      service: `agent ${at % 2}`,
      startNanos: String(1_000_000 * at),
      endNanos: String(1_000_000 * (2 * spans - at)),
    });
  await table.load(
    Array.from({ length: spans }, (_, at) => chain(spans - 1 - at)),
    openedAt,
  );
  await table.load([
    span({
      traceId: 'big',
      spanId: 'a',
      name: 'heavy',
      startNanos: '1',
      endNanos: '2',
      status: 'error',
      statusMessage: 'm'.repeat(bigBytes),
      attributes: JSON.stringify({ input: 'é'.repeat(bigBytes / 2) }),
    }),
  ]);
  server = new MeshServer(table, openedAt + 60_000);
});
afterAll(async () => {
  await server.app.close();
  await table.close();
});

it('answers a chain of a hundred thousand spans', async () => {
  const { status, json } = await server.get('/trace/chain');
  expect([status, json.SpanCount, json.AgentCount, json.Duration]).toEqual([200, spans, 2, 2 * spans * 1_000_000]);
  expect((json.Spans as { SpanID: string }[]).at(-1)?.SpanID).toBe(`span ${spans - 1}`);
});

it('lists it, finds it and counts its edges', async () => {
  expect((await server.get('/trace/search?min_duration_ms=100000')).json).toMatchObject({ count: 1 });
  expect((await server.get('/api/trace/recent')).json).toMatchObject({ count: 2 });
  const { json } = await server.get('/api/trace/edge-stats');
  expect(json.edges).toMatchObject([
    { source: 'agent 0', target: 'agent 1', call_count: spans / 2 },
    { source: 'agent 1', target: 'agent 0', call_count: spans / 2 - 1 },
  ]);
  expect((await server.get('/trace/stats')).json).toMatchObject({ total_spans: spans + 1, failed_traces: 1 });
});

it('gives texts of ten megabytes back as they came', async () => {
  const { json } = await server.get('/trace/big');
  expect((json.Spans as { ErrorMessage: string }[])[0]?.ErrorMessage).toHaveLength(bigBytes);
  const trace = await readTrace(table.engine, 'big', meshSettings, openedAt);
  expect(trace?.spans[0]?.attributes.input).toHaveLength(bigBytes / 2);
});
