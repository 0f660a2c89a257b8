import type { RpcId, RpcObject } from './json-rpc.ts';
import type { SpanIds } from './trace-context.ts';

/**
 * How a call ended, as a person would say it. `tool_error`: the tool said `isError`. `rpc_error`: a JSON-RPC error. `invalid_result`:
 * the structured content is missing although the tool declares a schema, or the result is no object. `cancelled`: its sender
 * gave it up. `timed_out`: cancelled with a reason that says so. `abandoned`: the conversation ended before the answer.
 * `transport`: the server died or the line was broken.
 */
export type CallOutcome =
  | 'ok'
  | 'empty'
  | 'tool_error'
  | 'rpc_error'
  | 'invalid_result'
  | 'cancelled'
  | 'timed_out'
  | 'abandoned'
  | 'transport';

export type CallError = Readonly<{
  /** OpenTelemetry's `error.type`: the JSON-RPC code, `tool_error`, or the outcome. */
  type: string;
  code: number | undefined;
  message: string;
}>;

/** A request and what became of it. */
export type CallRecord = Readonly<{
  method: string;
  /** Tool, prompt or resource URI. */
  target: string | undefined;
  /** Whether the client or the server asked. */
  from: 'client' | 'server';
  id: RpcId;
  /** Unix time in milliseconds, with fractions. */
  startMillis: number;
  /** Milliseconds from the request to its answer, on a monotonic clock. */
  durationMillis: number;
  /** The part of it in which a person was asked (elicitation, sampling). */
  humanMillis: number;
  outcome: CallOutcome;
  error: CallError | undefined;
  /** Of the messages, without line ends. */
  requestBytes: number;
  responseBytes: number;
  /** Further requests of the same call (`input_required`). */
  rounds: number;
  /** The same call failed a moment ago; the number of tries before this one. */
  retries: number;
  progressCount: number;
  /** W3C trace context of the request's `_meta`, if it had one. */
  traceparent: string | undefined;
  /** Of its span, when its start was reported. */
  ids?: SpanIds | undefined;
  params: unknown;
  result: unknown;
}>;

/** A request that has been open for long. */
export type StartedCall = Readonly<{
  method: string;
  target: string | undefined;
  from: 'client' | 'server';
  id: RpcId;
  startMillis: number;
  ids: SpanIds;
}>;

/** A call that something belongs to. */
export type CallReference = Readonly<{ method: string; target: string | undefined; id: RpcId; traceparent: string | undefined }>;

export type ServerLog = Readonly<{
  timeMillis: number;
  /** RFC 5424, as MCP names them. */
  level: string;
  logger: string | undefined;
  data: unknown;
  /** The only call that was open, or undefined: it is never guessed. */
  call: CallReference | undefined;
}>;

/** A notification that is no protocol log. */
export type SeenNotification = Readonly<{
  timeMillis: number;
  from: 'client' | 'server';
  method: string;
  params: RpcObject;
  /** The call that it names, by its id or its progress token. */
  call: CallReference | undefined;
}>;

export type Parties = Readonly<{
  clientName: string | undefined;
  clientVersion: string | undefined;
  serverName: string | undefined;
  serverVersion: string | undefined;
  protocolVersion: string | undefined;
}>;
