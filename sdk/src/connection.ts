import { createHash } from 'node:crypto';
import { type Call, type Peers, requestStateOf, startCall, subscription, timesOf } from './call.ts';
import { type RecordOptions, recordCall } from './call-records.ts';
import { ClientLog } from './client-log.ts';
import { DefinitionBytes } from './definition-bytes.ts';
import { isRequestId, type Members, type Message, membersOf, metaOf, modernMeta, requestKey, textOf } from './mcp-message.ts';
import { messageBytes } from './message-bytes.ts';
import { isSpanless, startNotification } from './notification.ts';
import { withContext } from './open-telemetry.ts';
import { type Ending, endingOfCancel, endingOfError, endingOfResult } from './outcome.ts';
import { currentTrace, headerReader, readParent, withoutMeshArguments, withTrace } from './propagation.ts';
import { recordProtocolLog } from './protocol-log.ts';
import type { Rounds } from './rounds.ts';
import { runInScope, runOutsideScope, type Scope } from './scope.ts';
import type { Telemetry } from './telemetry.ts';
import type { ToolNames } from './tool-names.ts';
import { newSpanId } from './trace-context.ts';
import { describeTransport } from './transport-kind.ts';
import type { Passage, SendOptions, TapHooks, Transport } from './transport-tap.ts';

/** What outlives one connection: the second generation makes a server object, and with it a transport, for each HTTP request. */
export type Memory = Readonly<{ rounds: Rounds; names: ToolNames }>;

export type ConnectionOptions = RecordOptions &
  Readonly<{ meshArguments: boolean; protocolLogs: boolean; notifications: boolean; sizes: boolean; capabilities: () => Members }>;

/** Requests that wait for an answer; the oldest is given up beyond it. */
const maxOpen = 10_000;

/** A request that is open for so long is reported while it is, in milliseconds. */
const longMillis = 1000;

/** One conversation over one transport, seen from the side that is instrumented. */
export class Connection implements TapHooks {
  private readonly transport: Transport;
  private readonly telemetry: Telemetry;
  private readonly memory: Memory;
  private readonly options: ConnectionOptions;
  private readonly id: string = newSpanId();
  private readonly incoming = new Map<string, Call>();
  private readonly outgoing = new Map<string, Call>();
  private readonly clientLog: ClientLog;
  private readonly definitionBytes = new DefinitionBytes();
  private readonly startTick: number = performance.now();
  private legacySession: 'client' | 'server' | undefined;
  private looking: NodeJS.Timeout | undefined;
  private peers: Peers;

  constructor(transport: Transport, telemetry: Telemetry, memory: Memory, options: ConnectionOptions) {
    this.transport = transport;
    this.telemetry = telemetry;
    this.memory = memory;
    this.options = options;
    this.clientLog = new ClientLog(transport, options.capabilities);
    this.peers = { ...unknownPeers, ...describeTransport(transport) };
  }

  inbound = (message: Message, extra: unknown): Passage => {
    if (typeof message.method !== 'string') return this.answerCame(message);
    if (!isRequestId(message.id)) return this.notificationCame(message, extra);
    this.learnPeers(message, extra);
    if (message.method === 'logging/setLevel') this.clientLog.setLevel(membersOf(message.params).level);
    const call = this.open(this.incoming, 'server', message, readParent(message, extra));
    const { trace, context } = call.span;
    const scope: Scope = {
      trace,
      requestId: call.requestId,
      client: this.clientLog.channel(message, () => this.incoming.get(requestKey(call.id)) === call),
    };
    return { message: withoutMeshArguments(message), run: (work) => withContext(context, () => runInScope(scope, work)) };
  };

  outbound = (message: Message, options: SendOptions): Passage => {
    if (typeof message.method !== 'string') return this.answerGoes(message);
    if (!isRequestId(message.id)) return this.notificationGoes(message, options);
    this.learnPeers(message, undefined);
    const call = this.open(this.outgoing, 'client', message, undefined);
    options.requestSignal?.addEventListener(
      'abort',
      () => this.close(this.outgoing, call, endingOfCancel(options.requestSignal?.reason), undefined),
      {
        once: true,
      },
    );
    const { trace, context } = call.span;
    return {
      message: withTrace(message, trace, context, this.options.meshArguments),
      run: (work) => withContext(context, () => runInScope({ trace }, work)),
      failed: (error) => this.close(this.outgoing, call, transportEnding(error), undefined),
    };
  };

  closed = (): void => {
    clearTimeout(this.looking);
    this.looking = undefined;
    for (const table of [this.incoming, this.outgoing]) {
      for (const call of [...table.values()]) {
        // Over HTTP the modern era cancels by closing the stream; elsewhere nobody has said that the answer is not wanted.
        const isCancel = call.isModern && call.role === 'server' && this.peers.transport === 'tcp';
        this.close(
          table,
          call,
          isCancel ? { outcome: 'cancelled', errorType: 'cancelled' } : { outcome: 'abandoned', errorType: 'abandoned' },
          undefined,
        );
      }
    }
    if (this.legacySession) this.countSession(this.legacySession);
    this.legacySession = undefined;
  };

  private open(
    table: Map<string, Call>,
    role: 'client' | 'server',
    message: Message,
    parent: Parameters<typeof startCall>[1]['parent'],
  ): Call {
    const id = isRequestId(message.id) ? message.id : '';
    const params = membersOf(message.params);
    const key = requestKey(id);
    const stale = table.get(key) ?? (table.size >= maxOpen ? table.values().next().value : undefined);
    if (stale) this.close(table, stale, { outcome: 'abandoned', errorType: 'abandoned' }, undefined);
    const call = startCall(this.telemetry, {
      role,
      method: String(message.method).slice(0, 128),
      id,
      connection: this.id,
      params,
      isModern: metaOf(message)[modernMeta.protocolVersion] !== undefined,
      peers: this.peers,
      parent,
      earlier: this.memory.rounds.take(role, requestStateOf(params)),
      requestBytes: this.options.sizes ? messageBytes(message) : undefined,
    });
    table.set(key, call);
    if (call.method !== subscription) {
      this.telemetry.inFlight(1);
      this.lookLater();
    }
    return call;
  }

  /** One timer for all calls of the connection, so that short ones pay next to nothing. */
  private lookLater(): void {
    this.looking ??= runOutsideScope(() =>
      setTimeout(() => {
        this.looking = undefined;
        const before = performance.now() - longMillis;
        for (const table of [this.incoming, this.outgoing]) {
          for (const call of table.values()) {
            if (call.method === subscription) continue;
            if (call.startTick <= before) call.span.tellStart();
            this.lookLater();
          }
        }
      }, longMillis).unref(),
    );
  }

  private close(table: Map<string, Call>, call: Call, ending: Ending, result: unknown, bytes?: number): void {
    const key = requestKey(call.id);
    if (table.get(key) !== call) return;
    table.delete(key);
    if (call.method !== subscription) this.telemetry.inFlight(-1);
    try {
      const { legMillis } = timesOf(call);
      if (ending.outcome === 'input_required') {
        this.memory.rounds.put(call.role, requestStateOf(result), {
          count: (call.earlier?.count ?? 0) + 1,
          startMillis: call.earlier?.startMillis ?? call.startMillis,
          activeMillis: (call.earlier?.activeMillis ?? 0) + legMillis,
          humanMillis: (call.earlier?.humanMillis ?? 0) + call.humanMillis,
          requestBytes: (call.earlier?.requestBytes ?? 0) + (call.requestBytes ?? 0),
          trace: call.span.trace,
        });
      }
      if (call.method === 'elicitation/create') this.countHuman(call, legMillis);
      recordCall(this.telemetry, call, ending, result, bytes, this.peers, this.memory.names, this.options);
    } catch {
      this.telemetry.countFailure();
    }
  }

  /** A question to a person belongs to the call that is open, when there is exactly one. */
  private countHuman(question: Call, millis: number): void {
    const others = [...(question.role === 'client' ? this.incoming : this.outgoing).values()];
    const [only] = others;
    if (only && others.length === 1) only.humanMillis += millis;
  }

  private answerCame(message: Message): Passage {
    const call = isRequestId(message.id) ? this.outgoing.get(requestKey(message.id)) : undefined;
    if (call) {
      this.learnFromResult(call, message.result);
      this.close(this.outgoing, call, endingOf(call, message), message.result, this.sizeOf(message));
    }
    return { message, run: (work) => work() };
  }

  private answerGoes(message: Message): Passage {
    const call = isRequestId(message.id) ? this.incoming.get(requestKey(message.id)) : undefined;
    if (!call) return { message, run: (work) => work() };
    this.learnFromResult(call, message.result);
    this.close(this.incoming, call, endingOf(call, message), message.result, this.sizeOf(message));
    const bytes = this.definitionBytes.answered(call, message);
    if (bytes !== undefined) this.telemetry.definitionBytes(call.method, bytes);
    return { message, run: (work) => work() };
  }

  private notificationCame(message: Message, extra: unknown): Passage {
    const params = membersOf(message.params);
    if (message.method === 'notifications/cancelled') this.cancel(this.incoming, params);
    if (message.method === 'notifications/message' && this.options.protocolLogs) {
      const open = [...this.outgoing.values()];
      recordProtocolLog(this.telemetry, 'client', params, open.length === 1 ? open[0] : undefined, undefined);
    }
    const parent = readParent(message, extra);
    if (!this.hasSpan(message, this.outgoing)) {
      const { trace } = parent;
      return { message, run: (work) => (trace ? runInScope({ trace }, work) : work()) };
    }
    const { span, end } = startNotification(this.telemetry, 'server', message, this.peers, parent);
    return {
      message,
      run: (work) => {
        try {
          return withContext(span.context, () => runInScope({ trace: span.trace }, work));
        } finally {
          // The SDKs handle it later, in a microtask, and tell nobody when they have.
          end();
        }
      },
    };
  }

  /** Of `notifications/progress` the first of each call has one; the call counts them. `asked`: calls that the sender may tell the progress of. */
  private hasSpan({ method, params }: Message, asked: ReadonlyMap<string, Call>): boolean {
    if (method !== 'notifications/progress') return this.options.notifications && !isSpanless(method);
    const { progressToken } = membersOf(params);
    for (const call of asked.values()) {
      if (progressToken === undefined || membersOf(call.params._meta).progressToken !== progressToken) continue;
      call.progressCount += 1;
      return this.options.notifications && call.progressCount === 1;
    }
    return false;
  }

  private sizeOf(message: Message): number | undefined {
    return this.options.sizes ? messageBytes(message) : undefined;
  }

  private notificationGoes(message: Message, options: SendOptions): Passage {
    const params = membersOf(message.params);
    if (message.method === 'notifications/cancelled') this.cancel(this.outgoing, params);
    const owner = isRequestId(options.relatedRequestId) ? this.incoming.get(requestKey(options.relatedRequestId)) : undefined;
    const trace = owner?.span.trace ?? currentTrace();
    if (message.method === 'notifications/message' && this.options.protocolLogs)
      recordProtocolLog(this.telemetry, 'server', params, owner, trace);
    if (this.hasSpan(message, this.incoming)) {
      const parent = owner && { trace: owner.span.trace, rootOf: undefined, meshParent: undefined, context: owner.span.context };
      const { span, end } = startNotification(this.telemetry, 'client', message, this.peers, parent);
      return {
        message: withTrace(message, span.trace, span.context, false),
        run: (work) => withContext(span.context, work),
        done: () => end(),
        failed: (error) => end(error),
      };
    }
    return { message: trace ? withTrace(message, trace, owner?.span.context, false) : message, run: (work) => work() };
  }

  private cancel(table: Map<string, Call>, params: Members): void {
    const call = isRequestId(params.requestId) ? table.get(requestKey(params.requestId)) : undefined;
    if (call) this.close(table, call, endingOfCancel(params.reason), undefined);
  }

  private learnPeers(message: Message, extra: unknown): void {
    const meta = metaOf(message);
    const params = membersOf(message.params);
    const client = membersOf(meta[modernMeta.clientInfo] ?? (message.method === 'initialize' ? params.clientInfo : undefined));
    const version = textOf(meta[modernMeta.protocolVersion]) ?? headerReader(extra)('mcp-protocol-version');
    const isHttp = membersOf(extra).requestInfo !== undefined || membersOf(extra).request !== undefined;
    const { sessionId } = this.transport;
    this.peers = {
      ...this.peers,
      clientName: textOf(client.name) ?? this.peers.clientName,
      clientVersion: textOf(client.version) ?? this.peers.clientVersion,
      protocolVersion: version ?? this.peers.protocolVersion,
      session: sessionId === undefined ? this.peers.session : sessionHash(sessionId),
      transport: isHttp ? 'tcp' : this.peers.transport,
    };
  }

  private learnFromResult(call: Call, result: unknown): void {
    const members = membersOf(result);
    if (call.method === 'initialize' && result !== undefined) {
      this.legacySession = call.role;
      const version = textOf(members.protocolVersion);
      if (version !== undefined) this.peers = { ...this.peers, protocolVersion: version };
    }
    if (call.method === 'tools/list') this.memory.names.learn(members.tools);
    if (call.method === 'prompts/list') this.memory.names.learn(members.prompts);
    const server = textOf(membersOf(members.serverInfo ?? membersOf(members._meta)[modernMeta.serverInfo]).name);
    if (server !== undefined) this.peers = { ...this.peers, serverName: server };
  }

  private countSession(role: 'client' | 'server'): void {
    this.telemetry.duration(
      `mcp.${role}.session.duration`,
      `The duration of the MCP session as observed on the MCP ${role}.`,
      (performance.now() - this.startTick) / 1000,
      {
        ...(this.peers.protocolVersion === undefined ? {} : { 'mcp.protocol.version': this.peers.protocolVersion }),
        ...(this.peers.transport === undefined ? {} : { 'network.transport': this.peers.transport }),
      },
      sessionBuckets,
    );
  }
}

/** The convention has the buckets of the operations for sessions, too. */
const sessionBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

const unknownPeers: Peers = {
  clientName: undefined,
  clientVersion: undefined,
  serverName: undefined,
  protocolVersion: undefined,
  session: undefined,
  transport: undefined,
  address: undefined,
  port: undefined,
};

const sessionHash = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 16);

const endingOf = (call: Call, message: Message): Ending =>
  message.error === undefined ? endingOfResult(call.method, message.result) : endingOfError(message.error);

function transportEnding(error: unknown): Ending {
  if (error instanceof Error && error.name === 'AbortError') return endingOfCancel(error);
  return {
    outcome: 'transport',
    errorType: error instanceof Error ? error.name : '_OTHER',
    message: error instanceof Error ? error.message : String(error),
  };
}
