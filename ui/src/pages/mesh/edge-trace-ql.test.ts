import { expect, it } from 'vitest';
import { edgeTraceQl } from './edge-trace-ql.ts';

it.each([
  [{ caller: 'a', callee: 'b"', inferred: false }, false, '{ resource.service.name = "a" } > { resource.service.name = "b\\"" }'],
  [{ caller: 'a', callee: 'b', inferred: true }, false, '{ resource.service.name = "a" && .target_agent = "b" }'],
  [{ caller: 'Claude', callee: 'b', inferred: false }, true, '{ resource.service.name = "b" && .mcp.client.name = "Claude" }'],
] as const)('%j of a client (%s) is %s', (edge, isClient, expected) => {
  expect(edgeTraceQl(edge, isClient)).toBe(expected);
});
