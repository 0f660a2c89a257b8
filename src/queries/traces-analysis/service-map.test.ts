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

it('knows MCP clients that send no spans by the name that servers have of them', async () => {
  const { nodes, edges } = await serviceMap(table.engine, { from: undefined, to: undefined });
  expect(edges.map(({ caller, callee, calls, isInferred }) => [caller, callee, calls, isInferred])).toEqual([
    ['Claude "3"', 'weather', 2, false],
    ['agent', 'weather', 1, false],
  ]);
  expect(nodes.map(({ service, calls }) => [service, calls])).toEqual([
    ['weather', 4],
    ['agent', 1],
  ]);
});
