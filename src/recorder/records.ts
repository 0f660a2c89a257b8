import { type AuditEntry, auditOfCall } from './audit-of-call.ts';
import type { CallRecord, CallReference, Parties, SeenNotification, ServerLog, StartedCall } from './call-record.ts';
import { type Content, recordContent } from './content.ts';
import type { Moment } from './conversation.ts';
import { jsonText, objectOf } from './json-rpc.ts';
import { type ContentPolicy, redact } from './redact.ts';
import type { Session } from './session.ts';
import { severityOf } from './severity.ts';
import { definitionMarks, type ToolDefinition, toolDefinitions } from './tool-definitions.ts';
import { type SpanIds, spanIds } from './trace-context.ts';

/** What goes to the collector: log documents in the vocabulary of MCP Mesh's logging page, spans of OTLP/JSON, and audit records. */
export type Delivered =
  | Readonly<{ log: Readonly<Record<string, unknown>> }>
  | Readonly<{ span: Readonly<Record<string, unknown>> }>
  | Readonly<{ audit: AuditEntry }>
  | Readonly<{ content: WholeContent }>;

/** JSON text that the log document of its call has only the beginning of. */
export type WholeContent = Readonly<{ sha256: string; text: string }>;

export type ContentOptions = Readonly<{
  policy: (tool: string | undefined) => ContentPolicy;
  limit: number;
  /** Longer ones, in bytes, are not kept whole; with 0 none is. */
  maxWholeBytes: number;
  /** Whether calls of a tool are audited. */
  audits: (tool: string) => boolean;
}>;

/** Contents, errors and stderr lines longer than this are cut in log documents; in UTF-16 units. */
const maxText = 8192;

/** A method that is longer is cut, in UTF-16 units. */
const maxName = 200;

const iso = (millis: number) => new Date(millis).toISOString();
const nanos = (millis: number) => (BigInt(Math.round(millis * 1000)) * 1000n).toString();
const rounded = (millis: number) => Math.round(millis * 1000) / 1000;

/** Server-side JSON-RPC codes that are the caller's mistake (semantic-conventions-genai, mcp): no error of the span. */
const callersMistake: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32002]);

/** What the log document and the span of a call share. */
type CallView = Readonly<{
  call: CallRecord;
  session: Session;
  parties: Parties;
  ids: SpanIds;
  name: string;
  tool: string | undefined;
  failed: boolean;
  asked: Content | undefined;
  answered: Content | undefined;
  definitions: readonly ToolDefinition[] | undefined;
}>;

/** A log document and a span of one call, contents that the document has to cut, and an audit record if the client called a tool whose calls are audited. */
export function recordsOfCall(seen: CallRecord, session: Session, parties: Parties, contents: ContentOptions): readonly Delivered[] {
  const tool = seen.method === 'tools/call' ? seen.target : undefined;
  const policy = contents.policy(tool);
  const call: CallRecord = { ...seen, error: seen.error && { ...seen.error, message: errorText(seen, policy) } };
  const hasArguments = tool !== undefined || call.method === 'prompts/get';
  const view: CallView = {
    call,
    session,
    parties,
    ids: call.ids ?? spanIds(call.traceparent),
    name: spanName(call),
    tool,
    failed: call.outcome !== 'ok' && call.outcome !== 'empty',
    asked: recordContent(hasArguments ? objectOf(call.params).arguments : undefined, policy, contents),
    answered: recordContent(tool === undefined ? undefined : call.result, policy, contents),
    definitions: toolDefinitions(call, contents.policy, contents.maxWholeBytes),
  };
  const isAudited = tool !== undefined && call.from === 'client' && contents.audits(tool);
  const kept = [view.asked, view.answered].flatMap((one) => (one?.whole === undefined ? [] : [{ sha256: one.sha256, text: one.whole }]));
  const defined = (view.definitions ?? []).flatMap(({ sha256, text }) => (text === undefined ? [] : [{ sha256, text }]));
  const whole = [...kept, ...defined].map((content) => ({ content }));
  return [{ log: logOfCall(view) }, { span: spanOfCall(view) }, ...whole, ...(isAudited ? [{ audit: auditOfCall(call, view) }] : [])];
}

/** Addresses of resources are many. */
const spanName = ({ method, target }: Pick<CallRecord, 'method' | 'target'>): string =>
  target === undefined || method.startsWith('resources/') ? method : `${method} ${target}`;

/** What a tool says of its failure is a part of its result. */
function errorText({ outcome, error }: CallRecord, policy: ContentPolicy): string {
  const text = (error?.message ?? '').slice(0, maxText);
  return policy === 'off' && outcome === 'tool_error' ? '' : redactText(text, policy);
}

const redactText = (text: string, policy: ContentPolicy): string => (policy === 'full' ? text : String(redact(text)));

function logOfCall({ call, session, parties, ids, name, tool, failed, asked, answered, definitions }: CallView) {
  const { error, outcome } = call;
  const duration = rounded(call.durationMillis);
  const said = error?.message ? `: ${error.message.slice(0, 500)}` : '';
  return {
    timestamp: iso(call.startMillis + call.durationMillis),
    level: failed ? 'ERROR' : 'INFO',
    msg: `${name} ${outcome} in ${duration} ms${said}`,
    service: { name: session.server, version: parties.serverVersion, instance_id: session.id },
    agent: { name: session.server, type: 'mcp-server' },
    trace: { trace_id: ids.traceId, span_id: ids.spanId },
    request_id: `${session.id}:${call.id}`,
    request: { method: call.method, status: outcome, duration_ms: duration, params: wholeValue(asked) },
    exception: error && { type: error.type, message: error.message },
    // The names that the lesson's `jq` line reads.
    tool,
    latency_ms: tool === undefined ? undefined : duration,
    ok: !failed,
    error: error ? error.message || error.type : null,
    mcp: {
      session: session.id,
      client: parties.clientName,
      client_version: parties.clientVersion,
      protocol: parties.protocolVersion,
      transport: session.transport,
      from: call.from,
      target: call.target,
      outcome,
      ...counts(call),
      request_bytes: call.requestBytes,
      response_bytes: call.responseBytes,
      arguments: describe(asked),
      result: describe(answered),
      definitions: definitionMarks(definitions),
    },
  };
}

/** Members that most calls have no use for. `before`: what their names begin with. */
function counts({ method, id, humanMillis, rounds, retries, progressCount }: CallRecord, before = ''): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  // The SDK's client starts the server once only to ask this, and then a second time (v2, `auto`).
  if (method === 'server/discover' && String(id).startsWith('server-discover-probe')) found[`${before}probe`] = 1;
  if (humanMillis > 0) found[`${before}human_ms`] = rounded(humanMillis);
  if (rounds > 1) found[`${before}rounds`] = rounds;
  if (retries > 0) found[`${before}retries`] = retries;
  if (progressCount > 0) found[`${before}progress`] = progressCount;
  return found;
}

/** What is said of a request before it has an answer and after it alike. */
const identity = ({ method, target, id }: Pick<CallRecord, 'method' | 'target' | 'id'>, session: Session, parties: Parties) => ({
  'mcp.method.name': method,
  'jsonrpc.request.id': String(id),
  'mcp.protocol.version': parties.protocolVersion,
  // Not for the modern revisions, which have no sessions (semantic-conventions-genai).
  'mcp.session.id': (parties.protocolVersion ?? '') < '2026-07-28' ? session.id : undefined,
  'meshscope.session': session.id,
  'meshscope.conversation': session.conversation,
  'network.transport': session.transport,
  'gen_ai.operation.name': method === 'tools/call' && target !== undefined ? 'execute_tool' : undefined,
  'gen_ai.tool.name': method === 'tools/call' ? target : undefined,
  'gen_ai.prompt.name': method === 'prompts/get' ? target : undefined,
  'mcp.resource.uri': method.startsWith('resources/') ? target : undefined,
  'mcp.client.name': parties.clientName,
  'mcp.client.version': parties.clientVersion,
  'mcp.server.name': parties.serverName,
});

/** Where a recorder stands, the server's own instrumentation would stand too: SERVER for what the client asked. */
const spanKind = ({ from }: Pick<CallRecord, 'from'>) => (from === 'client' ? 2 : 3);

/** The beginning of a span that is not over; its end comes with the same ids (`meshscope.record`). */
export function recordOfStart(call: StartedCall, session: Session, parties: Parties): Delivered {
  return {
    span: {
      traceId: call.ids.traceId,
      spanId: call.ids.spanId,
      parentSpanId: call.ids.parentId,
      name: spanName(call),
      kind: spanKind(call),
      startTimeUnixNano: nanos(call.startMillis),
      attributes: attributeList(identity(call, session, parties), { 'meshscope.record': 'start' }),
    },
  };
}

function spanOfCall({ call, session, parties, ids, name, tool, failed, asked, answered }: CallView) {
  const { error } = call;
  const ending: Record<string, string | number | undefined> = {
    'meshscope.record': call.ids && 'end',
    'error.type': error?.type,
    'rpc.response.status_code': error?.code === undefined ? undefined : String(error.code),
    'meshscope.outcome': call.outcome,
    'meshscope.request_bytes': call.requestBytes,
    'meshscope.response_bytes': call.responseBytes,
    'gen_ai.tool.call.arguments': tool === undefined ? undefined : asked?.text,
    'gen_ai.tool.call.result': answered?.text,
  };
  const isError = failed && !(error?.code !== undefined && callersMistake.has(error.code));
  return {
    traceId: ids.traceId,
    spanId: ids.spanId,
    parentSpanId: ids.parentId,
    name,
    kind: spanKind(call),
    startTimeUnixNano: nanos(call.startMillis),
    endTimeUnixNano: nanos(call.startMillis + call.durationMillis),
    attributes: attributeList(identity(call, session, parties), ending, counts(call, 'meshscope.')),
    status: isError ? { code: 2, message: error?.message ?? '' } : { code: 0 },
  };
}

const wholeValue = (content: Content | undefined): unknown =>
  content?.text === undefined || content.cut ? undefined : JSON.parse(content.text);

const describe = (content: Content | undefined) =>
  content && {
    bytes: content.bytes,
    sha256: content.sha256,
    ...(content.cut ? { cut: true, text: content.text } : {}),
    ...(content.whole === undefined ? {} : { stored: true }),
  };

type AttributeValue = Readonly<{ doubleValue: number }> | Readonly<{ stringValue: string }>;

/** Of several objects, because merging them would cost more than all the rest of a span. */
function attributeList(...parts: readonly Readonly<Record<string, string | number | undefined>>[]) {
  const list: Readonly<{ key: string; value: AttributeValue }>[] = [];
  for (const part of parts) {
    for (const key of Object.keys(part)) {
      const value = part[key];
      if (value !== undefined) list.push({ key, value: typeof value === 'number' ? { doubleValue: value } : { stringValue: value } });
    }
  }
  return list;
}

/** A protocol log message (`notifications/message`) of the server. It is there to be read, so `off` does not concern it. */
export function recordOfServerLog(log: ServerLog, session: Session, { policy, limit }: ContentOptions): Delivered {
  const data = policy(undefined) === 'full' ? log.data : redact(log.data);
  const text = typeof data === 'string' ? data : (jsonText(data) ?? '');
  return {
    log: {
      timestamp: iso(log.timeMillis),
      level: severityOf(log.level).text,
      msg: text.slice(0, typeof data === 'string' ? limit : maxText).toWellFormed(),
      severity_number: severityOf(log.level).number,
      ...common(session),
      trace: traceOf(log.call),
      mcp: {
        session: session.id,
        log: { level: log.level, logger: log.logger, data: typeof data === 'string' || text.length > limit ? undefined : data },
        call: reference(log.call),
      },
    },
  };
}

/** Any other notification. Its `_meta` is left out, as that of requests. */
export function recordOfNotification(seen: SeenNotification, session: Session, contents: ContentOptions): Delivered {
  const { call, from, method } = seen;
  const { _meta, ...params } = seen.params;
  const tool = call?.method === 'tools/call' ? call.target : undefined;
  const hasParams = Object.keys(params).length > 0;
  const said = recordContent(hasParams ? params : undefined, contents.policy(tool), { limit: contents.limit, maxWholeBytes: 0 });
  const whole = said?.text === undefined || said.cut ? undefined : said;
  return {
    log: {
      timestamp: iso(seen.timeMillis),
      level: 'DEBUG',
      msg: method.slice(0, maxName).toWellFormed(),
      ...common(session),
      trace: traceOf(call),
      mcp: {
        session: session.id,
        transport: session.transport,
        from,
        notification: method.slice(0, maxName).toWellFormed(),
        params: wholeValue(whole),
        arguments: whole === undefined ? describe(said) : undefined,
        call: reference(call),
      },
    },
  };
}

/** Of the context that the request carried; a trace that only its span began is not known here. */
function traceOf(call: CallReference | undefined) {
  const { traceId, parentId } = spanIds(call?.traceparent);
  return parentId === '' ? undefined : { trace_id: traceId };
}

const reference = (call: CallReference | undefined) => call && { id: call.id, method: call.method, target: call.target };

/** A line that the server wrote to its standard error. */
export function recordOfStderr(line: string, moment: Moment, session: Session, { policy }: ContentOptions): Delivered {
  const msg = redactText(line, policy(undefined));
  return { log: { timestamp: iso(moment.wall), level: 'INFO', msg, ...common(session), mcp: { session: session.id, stream: 'stderr' } } };
}

/** Something about the conversation itself: a broken line, a lost record, the end of the server. */
export function recordOfEvent(
  level: string,
  msg: string,
  moment: Moment,
  session: Session,
  details: Readonly<Record<string, unknown>>,
): Delivered {
  return { log: { timestamp: iso(moment.wall), level, msg, ...common(session), mcp: { session: session.id, ...details } } };
}

const common = (session: Session) => ({
  service: { name: session.server, instance_id: session.id },
  agent: { name: session.server, type: 'mcp-server' },
});
