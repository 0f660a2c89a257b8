import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { HttpSessions } from './http-sessions.ts';
import { parseMessages, type RpcId, type RpcMessage } from './json-rpc.ts';
import { momentNow, type Recorder } from './recorder.ts';
import { SseEvents } from './sse-events.ts';

/** Reads copies of one request and its answer. Each of these is called after the bytes were passed on, and none of them throws. */
export type HttpExchange = Readonly<{
  request: (chunk: Buffer) => void;
  requestEnd: () => void;
  answer: (status: number, headers: IncomingHttpHeaders) => void;
  answerData: (chunk: Buffer) => void;
  /** The exchange is over: the answer was whole, the client went away, or the server failed. `done` is called when all of the copy was read. */
  end: (how: 'whole' | 'client' | 'server', message: string | undefined, done: () => void) => void;
}>;

type ExchangeOptions = Readonly<{
  sessions: HttpSessions;
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  maxMessageBytes: number;
  /** Tells this exchange from all others. */
  scope: string;
}>;

const first = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : value?.[0]);

/** The legacy transport (HTTP+SSE) names its session in the address that its first event tells. */
const keyInQuery = (url: URL): string | undefined => url.searchParams.get('sessionId') ?? url.searchParams.get('session_id') ?? undefined;

export function createHttpExchange({ sessions, method, url, headers, maxMessageBytes, scope }: ExchangeOptions): HttpExchange {
  let key = first(headers['mcp-session-id']) ?? keyInQuery(url);
  const request = createBody(maxMessageBytes);
  let asked: readonly RpcMessage[] = [];
  let askedAt = momentNow();
  let taken = false;
  let status = 0;
  let copy: Decoder | undefined;
  let finishBody: (() => void) | undefined;

  const recorder = (): Recorder => sessions.of(key);
  const ownScope = () => (key === undefined ? scope : '');
  /** What the client said is recorded when the answer has told which session it began. */
  const takeAsked = () => {
    if (taken) return;
    taken = true;
    if (asked.length > 0) recorder().take('client', asked, request.bytes(), askedAt, ownScope());
  };
  const takeText = (text: string) => recorder().take('server', parseMessages(text), Buffer.byteLength(text), momentNow(), ownScope());

  const events = new SseEvents(maxMessageBytes, ({ name, data }) => {
    if (name === 'endpoint') key ??= URL.canParse(data, url.href) ? keyInQuery(new URL(data, url)) : undefined;
    else if (name === 'message') takeText(data);
  });
  const giveUpAsked = (outcome: 'cancelled' | 'transport', type: string, message: string) => {
    const ids = asked.flatMap((one): RpcId[] => (one.kind === 'request' ? [one.id] : []));
    for (const id of ids) recorder().giveUp(id, ownScope(), outcome, { type, code: undefined, message }, momentNow());
  };

  return {
    request: (chunk) => request.push(chunk),
    requestEnd() {
      askedAt = momentNow();
      const text = request.text();
      if (method === 'POST' && text !== undefined && text !== '') asked = parseMessages(text).filter(({ kind }) => kind !== 'invalid');
    },
    answer(code, answered) {
      status = code;
      key ??= first(answered['mcp-session-id']);
      takeAsked();
      const type = first(answered['content-type']) ?? '';
      const encoding = first(answered['content-encoding']);
      if (type.startsWith('text/event-stream')) copy = createDecoder(encoding, (chunk) => events.push(chunk));
      else if (type.startsWith('application/json') && asked.length > 0) {
        const body = createBody(maxMessageBytes);
        copy = createDecoder(encoding, (chunk) => body.push(chunk));
        finishBody = () => {
          const text = body.text();
          if (text) takeText(text);
        };
      }
    },
    answerData: (chunk) => copy?.write(chunk),
    end(how, message = '', done) {
      takeAsked();
      const finish = () => {
        finishBody?.();
        if (status >= 400) giveUpAsked('transport', String(status), `HTTP status ${status}`);
        else if (how === 'server') giveUpAsked('transport', 'transport', message);
        // Only without sessions is going away a cancellation: others may ask for the rest of the stream (`Last-Event-ID`).
        else if (how === 'client' && key === undefined) giveUpAsked('cancelled', 'cancelled', 'the client closed the connection');
        else if (key === undefined) giveUpAsked('transport', 'transport', 'the answer ended without a result');
        if (method === 'DELETE' && key !== undefined && status < 400) sessions.end(key);
        done();
      };
      if (copy) copy.end(finish);
      else finish();
    },
  };
}

/** Collects the copy of a body; `text` is undefined for one that is longer than the limit. */
function createBody(maxBytes: number) {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes <= maxBytes) parts.push(chunk);
      else parts = [];
    },
    bytes: () => bytes,
    text: () => (bytes > maxBytes ? undefined : Buffer.concat(parts).toString('utf8')),
  };
}

/** Decodes a copy of what is passed on encoded. */
type Decoder = Readonly<{ write: (chunk: Buffer) => void /** Calls back when everything was decoded. */; end: (done: () => void) => void }>;

const decoders: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['br', createBrotliDecompress],
  ['deflate', createInflate],
]);

function createDecoder(encoding: string | undefined, push: (chunk: Buffer) => void): Decoder {
  if (encoding === undefined || encoding === 'identity') return { write: push, end: (done) => done() };
  const stream = decoders.get(encoding)?.();
  if (stream === undefined) return { write: () => undefined, end: (done) => done() };
  stream.on('data', push);
  // A broken encoding is the client's to complain about; here it only ends what is recorded.
  stream.on('error', () => undefined);
  return {
    write: (chunk) => void stream.write(chunk),
    end(done) {
      stream.once('close', done);
      if (stream.destroyed) done();
      else stream.end();
    },
  };
}
