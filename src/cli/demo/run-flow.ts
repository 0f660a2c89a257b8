import type { AgentCall, AgentName, Failure, InnerWork, Step, ToolCall, ToolResult } from './plan.ts';
import { agentLog, agentSpan, newSpanId, rounded, type Sink, type Writer } from './records.ts';

/** Where a step stands in its trace. */
export type Place = Readonly<{ traceId: string; parentId: string; caller: string }>;

export type FlowPorts = Readonly<{
  /** Unix time in milliseconds, with fractions. The history has a clock of its own. */
  now: () => number;
  sleep: (millis: number) => Promise<void>;
  callTool: (call: ToolCall, place: Place) => Promise<ToolResult>;
  versionOf: (agent: AgentName) => string;
  sink: Sink;
  /** Each call that has ended, with the kind of its error. */
  counted: (kind: string | undefined) => void;
}>;

/** Carries out a plan; what its agents say about it goes to the sink. Resolves with how it failed, if it did. */
export const runFlow = (plan: AgentCall, traceId: string, ports: FlowPorts): Promise<Failure | undefined> =>
  runAgent(plan, { traceId, parentId: '', caller: 'chat-ui' }, ports);

function runStep(step: Step, place: Place, ports: FlowPorts, writer: Writer): Promise<Failure | undefined> {
  if (step.kind === 'agent') return runAgent(step, place, ports);
  return step.kind === 'tool' ? runTool(step, place, ports) : runInner(step, place, ports, writer);
}

async function runAgent(call: AgentCall, place: Place, ports: FlowPorts): Promise<Failure | undefined> {
  const writer = { agent: call.agent, version: ports.versionOf(call.agent) };
  const spanId = newSpanId();
  const trace = { traceId: place.traceId, spanId };
  const startMillis = ports.now();
  const log = (level: string, msg: string, fields?: Readonly<Record<string, unknown>>) =>
    ports.sink.log(agentLog(writer, { timeMillis: ports.now(), level, msg, trace, ...(fields && { fields }) }));

  await ports.sleep(call.workMillis / 2);
  let failure: Failure | undefined;
  for (const step of call.steps) {
    const failed = await runStep(step, { traceId: place.traceId, parentId: spanId, caller: call.agent }, ports, writer);
    if (failed === undefined) continue;
    const own = ownFailure(step, failed);
    if (!call.isTolerant) {
      failure = own;
      break;
    }
    log('WARNING', `${call.operation} goes on without an answer: ${own.message}`);
  }
  failure ??= call.failure;
  await ports.sleep(call.workMillis / 2);

  for (const { level, msg, fields } of call.lines ?? []) log(level, msg, fields);
  const endMillis = ports.now();
  const durationMillis = rounded(endMillis - startMillis);
  const request = { method: call.operation, params: call.params, duration_ms: durationMillis };
  const metrics = { duration_ms: durationMillis };
  if (failure === undefined) log('INFO', `Request processed: ${call.operation}`, { request: { ...request, status: 'success' }, metrics });
  else
    log('ERROR', `${call.operation} failed: ${failure.message}`, { request: { ...request, status: 'error' }, metrics, exception: failure });
  ports.sink.span(
    agentSpan(writer, {
      ...trace,
      parentId: place.parentId,
      name: `tools/call ${call.operation}`,
      kind: 2,
      startMillis,
      endMillis,
      attributes: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': call.operation,
        'mcp.server.name': call.agent,
        'mcp.client.name': place.caller,
      },
      failure,
    }),
  );
  ports.counted(failure?.type);
  return failure;
}

/** An agent tells of its own work what went wrong, and of others only that it did: the cause is theirs to tell. */
const ownFailure = (step: Step, failed: Failure): Failure =>
  step.kind === 'agent' ? { type: 'UpstreamError', message: `no answer to ${step.operation} from ${step.agent}` } : failed;

async function runTool(call: ToolCall, place: Place, ports: FlowPorts): Promise<Failure | undefined> {
  const { outcome, text } = await ports.callTool(call, place);
  ports.counted(outcome === 'ok' ? undefined : outcome);
  return outcome === 'ok' ? undefined : { type: 'ToolError', message: `${call.server} ${call.tool}: ${text.slice(0, 300)}` };
}

async function runInner(work: InnerWork, place: Place, ports: FlowPorts, writer: Writer): Promise<Failure | undefined> {
  const startMillis = ports.now();
  await ports.sleep(work.millis);
  const { traceId, parentId } = place;
  const { name, attributes, failure } = work;
  const span = { traceId, spanId: newSpanId(), parentId, name, kind: 3, startMillis, endMillis: ports.now(), attributes, failure } as const;
  ports.sink.span(agentSpan(writer, span));
  return failure;
}
