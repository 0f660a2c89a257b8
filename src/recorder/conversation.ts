import type { CallError, CallOutcome, CallRecord, Parties, SeenNotification, ServerLog, StartedCall } from './call-record.ts';
import { idKey, jsonText, objectOf, type RpcId, type RpcMessage, type RpcObject } from './json-rpc.ts';
import { type SpanIds, spanIds } from './trace-context.ts';

export type Side = 'client' | 'server';

/** When a message passed: Unix milliseconds for display, monotonic milliseconds for durations. */
export type Moment = Readonly<{ wall: number; monotonic: number }>;

export type ConversationEvents = Readonly<{
  onCall: (call: CallRecord) => void;
  /** See `reportOpen`. */
  onStart: (call: StartedCall) => void;
  onLog: (log: ServerLog) => void;
  /** Of `notifications/progress` only the first of each call; the call counts them. */
  onNotification: (notification: SeenNotification) => void;
  /** A line that is no message. */
  onInvalid: (side: Side, reason: string, moment: Moment) => void;
}>;

type Open = {
  readonly method: string;
  readonly target: string | undefined;
  readonly from: Side;
  readonly id: RpcId;
  readonly scope: string;
  readonly start: Moment;
  readonly params: RpcObject;
  readonly progressToken: unknown;
  readonly traceparent: string | undefined;
  /** Of its span, when its start was reported. */
  ids: SpanIds | undefined;
  requestBytes: number;
  rounds: number;
  humanMillis: number;
  /** Since when somebody is being asked for this call. */
  asking: number | undefined;
  progressCount: number;
};

/** Requests that a person answers; while one is open, time is not the tool's. */
const humanMethods: ReadonlySet<string> = new Set(['elicitation/create', 'sampling/createMessage']);

/** It is open for as long as the conversation. */
const subscription = 'subscriptions/listen';

/** A request that is open for so long is reported while it is, in milliseconds. Most are not, and cost nothing then. */
const longMillis = 1000;

/** The same call after a failure counts as a retry for so long, in milliseconds. */
const retryMillis = 60_000;

const maxRemembered = 1000;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const keyOf = (side: Side, id: RpcId, scope: string): string => `${side} ${idKey(id)} ${scope}`;

/** What the server asks for is given with its `requestState`, which is opaque and its own (MCP 2026-07-28). */
const waitingKey = (method: string, target: string | undefined, state: unknown): string =>
  typeof state === 'string' ? `state ${state}` : `call ${method} ${target}`;

function targetOf(method: string, params: RpcObject): string | undefined {
  return method.startsWith('resources/') ? text(params.uri) : text(params.name);
}

/**
 * Follows one conversation of a client and a server, in both eras of MCP, and says of each request what became of it. It looks at
 * copies of messages; nothing here can change or delay the conversation.
 */
export class Conversation {
  readonly #events: ConversationEvents;
  readonly #open = new Map<string, Open>();
  /** Calls that wait for input (`input_required`), by method and target. */
  readonly #waiting = new Map<string, Open & { waitingSince: number; responseBytes: number }>();
  readonly #failures = new Map<string, { tries: number; at: number }>();
  readonly #schemas = new Set<string>();
  #parties: { -readonly [Name in keyof Parties]: Parties[Name] } = {
    clientName: undefined,
    clientVersion: undefined,
    serverName: undefined,
    serverVersion: undefined,
    protocolVersion: undefined,
  };

  constructor(events: ConversationEvents) {
    this.#events = events;
  }

  get parties(): Parties {
    return this.#parties;
  }

  /** Requests without an answer, in either direction; not subscriptions, which are open for as long as the conversation. */
  get openCalls(): number {
    let count = this.#waiting.size;
    for (const { method } of this.#open.values()) if (method !== subscription) count++;
    return count;
  }

  /** Reports each request once that has been open for a second. To be called about as often. */
  reportOpen({ monotonic }: Moment): void {
    for (const open of this.#open.values()) {
      if (open.ids !== undefined || open.method === subscription || monotonic - open.start.monotonic < longMillis) continue;
      open.ids = spanIds(open.traceparent);
      const { method, target, from, id, ids, start } = open;
      this.#events.onStart({ method, target, from, id, ids, startMillis: start.wall });
    }
  }

  /**
   * `bytes`: of the line; a batch shares them among its messages. `scope`: where several clients share a conversation (HTTP without
   * sessions), which of them: ids are unique, and logs belong to a call, within it.
   */
  take(side: Side, message: RpcMessage, bytes: number, moment: Moment, scope = ''): void {
    if (message.kind === 'invalid') this.#events.onInvalid(side, message.reason, moment);
    else if (message.kind === 'request') this.#request(side, message, bytes, moment, scope);
    else if (message.kind === 'notification') this.#notification(side, message, moment, scope);
    else this.#answer(side, message, bytes, moment, scope);
  }

  /** A request of the client will not be answered, for a reason that is no message: `error` says which. */
  giveUp(id: RpcId, scope: string, outcome: CallOutcome, error: CallError, moment: Moment): void {
    const key = keyOf('client', id, scope);
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    this.#finish(open, moment, outcome, error, 0, undefined);
  }

  /** The line is closed: what is open will not be answered. */
  close(moment: Moment, why: 'abandoned' | 'transport', message: string): void {
    const error: CallError = { type: why, code: undefined, message };
    for (const open of this.#open.values()) this.#finish(open, moment, why, error, 0, undefined);
    for (const open of this.#waiting.values())
      this.#finish(open, moment, 'abandoned', { ...error, type: 'abandoned' }, open.responseBytes, undefined);
    this.#open.clear();
    this.#waiting.clear();
  }

  #request(
    side: Side,
    { id, method, params }: Extract<RpcMessage, { kind: 'request' }>,
    bytes: number,
    moment: Moment,
    scope: string,
  ): void {
    const meta = objectOf(params._meta);
    const target = targetOf(method, params);
    this.#learnFromRequest(side, method, params, meta);
    const key = keyOf(side, id, scope);
    const reused = this.#open.get(key);
    if (reused)
      this.#finish(
        reused,
        moment,
        'abandoned',
        { type: 'abandoned', code: undefined, message: 'its id was used again before it was answered' },
        0,
        undefined,
      );
    const state = waitingKey(method, target, params.requestState);
    const waiting = 'inputResponses' in params || 'requestState' in params ? this.#waiting.get(state) : undefined;
    if (waiting) {
      this.#waiting.delete(state);
      waiting.humanMillis += moment.monotonic - waiting.waitingSince;
      waiting.rounds++;
      waiting.requestBytes += bytes;
      this.#open.set(key, { ...waiting, id, scope });
      return;
    }
    if (side === 'server' && humanMethods.has(method))
      for (const open of this.#open.values()) if (open.from === 'client' && open.scope === scope) open.asking ??= moment.monotonic;
    this.#open.set(key, {
      method,
      target,
      from: side,
      id,
      scope,
      start: moment,
      params,
      progressToken: meta.progressToken,
      traceparent: text(meta.traceparent),
      ids: undefined,
      requestBytes: bytes,
      rounds: 1,
      humanMillis: 0,
      asking: undefined,
      progressCount: 0,
    });
  }

  #learnFromRequest(side: Side, method: string, params: RpcObject, meta: RpcObject): void {
    if (side !== 'client') return;
    const client = objectOf(method === 'initialize' ? params.clientInfo : meta['io.modelcontextprotocol/clientInfo']);
    this.#parties.clientName = text(client.name) ?? this.#parties.clientName;
    this.#parties.clientVersion = text(client.version) ?? this.#parties.clientVersion;
    this.#parties.protocolVersion = text(meta['io.modelcontextprotocol/protocolVersion']) ?? this.#parties.protocolVersion;
  }

  #notification(side: Side, { method, params }: Extract<RpcMessage, { kind: 'notification' }>, moment: Moment, scope: string): void {
    if (method === 'notifications/message' && side === 'server') {
      const calls = [...this.#open.values()].filter((open) => open.from === 'client' && open.scope === scope);
      this.#events.onLog({
        timeMillis: moment.wall,
        level: text(params.level) ?? 'info',
        logger: text(params.logger),
        data: params.data,
        call: calls.length === 1 ? calls[0] : undefined,
      });
      return;
    }
    const seen = { timeMillis: moment.wall, from: side, method, params };
    if (method === 'notifications/progress') {
      const open = this.#progressing(side, params.progressToken, scope);
      if (open && open.progressCount++ === 0) this.#events.onNotification({ ...seen, call: open });
    } else if (method === 'notifications/cancelled') {
      const { requestId: id } = params;
      const key = typeof id === 'string' || typeof id === 'number' ? keyOf(side, id, scope) : '';
      const open = this.#open.get(key);
      this.#events.onNotification({ ...seen, call: open });
      if (open) this.#cancelled(key, open, params.reason, moment);
    } else this.#events.onNotification({ ...seen, call: undefined });
  }

  #progressing(side: Side, token: unknown, scope: string): Open | undefined {
    if (token === undefined) return undefined;
    for (const open of this.#open.values()) if (open.from !== side && open.scope === scope && open.progressToken === token) return open;
    return undefined;
  }

  #cancelled(key: string, open: Open, reason: unknown, moment: Moment): void {
    this.#open.delete(key);
    const why = text(reason) ?? '';
    const outcome = /time[d ]?[- ]?out/i.test(why) ? 'timed_out' : 'cancelled';
    this.#finish(open, moment, outcome, { type: outcome, code: undefined, message: why }, 0, undefined);
  }

  #answer(side: Side, message: Extract<RpcMessage, { kind: 'result' | 'error' }>, bytes: number, moment: Moment, scope: string): void {
    const asker: Side = side === 'client' ? 'server' : 'client';
    if (message.id === undefined) return;
    const key = keyOf(asker, message.id, scope);
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    if (asker === 'server' && humanMethods.has(open.method)) this.#asked(moment);
    if (message.kind === 'error') {
      const { code, message: said } = message;
      this.#finish(open, moment, 'rpc_error', { type: String(code), code, message: said }, bytes, undefined);
      return;
    }
    if (message.unread) {
      this.#finish(open, moment, 'ok', undefined, bytes, undefined);
      return;
    }
    const result = objectOf(message.result);
    this.#learnFromResult(open.method, result);
    if (result.resultType === 'input_required') {
      this.#waiting.set(
        waitingKey(open.method, open.target, result.requestState),
        Object.assign(open, { waitingSince: moment.monotonic, responseBytes: bytes }),
      );
      return;
    }
    const { outcome, error } = judge(open.method, message.result, this.#schemas.has(open.target ?? ''));
    this.#finish(open, moment, outcome, error, bytes, message.result);
  }

  /** Somebody has answered; time is the tool's again once nobody else is being asked. */
  #asked(moment: Moment): void {
    for (const { from, method } of this.#open.values()) if (from === 'server' && humanMethods.has(method)) return;
    for (const open of this.#open.values()) {
      if (open.asking === undefined) continue;
      open.humanMillis += moment.monotonic - open.asking;
      open.asking = undefined;
    }
  }

  #learnFromResult(method: string, result: RpcObject): void {
    const server = objectOf(result.serverInfo ?? objectOf(result._meta)['io.modelcontextprotocol/serverInfo']);
    this.#parties.serverName = text(server.name) ?? this.#parties.serverName;
    this.#parties.serverVersion = text(server.version) ?? this.#parties.serverVersion;
    if (method === 'initialize') this.#parties.protocolVersion = text(result.protocolVersion) ?? this.#parties.protocolVersion;
    if (method === 'tools/list' && Array.isArray(result.tools)) {
      for (const tool of result.tools) {
        const { name, outputSchema } = objectOf(tool);
        if (typeof name === 'string' && outputSchema !== undefined && this.#schemas.size < maxRemembered) this.#schemas.add(name);
      }
    }
  }

  #finish(open: Open, moment: Moment, outcome: CallOutcome, error: CallError | undefined, responseBytes: number, result: unknown): void {
    if (open.asking !== undefined) open.humanMillis += moment.monotonic - open.asking;
    this.#events.onCall({
      method: open.method,
      target: open.target,
      from: open.from,
      id: open.id,
      startMillis: open.start.wall,
      durationMillis: Math.max(0, moment.monotonic - open.start.monotonic),
      humanMillis: open.humanMillis,
      outcome,
      error,
      requestBytes: open.requestBytes,
      responseBytes,
      rounds: open.rounds,
      retries: this.#retries(open, outcome, moment),
      progressCount: open.progressCount,
      traceparent: open.traceparent,
      ids: open.ids,
      params: open.params,
      result,
    });
  }

  /** How often the same call failed just before. */
  #retries(open: Open, outcome: CallOutcome, { monotonic }: Moment): number {
    if (open.method !== 'tools/call') return 0;
    const failed = outcome !== 'ok' && outcome !== 'empty';
    if (!failed && this.#failures.size === 0) return 0;
    const key = `${open.target} ${(jsonText(open.params.arguments) ?? '').slice(0, 1000)}`;
    const before = this.#failures.get(key);
    const tries = before && open.start.monotonic - before.at < retryMillis ? before.tries : 0;
    this.#failures.delete(key);
    if (failed) {
      this.#failures.set(key, { tries: tries + 1, at: monotonic });
      if (this.#failures.size > maxRemembered) this.#failures.delete(this.#failures.keys().next().value as string);
    }
    return tries;
  }
}

function judge(method: string, result: unknown, hasSchema: boolean): { outcome: CallOutcome; error: CallError | undefined } {
  const fields = objectOf(result);
  if (fields !== result)
    return { outcome: 'invalid_result', error: { type: 'invalid_result', code: undefined, message: 'the result is no object' } };
  if (method !== 'tools/call') return { outcome: 'ok', error: undefined };
  const content = Array.isArray(fields.content) ? fields.content : [];
  if (fields.isError === true) {
    const said = content.map((part) => objectOf(part).text).find((part) => typeof part === 'string');
    return { outcome: 'tool_error', error: { type: 'tool_error', code: undefined, message: said ?? '' } };
  }
  if (hasSchema && fields.structuredContent === undefined)
    return {
      outcome: 'invalid_result',
      error: {
        type: 'invalid_result',
        code: undefined,
        message: 'the tool declares an output schema, and its result has no structuredContent',
      },
    };
  return { outcome: content.length === 0 && fields.structuredContent === undefined ? 'empty' : 'ok', error: undefined };
}
