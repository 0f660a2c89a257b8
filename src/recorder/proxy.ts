import { once } from 'node:events';
import { createServer, Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { forward } from './forward.ts';
import { createHttpExchange, type HttpExchange } from './http-exchange.ts';
import { createHttpSessions } from './http-sessions.ts';
import type { Recording } from './recorder.ts';
import type { Session } from './session.ts';

export type ProxyOptions = Readonly<{ to: URL; port: number; recording: Recording; session: Session }>;

export type Proxy = Readonly<{
  /** What a client is told instead of the server's address. */
  url: string;
  /** Ends all connections and all calls. */
  close: () => Promise<void>;
}>;

/** These concern one connection (RFC 9110, section 7.6.1); `Host` is the server's own. */
const ownHeaders: ReadonlySet<string> = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade host'.split(' '),
);

/** How long it is waited at the end for copies of answers that are still being decompressed. */
const readMillis = 1000;

/** Records wait so long to be written together. */
const flushMillis = 50;

/**
 * Stands between the clients and one MCP server over HTTP: Streamable HTTP of both eras, and the older HTTP+SSE. Paths, headers,
 * statuses and bodies pass unchanged and at once. It listens on this machine only.
 */
export async function startProxy({ to, port, recording, session }: ProxyOptions): Promise<Proxy> {
  const sessions = createHttpSessions(recording, session);
  const secure = to.protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  let exchanges = 0;
  const unread = new Set<HttpExchange>();

  const take = (request: IncomingMessage, response: ServerResponse) => {
    const refusal = refuse(request);
    if (refusal !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(`${refusal}\n`);
      return;
    }
    const url = new URL(request.url ?? '/', to);
    const { method = 'GET', headers } = request;
    const { maxMessageBytes } = recording;
    const exchange = createHttpExchange({ sessions, method, url, headers, maxMessageBytes, scope: String(exchanges++) });
    const upstream = (secure ? httpsRequest : httpRequest)({
      agent,
      hostname: to.hostname.replace(/^\[|\]$/g, ''),
      port: to.port,
      method,
      path: request.url,
      headers: [...passedOn(request.rawHeaders), 'Host', to.host],
    });
    pass(request, response, upstream, exchange, unread);
  };
  const server = createServer(take);
  // It is the server's to say whether it wants the body (RFC 9110, section 10.1.1).
  server.on('checkContinue', take);
  // A stream of events may be silent for hours.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const flushing = setInterval(() => recording.delivery.flush(), flushMillis);
  flushing.unref();

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${to.pathname}${to.search}`,
    async close() {
      clearInterval(flushing);
      server.close();
      server.closeAllConnections();
      agent.destroy();
      // What the closed connections still have to say.
      const limit = performance.now() + readMillis;
      do await new Promise((resolve) => setTimeout(resolve, 20));
      while (unread.size > 0 && performance.now() < limit);
      sessions.endAll();
      recording.delivery.flush();
    },
  };
}

/** While the copy of its answer is being read, an exchange that is over is in `unread`. */
function pass(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: ReturnType<typeof httpRequest>,
  exchange: HttpExchange,
  unread: Set<HttpExchange>,
): void {
  let over = false;
  const end = (how: 'whole' | 'client' | 'server', message?: string) => {
    if (over) return;
    over = true;
    unread.add(exchange);
    exchange.end(how, message, () => unread.delete(exchange));
  };
  forward(request, upstream, exchange.request);
  // Without `Expect` it sends the body unasked.
  let sendsBody = request.headers.expect === undefined;
  upstream.on('continue', () => {
    sendsBody = true;
    response.writeContinue();
  });
  request.on('end', () => {
    upstream.end();
    exchange.requestEnd();
  });
  upstream.on('response', (answer) => {
    response.sendDate = false;
    // A client that waited to be told to go on will not send the body, so nothing can follow on this connection.
    // One that was told to is still sending: were the connection closed under it, it would not get to read the answer.
    if (!sendsBody) response.shouldKeepAlive = false;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders));
    response.flushHeaders();
    exchange.answer(answer.statusCode ?? 502, answer.headers);
    forward(answer, response, exchange.answerData);
    answer.on('end', () => {
      response.end();
      end('whole');
    });
    // The client must not take a part for the whole.
    answer.on('error', () => response.destroy());
    answer.on('close', () => {
      if (!answer.complete) response.destroy();
      end('server', 'the server broke off its answer');
    });
  });
  upstream.on('error', (error) => {
    // The server has answered without waiting for the rest of the request.
    if (over) return;
    end('server', error.message);
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`meshscope proxy: the server cannot be reached: ${error.message}\n`);
  });
  upstream.on('close', () => {
    request.removeAllListeners('data');
    request.resume();
  });
  response.on('close', () => {
    if (response.writableFinished) return;
    end('client');
    upstream.destroy();
  });
}

const passedOn = (rawHeaders: readonly string[]): string[] =>
  rawHeaders.filter((_, at) => !ownHeaders.has((rawHeaders[at - (at % 2)] as string).toLowerCase()));

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A web page must not reach the server by way of this proxy (DNS rebinding). */
function refuse({ headers }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers;
  if (!URL.canParse(`http://${host}`) || !loopback.test(new URL(`http://${host}`).hostname))
    return 'meshscope proxy: this Host is not allowed.';
  if (origin === undefined || origin === 'null') return origin === undefined ? undefined : 'meshscope proxy: this Origin is not allowed.';
  return URL.canParse(origin) && loopback.test(new URL(origin).hostname) ? undefined : 'meshscope proxy: this Origin is not allowed.';
}
