import { parseMessages } from './json-rpc.ts';
import { SseEvents } from './sse-events.ts';
import { openSse } from './tap-sse.ts';
import { maxMessageBytes, type TapEvents, type TapTransport } from './tap-transport.ts';

const retryMillis = 1000;

/** Rejects when there is more than one message can have: a server may send without end. */
async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxMessageBytes) throw new Error(`the answer has more than ${maxMessageBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** What servers of the older transport say to a message at the address of their stream. */
const takesNoMessage: ReadonlySet<number> = new Set([400, 404, 405]);

/**
 * Streamable HTTP of both eras, and HTTP+SSE for servers that take no message at this address. `headers`: what every request has
 * besides, such as `Authorization`.
 */
export function openHttp(url: string, headers: Readonly<Record<string, string>>, { onMessage, onTrouble, onEnd }: TapEvents): TapTransport {
  const stop = new AbortController();
  let session: string | undefined;
  let protocol: string | undefined;
  let lastEvent: string | undefined;
  let sendOlder: TapTransport['send'] | undefined;
  const own = () => ({
    ...headers,
    ...(session === undefined ? {} : { 'Mcp-Session-Id': session }),
    ...(protocol === undefined ? {} : { 'MCP-Protocol-Version': protocol }),
  });

  async function read(answer: Response, onId: (id: string) => void = () => undefined): Promise<void> {
    if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      const text = await readText(answer);
      if (text.trim() !== '') onMessage(text);
      return;
    }
    const events = new SseEvents(maxMessageBytes, ({ name, data, id }) => {
      if (id !== undefined) onId(id);
      if (name === 'message') onMessage(data);
    });
    for await (const chunk of answer.body ?? []) events.push(Buffer.from(chunk));
  }

  async function listen(): Promise<void> {
    let isLost = false;
    while (!stop.signal.aborted) {
      try {
        const resume = lastEvent === undefined ? {} : { 'Last-Event-ID': lastEvent };
        const answer = await fetch(url, { headers: { ...own(), ...resume, Accept: 'text/event-stream' }, signal: stop.signal });
        // The server has nothing to say by itself (405), or has forgotten this session (404).
        if (answer.status === 405) return;
        if (!answer.ok) return onEnd(`the server answered its stream with HTTP status ${answer.status}`);
        if (isLost) onTrouble('the stream of the server is read again');
        isLost = false;
        await read(answer, (id) => {
          lastEvent = id;
        });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!isLost) onTrouble(`the stream of the server is lost (${(error as Error).message}); trying again`);
        isLost = true;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMillis));
    }
  }

  return {
    async send(text) {
      if (sendOlder) return sendOlder(text);
      const { method, params } = JSON.parse(text) as { method?: string; params?: { name?: string; _meta?: Record<string, unknown> } };
      const modern = params?._meta?.['io.modelcontextprotocol/protocolVersion'];
      const about = { ...(method ? { 'Mcp-Method': method } : {}), ...(params?.name ? { 'Mcp-Name': params.name } : {}) };
      const answer = await fetch(url, {
        method: 'POST',
        body: text,
        headers: {
          ...own(),
          ...(typeof modern === 'string' ? { ...about, 'MCP-Protocol-Version': modern } : {}),
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
        },
        signal: stop.signal,
      });
      session ??= answer.headers.get('mcp-session-id') ?? undefined;
      const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
      const refusal = new Error(`the server answered ${method ?? 'an answer'} with HTTP status ${answer.status}`);
      if (method === 'initialize' && takesNoMessage.has(answer.status)) {
        const body = await readText(answer);
        if (isJson && parseMessages(body).some((message) => message.kind === 'error' && message.code !== 0)) return onMessage(body);
        sendOlder = await openSse({ url, headers, limit: maxMessageBytes, signal: stop.signal, events: { onMessage, onEnd } });
        if (sendOlder === undefined) throw refusal;
        return sendOlder(text);
      }
      if (!answer.ok && !isJson) throw refusal;
      read(answer).catch((error: Error) => {
        if (!stop.signal.aborted) onEnd(error.message);
      });
    },
    listen(version) {
      protocol = version;
      if (sendOlder === undefined) void listen();
    },
    close() {
      // A courtesy: a server that does not hear of it forgets the session by itself.
      if (session !== undefined) fetch(url, { method: 'DELETE', headers: own(), signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      stop.abort();
      onEnd('the tap was closed');
    },
  };
}
