/** A record of `mcp-calls`, as the recorders write it (docs/mcp/wrap.md). */
export type RecordedLine = Readonly<{
  id: string;
  timestamp: string;
  level?: string;
  msg?: string;
  request_id?: string;
  request?: Readonly<{ method?: string; status?: string; duration_ms?: number; params?: unknown }>;
  exception?: Readonly<{ type?: string; message?: string }>;
  trace?: Readonly<{ trace_id?: string; span_id?: string }>;
  ok?: boolean;
  mcp?: Readonly<{
    session?: string;
    from?: string;
    target?: string;
    outcome?: string;
    human_ms?: number;
    rounds?: number;
    stream?: string;
    notification?: string;
    params?: unknown;
    invalid?: string;
    log?: Readonly<{ level?: string; logger?: string; data?: unknown }>;
    request_bytes?: number;
    response_bytes?: number;
    arguments?: Readonly<{ bytes?: number; sha256?: string; cut?: boolean; stored?: boolean; text?: string }>;
    result?: Readonly<{ bytes?: number; sha256?: string; cut?: boolean; stored?: boolean }>;
  }>;
}>;

export type MessageKind = 'request' | 'response' | 'notification' | 'log' | 'stderr' | 'note';

/** One arrow between the lanes, or a note beside them. */
export type SessionMessage = Readonly<{
  key: string;
  kind: MessageKind;
  /** Unix milliseconds. A request stands where its call began. */
  atMillis: number;
  from: 'client' | 'server';
  label: string;
  /** Of a response: since its request. */
  tookMillis: number | undefined;
  /** The part of it in which a person was asked. */
  humanMillis: number;
  isFailed: boolean;
  /** For the filter and the search within. */
  method: string;
  bytes: number | undefined;
  line: RecordedLine;
}>;

const otherSide = (side: 'client' | 'server') => (side === 'client' ? 'server' : 'client');

/** What passed in a session, in the order in which it passed: each call is a request and a response. */
export function sessionMessages(lines: readonly RecordedLine[]): readonly SessionMessage[] {
  return lines.flatMap(messagesOf).sort((one, other) => one.atMillis - other.atMillis || order[one.kind] - order[other.kind]);
}

/** Of what passed in the same millisecond. */
const order: Readonly<Record<MessageKind, number>> = { request: 0, note: 1, notification: 2, log: 3, stderr: 4, response: 5 };

function messagesOf(line: RecordedLine): readonly SessionMessage[] {
  const atMillis = Date.parse(line.timestamp);
  const { mcp = {}, request } = line;
  const from = mcp.from === 'server' ? 'server' : 'client';
  const common = { line, tookMillis: undefined, humanMillis: 0, isFailed: false, method: request?.method ?? '', bytes: undefined };
  if (request?.method !== undefined && request.duration_ms !== undefined) {
    const name = mcp.target === undefined ? request.method : `${request.method} ${mcp.target}`;
    const isFailed = line.ok === false;
    return [
      {
        ...common,
        key: `${line.id} request`,
        kind: 'request',
        atMillis: atMillis - request.duration_ms,
        from,
        label: name,
        bytes: mcp.request_bytes,
      },
      {
        ...common,
        key: `${line.id} response`,
        kind: 'response',
        atMillis,
        from: otherSide(from),
        label: isFailed ? `${mcp.outcome ?? 'failed'}: ${line.exception?.message ?? ''}` : (mcp.outcome ?? 'ok'),
        tookMillis: request.duration_ms,
        humanMillis: mcp.human_ms ?? 0,
        isFailed,
        bytes: mcp.response_bytes,
      },
    ];
  }
  const one = { ...common, key: line.id, atMillis, from: 'server' as const, label: line.msg ?? '' };
  if (mcp.notification !== undefined) return [{ ...one, kind: 'notification', from, label: mcp.notification, method: mcp.notification }];
  if (mcp.log !== undefined)
    return [{ ...one, kind: 'log', label: `${mcp.log.level ?? ''}: ${line.msg ?? ''}`, method: 'notifications/message' }];
  if (mcp.stream === 'stderr') return [{ ...one, kind: 'stderr', method: 'stderr' }];
  return [{ ...one, kind: 'note', isFailed: mcp.invalid !== undefined, method: mcp.invalid === undefined ? 'note' : 'invalid' }];
}

/**
 * The JSON-RPC message as far as it was recorded: contents are redacted, cut or left out as the recorder was told, and members of `_meta`
 * are not kept. `result`: of the span, where there is one.
 */
export function recordedMessage(message: SessionMessage, result: unknown): unknown {
  const { kind, line } = message;
  const { mcp = {} } = line;
  if (kind === 'request') return recordedRequest(line);
  if (kind === 'response') return recordedResponse(line, result);
  if (kind === 'notification')
    return { jsonrpc: '2.0', method: mcp.notification, ...(mcp.params === undefined ? {} : { params: mcp.params }) };
  if (kind !== 'log') return line.msg;
  const { level, logger, data } = mcp.log ?? {};
  return { jsonrpc: '2.0', method: 'notifications/message', params: { level, logger, data: data ?? line.msg } };
}

/** The id is behind the session in `request_id`. */
const idOf = ({ request_id: id }: RecordedLine): string | undefined => id?.split(':').slice(1).join(':');

function recordedRequest(line: RecordedLine): unknown {
  const { request, mcp = {} } = line;
  const method = request?.method ?? '';
  const contents = request?.params ?? mcp.arguments?.text;
  const hasName = method === 'tools/call' || method === 'prompts/get';
  const params = hasName ? { name: mcp.target, arguments: contents } : method.startsWith('resources/') ? { uri: mcp.target } : contents;
  return { jsonrpc: '2.0', id: idOf(line), method, ...(params === undefined ? {} : { params }) };
}

function recordedResponse(line: RecordedLine, result: unknown): unknown {
  const { mcp = {}, exception, ok } = line;
  const id = idOf(line);
  if (ok === false && mcp.outcome === 'rpc_error')
    return { jsonrpc: '2.0', id, error: { code: Number(exception?.type), message: exception?.message } };
  if (ok === false && mcp.outcome !== 'tool_error') return { outcome: mcp.outcome, message: exception?.message };
  return { jsonrpc: '2.0', id, result: result ?? { recorded: mcp.result ?? 'nothing' } };
}
