import { type Members, type Message, membersOf, metaOf } from './mcp-message.ts';
import { activeContext, type OtelContext, registered, remoteSpan, spanKey, spanOf, traceContextOf } from './open-telemetry.ts';
import { currentScope } from './scope.ts';
import { formatTraceparent, newSpanId, parseMeshIds, parseTraceparent, type TraceContext } from './trace-context.ts';

/** The span that is active here: the application's OpenTelemetry's, else the one of the call that is being handled. */
export const currentTrace = (): TraceContext | undefined =>
  (registered().trace && traceContextOf(spanOf(activeContext()))) ?? currentScope().trace;

/** What a message says about the span that caused it. */
export type RemoteParent = Readonly<{
  trace: TraceContext | undefined;
  /** MCP Mesh knows only a trace here: the span is its root. */
  rootOf: string | undefined;
  /** As MCP Mesh's headers or arguments have it, for its own stream. */
  meshParent: string | undefined;
  /** With everything that the application's propagator found, such as baggage. */
  context: OtelContext | undefined;
}>;

const getter = { get: (carrier: Members, key: string) => carrier[key], keys: (carrier: Members) => Object.keys(carrier) };
const setter = {
  set: (carrier: Record<string, unknown>, key: string, value: string) => {
    // Who has put a context there knows better.
    if (carrier[key] === undefined) carrier[key] = value;
  },
};

/**
 * Reads `params._meta` (MCP, SEP-414); where that has nothing, the `traceparent` of the HTTP request, then MCP Mesh's headers `X-Trace-ID` and `X-Parent-Span`, and its arguments
 * `_trace_id` and `_parent_span`. Nothing of it is trusted for more than a link between spans.
 */
export function readParent(message: Message, extra: unknown): RemoteParent {
  const meta = metaOf(message);
  const { propagation } = registered();
  const found = propagation?.extract(activeContext().deleteValue(spanKey), meta, getter);
  const own = parseTraceparent(meta.traceparent, meta.tracestate);
  const trace = (found && traceContextOf(spanOf(found))) ?? own;
  if (trace) return { trace, rootOf: undefined, meshParent: trace.spanId, context: found };

  const header = headerReader(extra);
  // Where the application has an OpenTelemetry, its HTTP instrumentation has read this and made a span of it.
  const ofRequest = registered().trace ? undefined : parseTraceparent(header('traceparent'), header('tracestate'));
  if (ofRequest) return { trace: ofRequest, rootOf: undefined, meshParent: ofRequest.spanId, context: found };

  const call = membersOf(membersOf(message.params).arguments);
  const meshTrace = header('x-trace-id') ?? call._trace_id;
  const meshParent = header('x-parent-span') ?? header('x-parent-span-id') ?? call._parent_span;
  const ids = parseMeshIds(meshTrace, meshParent);
  return {
    trace: ids?.spanId === undefined ? undefined : { traceId: ids.traceId, spanId: ids.spanId, flags: 1 },
    rootOf: ids?.spanId === undefined ? ids?.traceId : undefined,
    meshParent: typeof meshParent === 'string' && meshParent !== 'null' ? meshParent.slice(0, 64) : undefined,
    context: found,
  };
}

/** A parent for the application's OpenTelemetry, which cannot start a trace of a given id: a remote span that nobody has sent. */
export function otelParent(parent: RemoteParent): OtelContext | undefined {
  const base = parent.context ?? activeContext();
  const trace = parent.trace ?? (parent.rootOf === undefined ? undefined : { traceId: parent.rootOf, spanId: newSpanId(), flags: 1 });
  if (!trace) return undefined;
  return traceContextOf(spanOf(base)) ? base : base.setValue(spanKey, remoteSpan(trace));
}

/** MCP Mesh's agents take their two arguments out before the tool sees them; tools with strict schemas would refuse them. */
export function withoutMeshArguments(message: Message): Message {
  const params = membersOf(message.params);
  const call = membersOf(params.arguments);
  if (typeof call._trace_id !== 'string' && typeof call._parent_span !== 'string') return message;
  const { _trace_id, _parent_span, ...rest } = call;
  return { ...message, params: { ...params, arguments: rest } };
}

/** A copy of the message with the context in `_meta`; what is there stays. */
export function withTrace(message: Message, trace: TraceContext, context: OtelContext | undefined, asMeshArguments: boolean): Message {
  const params = membersOf(message.params);
  const meta: Record<string, unknown> = { ...membersOf(params._meta) };
  if (meta.traceparent === undefined) {
    if (context) registered().propagation?.inject(context, meta, setter);
    if (meta.traceparent === undefined) {
      meta.traceparent = formatTraceparent(trace);
      if (trace.state) meta.tracestate = trace.state;
    }
  }
  const call =
    asMeshArguments && message.method === 'tools/call'
      ? { arguments: { ...membersOf(params.arguments), _trace_id: trace.traceId, _parent_span: trace.spanId } }
      : {};
  return { ...message, params: { ...params, ...call, _meta: meta } };
}

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A `fetch` that adds MCP Mesh's headers of the call that is being sent, for the `fetch` option of both SDKs' HTTP transports.
 * Headers that are there already stay.
 */
export function meshFetch(inner: Fetch = fetch): Fetch {
  return (input, init) => {
    const trace = currentTrace();
    if (!trace) return inner(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    if (!headers.has('x-trace-id')) {
      headers.set('x-trace-id', trace.traceId);
      headers.set('x-parent-span', trace.spanId);
    }
    return inner(input, { ...init, headers });
  };
}

/** Headers of the HTTP request behind a message: a record in the first generation of the SDK, a `Request` in the second. */
export function headerReader(extra: unknown): (name: string) => string | undefined {
  const { requestInfo, request } = membersOf(extra);
  const headers = membersOf(request).headers ?? membersOf(requestInfo).headers;
  if (headers instanceof Headers) return (name) => headers.get(name) ?? undefined;
  const members = membersOf(headers);
  return (name) => {
    const value = members[name];
    return typeof value === 'string' ? value : undefined;
  };
}
