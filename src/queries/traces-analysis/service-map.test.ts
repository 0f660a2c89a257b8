import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTraceTable, span, type TraceTable } from '../traces/testing/trace-table.ts';
import { serviceMap } from './service-map.ts';

const base = 1_763_700_000_000;

let table: TraceTable;
beforeAll(async () => {
  table = await openTraceTable();
  const call = (traceId: string, spanId: string, parentId: string, service: string, client: string, kind: 'server' | 'client' = 'server') =>
    span({
      traceId,
      spanId,
      parentId,
      service,
      kind,
      name: 'tools/call x',
      startNanos: `${base}000000`,
      endNanos: `${base + 10}000000`,
      attributes: JSON.stringify({ 'mcp.method.name': 'tools/call', 'mcp.client.name': client }),
    });
  await table.load([
    call('one', 'a', '', 'weather', 'Claude "3"'),
    // Sent again.
    call('one', 'a', '', 'weather', 'Claude "3"'),
    call('two', 'b', '', 'weather', 'Claude "3"'),
    call('three', 'c', '', 'agent', 'agent', 'client'),
    call('three', 'd', 'c', 'weather', 'agent'),
    call('four', 'e', 'gone', 'weather', 'unknown'),
  ]);
});
afterAll(() => table.close());

it('counts an operation once, however it was told, and leaves out what is open', async () => {
  const later = base + 3_600_000;
  const nanos = (millis: number) => `${later + millis}000000`;
  const tool = { traceId: 'one', spanId: 'b', parentId: 'a', service: 'weather', name: 'get_weather' };
  const open = { traceId: 'two', spanId: 'd', parentId: 'c', service: 'weather', name: 'get_weather' };
  await table.load([
    span({ traceId: 'one', spanId: 'a', service: 'agent', name: 'plan', startNanos: nanos(0), endNanos: nanos(200) }),
    span({ ...tool, record: 'start', startNanos: nanos(10) }),
    span({ ...tool, record: 'end', endNanos: nanos(110), status: 'error' }),
    span({ traceId: 'two', spanId: 'c', service: 'agent', name: 'plan', target: 'payment', startNanos: nanos(0), endNanos: nanos(100) }),
    span({ ...open, record: 'start', startNanos: nanos(10) }),
    span({ ...tool, traceId: 'three', spanId: 'e', parentId: 'f', startNanos: nanos(0), endNanos: nanos(100), status: 'error' }),
    span({ ...tool, traceId: 'three', spanId: 'e', parentId: 'f', startNanos: nanos(0), endNanos: nanos(300), status: 'ok' }),
    span({ traceId: 'three', spanId: 'f', service: 'agent', name: 'plan', startNanos: nanos(0), endNanos: nanos(300) }),
  ]);
  const { nodes, edges } = await serviceMap(table.engine, { from: BigInt(nanos(0)), to: undefined });
  expect(edges.map(({ caller, callee, calls, errors, isInferred }) => [caller, callee, calls, errors, isInferred])).toEqual([
    ['agent', 'weather', 2, 1, false],
    ['agent', 'payment', 1, 0, true],
  ]);
  expect(edges[0]?.p50Millis).toBeCloseTo(100, -1);
  expect(edges[0]?.p99Millis).toBeCloseTo(300, -1);
  expect(nodes.map(({ service, spans, calls }) => [service, spans, calls])).toEqual([
    ['agent', 3, 3],
    ['weather', 2, 2],
  ]);
});

it('has one limit of time for all of its statements', async () => {
  const range = { from: undefined, to: undefined };
  await expect(serviceMap(table.engine, range, { timeoutMillis: 0 })).rejects.toMatchObject({ code: 'query_too_expensive' });
});

it('knows MCP clients that send no spans by the name that servers have of them', async () => {
  const { nodes, edges } = await serviceMap(table.engine, { from: undefined, to: BigInt(base + 1000) * 1_000_000n });
  expect(edges.map(({ caller, callee, calls, isInferred }) => [caller, callee, calls, isInferred])).toEqual([
    ['Claude "3"', 'weather', 2, false],
    ['agent', 'weather', 1, false],
  ]);
  expect(nodes.map(({ service, calls }) => [service, calls])).toEqual([
    ['weather', 4],
    ['agent', 1],
  ]);
});
