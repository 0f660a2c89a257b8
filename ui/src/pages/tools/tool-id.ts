import type { ToolName } from '../../api/tools.ts';

const readable = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    // Somebody's own link, in which nothing is escaped.
    return part;
  }
};

/** `<server>/<tool>`, each escaped, because both may have slashes. Without a tool: the server. */
export const printToolId = ({ server, tool }: ToolName): string =>
  tool === undefined ? encodeURIComponent(server) : `${encodeURIComponent(server)}/${encodeURIComponent(tool)}`;

export function parseToolId(id: string): ToolName {
  const at = id.indexOf('/');
  if (at < 0) return { server: readable(id) };
  return { server: readable(id.slice(0, at)), tool: readable(id.slice(at + 1)) };
}

const literal = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** TraceQL for its calls, whoever told of them: MCP's recorders name the tool, others the operation. */
export function toolTraceQl({ server, tool }: ToolName, isFailed = false): string {
  const name = tool === undefined ? '' : ` && (name = ${literal(tool)} || span.gen_ai.tool.name = ${literal(tool)})`;
  return `{ resource.service.name = ${literal(server)}${name}${isFailed ? ' && status = error' : ''} }`;
}

/** The address of a tool's own page, below `/ui`. */
export const toolPath = (name: ToolName): string => `/tools/${printToolId(name)}`;
