import { auditRecord } from './audit-record.ts';
import type { Call, Peers } from './call.ts';
import { meshSpanOf } from './mesh-span.ts';
import { durationBuckets } from './metrics.ts';
import type { Attributes } from './open-telemetry.ts';
import { type Ending, isFailure, isSpanError } from './outcome.ts';
import { plainValue } from './plain-value.ts';
import { createRedaction } from './redaction.ts';
import { serviceMember } from './service.ts';
import type { Telemetry } from './telemetry.ts';
import type { ToolNames } from './tool-names.ts';
import type { ContentPolicy, ToolRule } from './tool-rules.ts';

export type RecordOptions = Readonly<{ contents: ToolRule<ContentPolicy>; audits: ToolRule<boolean>; callLogs: boolean }>;

const maxContent = 8192;
const everythingShown = createRedaction({ defaults: false });

const descriptions = {
  client:
    'The duration of the MCP request or notification as observed on the sender from the time it was sent until the response or ack is received.',
  server: 'MCP request or notification duration as observed on the receiver from the time it was received until the result or ack is sent.',
} as const;

const rounded = (millis: number) => Math.round(millis * 1000) / 1000;

/** Writes what became of a call: its span, its durations, its log line, and MCP Mesh's entry. */
export function recordCall(
  telemetry: Telemetry,
  call: Call,
  ending: Ending,
  result: unknown,
  peers: Peers,
  names: ToolNames,
  options: RecordOptions,
): void {
  const legMillis = performance.now() - call.startTick;
  const isFailed = isFailure(ending);
  const message = ending.message === undefined ? undefined : telemetry.filter.text(ending.message);
  const decision = telemetry.sampler({
    name: call.target === undefined ? call.method : `${call.method} ${call.target}`,
    tool: call.tool,
    traceId: call.span.trace.traceId,
    isError: isFailed,
  });
  const shared: Attributes = {
    'error.type': ending.errorType,
    'rpc.response.status_code': ending.code === undefined ? undefined : String(ending.code),
  };
  const rounds = (call.earlier?.count ?? 0) + 1;
  const decided = decisionsOf(call, serverOf(call, telemetry, peers), options);
  call.span.end({
    attributes: {
      ...shared,
      'mcp.server.name': peers.serverName,
      'meshscope.outcome': ending.outcome,
      'meshscope.rounds': rounds > 1 ? rounds : undefined,
      'meshscope.human_ms': call.humanMillis > 0 ? rounded(call.humanMillis) : undefined,
      'gen_ai.tool.call.arguments': contentOf(call.params.arguments, telemetry, decided.contents),
      'gen_ai.tool.call.result': contentOf(result, telemetry, decided.contents),
    },
    error: isSpanError(ending, call.role) ? (message ?? '') : undefined,
    endMillis: call.startMillis + legMillis,
    kept: decision.kept,
  });
  if (telemetry.publisher && call.tool !== undefined)
    telemetry.publisher.publish(meshSpanOf(call, telemetry.service, legMillis, isFailed ? (message ?? ending.outcome) : undefined));
  // One call, however many rounds it takes: the last one counts.
  if (ending.outcome === 'input_required') return;
  const millis = legMillis + (call.earlier?.activeMillis ?? 0);
  countDuration(telemetry, call, ending, millis, names, shared);
  if (decided.isAudited) telemetry.audit(auditRecord(telemetry, call, ending, result, peers, millis));
  if (options.callLogs && decision.kept) {
    const sampled = decision.rate === undefined ? {} : { sampled: true, sample_rate: decision.rate };
    const line = { ...logOfCall(telemetry, call, ending, message, millis, peers), ...sampled };
    telemetry.log(rounds > 1 ? { ...line, mcp: { ...line.mcp, rounds } } : line, isFailed ? 17 : 9);
  }
}

const serverOf = (call: Call, telemetry: Telemetry, peers: Peers) =>
  (call.role === 'server' ? telemetry.service.name : peers.serverName) ?? '';

const decisionsOf = ({ tool }: Call, server: string, { contents, audits }: RecordOptions) =>
  tool === undefined
    ? ({ contents: 'off', isAudited: false } as const)
    : { contents: contents(server, tool), isAudited: audits(server, tool) };

function countDuration(telemetry: Telemetry, call: Call, ending: Ending, millis: number, names: ToolNames, shared: Attributes): void {
  // A subscription is open for hours; it would be the only thing that a latency histogram shows.
  if (call.method === 'subscriptions/listen') return;
  const { attributes } = call;
  const label = (name: 'gen_ai.tool.name' | 'gen_ai.prompt.name') =>
    attributes[name] === undefined ? {} : { [name]: names.label(String(attributes[name]), ending) };
  const kept = [
    'gen_ai.operation.name',
    'mcp.protocol.version',
    'network.transport',
    'network.protocol.name',
    'server.address',
    'server.port',
  ];
  const labels: Attributes = {
    'mcp.method.name': knownMethod(call.method),
    ...label('gen_ai.tool.name'),
    ...label('gen_ai.prompt.name'),
    ...Object.fromEntries(kept.flatMap((key) => (attributes[key] === undefined ? [] : [[key, attributes[key]]]))),
    ...Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined)),
  };
  telemetry.duration(`mcp.${call.role}.operation.duration`, descriptions[call.role], millis / 1000, labels, durationBuckets);
}

/** Methods are what a caller sends, too. */
const knownMethod = (method: string) =>
  /^(?:initialize|ping|(?:tools|prompts|resources|completion|logging|sampling|elicitation|roots|server|subscriptions|tasks)\/[a-zA-Z/]{1,40})$/.test(
    method,
  )
    ? method
    : '_OTHER';

function logOfCall(telemetry: Telemetry, call: Call, ending: Ending, message: string | undefined, millis: number, peers: Peers) {
  const isFailed = isFailure(ending);
  const duration = rounded(millis);
  const name = call.target === undefined ? call.method : `${call.method} ${call.target}`;
  return {
    timestamp: new Date().toISOString(),
    level: isFailed ? 'ERROR' : 'INFO',
    msg: `${name} ${ending.outcome} in ${duration} ms${message ? `: ${message.slice(0, 500)}` : ''}`,
    service: serviceMember(telemetry.service),
    agent: { name: telemetry.service.name, type: call.role === 'server' ? 'mcp-server' : 'mcp-client' },
    trace: { trace_id: call.span.trace.traceId, span_id: call.span.trace.spanId },
    request_id: call.requestId,
    request: { method: call.method, status: ending.outcome, duration_ms: duration },
    metrics: { duration_ms: duration },
    exception: isFailed ? { type: ending.errorType, message } : undefined,
    // The names that the lesson's `jq` line reads.
    tool: call.tool,
    latency_ms: call.tool === undefined ? undefined : duration,
    ok: !isFailed,
    error: isFailed ? (message ?? ending.errorType ?? ending.outcome) : null,
    mcp: {
      role: call.role,
      target: call.target,
      outcome: ending.outcome,
      client: peers.clientName,
      client_version: peers.clientVersion,
      server: peers.serverName,
      protocol: peers.protocolVersion,
      transport: peers.transport,
      human_ms: call.humanMillis > 0 ? rounded(call.humanMillis) : undefined,
    },
  };
}

function contentOf(value: unknown, telemetry: Telemetry, policy: ContentPolicy): string | undefined {
  if (policy === 'off' || value === undefined) return undefined;
  const filter = policy === 'full' ? everythingShown : telemetry.filter;
  const text = JSON.stringify(plainValue(value, filter)) ?? '';
  return text.length > maxContent ? `${text.slice(0, maxContent)}… (${text.length} characters)` : text;
}
