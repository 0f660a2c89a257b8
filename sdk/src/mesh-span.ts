import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Call } from './call.ts';
import { environment } from './environment.ts';
import type { MeshSpan } from './mesh-publisher.ts';
import type { Service } from './service.ts';

const agents = new Map<string, MeshSpan>();

/** The agent as MCP Mesh's SDKs describe it; made once, because it costs more than the rest of an entry. */
function agentOf(service: Service): MeshSpan {
  const known = agents.get(service.name);
  if (known) return known;
  const host = environment('MCP_MESH_HTTP_HOST') ?? environment('HOSTNAME') ?? hostname();
  const port = environment('MCP_MESH_HTTP_PORT') ?? '0';
  const agent: MeshSpan = {
    agent_id: `${service.name}-${createHash('sha256').update(service.instanceId).digest('hex').slice(0, 8)}`,
    agent_name: environment('MCP_MESH_AGENT_NAME') ?? service.name,
    agent_hostname: host,
    agent_ip: environment('POD_IP') ?? host,
    agent_port: port,
    agent_namespace: environment('MCP_MESH_NAMESPACE') ?? 'default',
    agent_endpoint: `http://${host}:${port}`,
    runtime: 'typescript',
  };
  agents.set(service.name, agent);
  return agent;
}

/** A finished tool call as MCP Mesh's TypeScript agents publish it: times in seconds, `null` as text. */
export function meshSpanOf(call: Call, service: Service, millis: number, error: string | undefined): MeshSpan {
  return {
    ...agentOf(service),
    trace_id: call.span.trace.traceId,
    span_id: call.span.trace.spanId,
    parent_span: call.span.parentSpanId ?? call.meshParent ?? 'null',
    // MCP Mesh calls the calling side so, and folds it away where it shows traces.
    function_name: call.role === 'server' ? (call.tool ?? call.method) : 'proxy_call_wrapper',
    ...(call.role === 'client' && call.tool !== undefined ? { tool_name: call.tool } : {}),
    start_time: String(call.startMillis / 1000),
    end_time: String((call.startMillis + millis) / 1000),
    duration_ms: millis.toFixed(2),
    success: error === undefined ? 'true' : 'false',
    error: error ?? 'null',
    result_type: 'object',
  };
}
