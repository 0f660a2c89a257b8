import { type CallSpan, startCallSpan } from './call-span.ts';
import { recordedConversation } from './environment.ts';
import { type Members, membersOf, type RequestId, targetOf } from './mcp-message.ts';
import type { Attributes } from './open-telemetry.ts';
import type { RemoteParent } from './propagation.ts';
import type { EarlierRounds } from './rounds.ts';
import type { Telemetry } from './telemetry.ts';

/** Who is at the other end of a conversation, as far as it has said so. */
export type Peers = Readonly<{
  clientName: string | undefined;
  clientVersion: string | undefined;
  serverName: string | undefined;
  protocolVersion: string | undefined;
  /** Hash of the legacy era's session id, which lets in whoever has it. */
  session: string | undefined;
  transport: string | undefined;
  address: string | undefined;
  port: number | undefined;
}>;

/** A request that has no answer yet. `role` server: it came in; client: it went out. */
export type Call = {
  readonly role: 'client' | 'server';
  readonly method: string;
  readonly target: string | undefined;
  readonly tool: string | undefined;
  readonly id: RequestId;
  readonly requestId: string;
  readonly params: Members;
  /** Unix time in milliseconds with fractions, and the monotonic clock. */
  readonly startMillis: number;
  readonly startTick: number;
  readonly isModern: boolean;
  readonly span: CallSpan;
  readonly attributes: Attributes;
  readonly earlier: EarlierRounds | undefined;
  readonly meshParent: string | undefined;
  /** As JSON; undefined when it is not measured. */
  readonly requestBytes: number | undefined;
  progressCount: number;
  /** Of it, waiting for a person's answer (elicitation). */
  humanMillis: number;
};

export type CallStart = Readonly<{
  role: 'client' | 'server';
  method: string;
  id: RequestId;
  connection: string;
  params: Members;
  isModern: boolean;
  peers: Peers;
  parent: RemoteParent | undefined;
  earlier: EarlierRounds | undefined;
  requestBytes: number | undefined;
}>;

/** It is open for as long as the conversation. */
export const subscription = 'subscriptions/listen';

export function startCall(telemetry: Telemetry, start: CallStart): Call {
  const { role, method, id, params } = start;
  const startTick = performance.now();
  const startMillis = performance.timeOrigin + startTick;
  const said = targetOf(method, params);
  // Addresses may hold passwords and tokens; names of tools and prompts do not.
  const target = said !== undefined && method.startsWith('resources/') ? telemetry.filter.text(said) : said;
  const tool = method === 'tools/call' ? target : undefined;
  const attributes = attributesOf(start, target, tool);
  const isNamed = tool !== undefined || method === 'prompts/get';
  const name = isNamed && target !== undefined ? `${method} ${target}` : method;
  return {
    role,
    method,
    target,
    tool,
    id,
    requestId: `${start.connection}:${id}`,
    params,
    startMillis,
    startTick,
    isModern: start.isModern,
    attributes,
    earlier: start.earlier,
    meshParent: start.parent?.meshParent,
    requestBytes: start.requestBytes,
    progressCount: 0,
    humanMillis: 0,
    span: startCallSpan(telemetry, {
      name,
      role,
      // The span of the last round is that of the whole call.
      startMillis: start.earlier?.startMillis ?? startMillis,
      attributes,
      parent: start.parent,
      earlier: start.earlier?.trace,
    }),
  };
}

/** Of this request; from the first one of the call to this answer; and what of that was not the tool's: a person or the caller had to answer. */
export function timesOf(call: Call): Readonly<{ legMillis: number; millis: number; humanMillis: number }> {
  const { earlier, humanMillis } = call;
  const legMillis = performance.now() - call.startTick;
  if (earlier === undefined) return { legMillis, millis: legMillis, humanMillis };
  const waitMillis = Math.max(0, call.startMillis - earlier.startMillis - earlier.activeMillis);
  return { legMillis, millis: earlier.activeMillis + waitMillis + legMillis, humanMillis: earlier.humanMillis + waitMillis + humanMillis };
}

/** What messages of a conversation have in common. */
export function peerAttributes(role: 'client' | 'server', peers: Peers, isModern: boolean): Attributes {
  return {
    'mcp.protocol.version': peers.protocolVersion,
    'mcp.session.id': isModern ? undefined : peers.session,
    'network.transport': peers.transport,
    'network.protocol.name': peers.transport === 'tcp' ? 'http' : undefined,
    'server.address': role === 'client' ? peers.address : undefined,
    'server.port': role === 'client' ? peers.port : undefined,
    'mcp.client.name': peers.clientName,
    'mcp.client.version': peers.clientVersion,
    'mcp.server.name': peers.serverName,
  };
}

/** By OpenTelemetry's semantic conventions for MCP, which are constants of ours because their package has marked its own as moved. */
function attributesOf({ role, method, id, peers, isModern }: CallStart, target: string | undefined, tool: string | undefined): Attributes {
  return {
    'mcp.method.name': method,
    'jsonrpc.request.id': String(id),
    'gen_ai.operation.name': tool === undefined ? undefined : 'execute_tool',
    'gen_ai.tool.name': tool,
    'gen_ai.prompt.name': method === 'prompts/get' ? target : undefined,
    'mcp.resource.uri': method.startsWith('resources/') ? target : undefined,
    ...peerAttributes(role, peers, isModern),
    'meshscope.conversation': role === 'server' ? conversationOf(peers, isModern) : undefined,
  };
}

/** What a recorder between client and server calls this conversation too. A modern one over HTTP has no name. */
function conversationOf({ transport, session }: Peers, isModern: boolean): string | undefined {
  if (transport === 'pipe') return recordedConversation();
  return isModern ? undefined : session;
}

export const requestStateOf = (value: unknown): unknown => membersOf(value).requestState;
