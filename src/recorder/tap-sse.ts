import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SseEvents } from './sse-events.ts';
import type { TapEvents, TapTransport } from './tap-transport.ts';

export type SseOptions = Readonly<{
  url: string;
  /** What every request has besides, such as `Authorization`. */
  headers: Readonly<Record<string, string>>;
  /** Characters of one event; longer ones are left out. */
  limit: number;
  signal: AbortSignal;
  events: Pick<TapEvents, 'onMessage' | 'onEnd'>;
}>;

/** The first event must come in so long. */
const endpointMillis = 10_000;

/**
 * HTTP+SSE (2024-11-05): the server speaks on one stream, whose first event tells the address for what the client says. Resolves to
 * the way to say it; to undefined when the server offers no such stream. Rejects for an address of another origin, which would get
 * the headers too.
 */
export async function openSse({ url, headers, limit, signal, events }: SseOptions): Promise<TapTransport['send'] | undefined> {
  const stream = await getStream(url, headers, signal);
  if (stream.statusCode !== 200 || !stream.headers['content-type']?.startsWith('text/event-stream')) {
    stream.destroy();
    return undefined;
  }
  let tell: (endpoint: string) => void = () => undefined;
  const told = new Promise<string>((resolve, reject) => {
    tell = resolve;
    stream.once('close', () => reject(new Error('the server closed its stream')));
    setTimeout(() => reject(new Error('the stream of the server names no address for messages')), endpointMillis).unref();
  });
  const reader = new SseEvents(limit, ({ name, data }) => {
    if (name === 'endpoint') tell(data);
    else if (name === 'message') events.onMessage(data);
  });
  stream.on('data', (chunk: Buffer) => reader.push(chunk));
  // `close` follows, and tells.
  stream.on('error', () => undefined);
  const endpoint = endpointOf(await told, url);
  stream.once('close', () => signal.aborted || events.onEnd('the server closed its stream'));

  return async (text) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      body: text,
      headers: { ...headers, 'Content-Type': 'application/json' },
      signal,
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`the server answered a message with HTTP status ${answer.status}`);
  };
}

/** Not `fetch`, which ends a stream that is silent for five minutes. */
function getStream(url: string, headers: SseOptions['headers'], signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = open(url, { headers: { ...headers, Accept: 'text/event-stream' }, signal });
    request.on('response', resolve);
    request.on('error', reject);
    request.end();
  });
}

function endpointOf(text: string, base: string): URL {
  if (!URL.canParse(text, base)) throw new Error('the stream of the server names no address for messages');
  const endpoint = new URL(text, base);
  if (endpoint.origin !== new URL(base).origin) throw new Error(`the server wants messages at another origin: ${endpoint.origin}`);
  return endpoint;
}
