import { auditRecord } from './audit-record.ts';
import { type Call, type Peers, subscription, timesOf } from './call.ts';
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

export const durationDescriptions = {
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
  responseBytes: number | undefined,
  peers: Peers,
  names: ToolNames,
  options: RecordOptions,
): void {
  const { legMillis, millis, humanMillis } = timesOf(call);
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
  const counts = countsOf(call, humanMillis, responseBytes);
  const decided = decisionsOf(call, serverOf(call, telemetry, peers), options);
  call.span.end({
    attributes: {
      ...shared,
      'mcp.server.name': peers.serverName,
      'meshscope.outcome': ending.outcome,
      'meshscope.human_ms': counts.human_ms,
      'meshscope.rounds': counts.rounds,
      'meshscope.progress': counts.progress,
      'meshscope.request_bytes': counts.request_bytes,
      'meshscope.response_bytes': counts.response_bytes,
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
  countDuration(telemetry, call, ending, Math.max(0, millis - humanMillis), names, shared);
  if (decided.isAudited) telemetry.audit(auditRecord(telemetry, call, ending, result, peers, millis));
  if (options.callLogs && decision.kept) {
    const line = logOfCall(telemetry, call, ending, message, millis, peers, counts);
    telemetry.log(decision.rate === undefined ? line : { ...line, sampled: true, sample_rate: decision.rate }, isFailed ? 17 : 9);
  }
}

/** As meshscope's recorders name them. */
function countsOf({ earlier, requestBytes, progressCount }: Call, humanMillis: number, responseBytes: number | undefined) {
  return {
    human_ms: humanMillis > 0 ? rounded(humanMillis) : undefined,
    rounds: earlier === undefined ? undefined : earlier.count + 1,
    progress: progressCount > 0 ? progressCount : undefined,
    request_bytes: requestBytes === undefined ? undefined : requestBytes + (earlier?.requestBytes ?? 0),
    response_bytes: responseBytes,
  };
}

const serverOf = (call: Call, telemetry: Telemetry, peers: Peers) =>
  (call.role === 'server' ? telemetry.service.name : peers.serverName) ?? '';

const decisionsOf = ({ tool }: Call, server: string, { contents, audits }: RecordOptions) =>
  tool === undefined
    ? ({ contents: 'off', isAudited: false } as const)
    : { contents: contents(server, tool), isAudited: audits(server, tool) };

/** What has as many values as a caller likes, and what has few. */
const namedLabels = ['gen_ai.tool.name', 'gen_ai.prompt.name'] as const;
const labelNames = [
  'gen_ai.operation.name',
  'mcp.protocol.version',
  'network.transport',
  'network.protocol.name',
  'server.address',
  'server.port',
] as const;

function countDuration(telemetry: Telemetry, call: Call, ending: Ending, millis: number, names: ToolNames, shared: Attributes): void {
  // A subscription is open for hours; it would be the only thing that a latency histogram shows.
  if (call.method === subscription) return;
  const { attributes } = call;
  const labels: Attributes = { 'mcp.method.name': knownMethod(call.method) };
  for (const name of namedLabels) if (attributes[name] !== undefined) labels[name] = names.label(String(attributes[name]), ending);
  for (const name of labelNames) if (attributes[name] !== undefined) labels[name] = attributes[name];
  for (const name of Object.keys(shared)) if (shared[name] !== undefined) labels[name] = shared[name];
  telemetry.duration(`mcp.${call.role}.operation.duration`, durationDescriptions[call.role], millis / 1000, labels, durationBuckets);
}

/** Methods are what a caller sends, too. */
export const knownMethod = (method: string): string =>
  /^(?:initialize|ping|(?:tools|prompts|resources|completion|logging|sampling|elicitation|roots|server|subscriptions|tasks|notifications)\/[a-zA-Z_/]{1,40})$/.test(
    method,
  )
    ? method
    : '_OTHER';

function logOfCall(
  telemetry: Telemetry,
  call: Call,
  ending: Ending,
  message: string | undefined,
  millis: number,
  peers: Peers,
  counts: ReturnType<typeof countsOf>,
) {
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
      human_ms: counts.human_ms,
      rounds: counts.rounds,
      progress: counts.progress,
      request_bytes: counts.request_bytes,
      response_bytes: counts.response_bytes,
    },
  };
}

function contentOf(value: unknown, telemetry: Telemetry, policy: ContentPolicy): string | undefined {
  if (policy === 'off' || value === undefined) return undefined;
  const filter = policy === 'full' ? everythingShown : telemetry.filter;
  const text = JSON.stringify(plainValue(value, filter)) ?? '';
  return text.length > maxContent ? `${text.slice(0, maxContent)}… (${text.length} characters)` : text;
}
