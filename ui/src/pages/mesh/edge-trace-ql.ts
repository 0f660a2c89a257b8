import type { MeshEdge } from '../../api/mesh.ts';

const literal = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** TraceQL for the calls of an edge. What sends no spans of its own is found by its caller's spans, which name it. */
export const edgeTraceQl = ({ caller, callee, inferred }: Pick<MeshEdge, 'caller' | 'callee' | 'inferred'>): string =>
  inferred
    ? `{ resource.service.name = ${literal(caller)} && .target_agent = ${literal(callee)} }`
    : `{ resource.service.name = ${literal(caller)} } > { resource.service.name = ${literal(callee)} }`;
