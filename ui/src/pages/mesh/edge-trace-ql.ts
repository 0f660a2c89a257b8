import type { MeshEdge } from '../../api/mesh.ts';

const literal = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** TraceQL for the calls of an edge. What sends no spans of its own, as MCP clients do not, is found by those of the other side, which name it. */
export const edgeTraceQl = ({ caller, callee, inferred }: Pick<MeshEdge, 'caller' | 'callee' | 'inferred'>, isClient = false): string =>
  isClient
    ? `{ resource.service.name = ${literal(callee)} && .mcp.client.name = ${literal(caller)} }`
    : inferred
      ? `{ resource.service.name = ${literal(caller)} && .target_agent = ${literal(callee)} }`
      : `{ resource.service.name = ${literal(caller)} } > { resource.service.name = ${literal(callee)} }`;
