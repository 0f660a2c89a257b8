import { spawn } from 'node:child_process';
import { FrameSplitter } from './frame-splitter.ts';
import { guardChild } from './guard-child.ts';
import { SseEvents } from './sse-events.ts';

/** A connection to a server, as a client has it. */
export type TapTransport = Readonly<{
  /** Rejects when the message cannot be delivered. */
  send: (text: string) => Promise<void>;
  /** The protocol version is agreed on; over HTTP, opens the stream on which the server speaks by itself. */
  listen: (protocolVersion: string) => void;
  close: () => void;
}>;

export type TapEvents = Readonly<{ onMessage: (text: string) => void; onStderr: (line: string) => void; onEnd: (why: string) => void }>;

const maxMessageBytes = 16 * 1024 ** 2;

export function openStdio([program, ...args]: readonly string[], { onMessage, onStderr, onEnd }: TapEvents): TapTransport {
  const child = spawn(program as string, args, { stdio: 'pipe', detached: process.platform !== 'win32' });
  const release = guardChild(child.pid);
  const messages = new FrameSplitter(maxMessageBytes, ({ head, cut }) => cut || onMessage(head.toString('utf8')));
  const lines = new FrameSplitter(16 * 1024, ({ head }) => onStderr(head.toString('utf8')));
  child.stdout.on('data', (chunk: Buffer) => messages.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => onEnd(`the server could not be started: ${error.message}`));
  child.on('close', (code, signal) => {
    release();
    onEnd(`the server ended (${signal === null ? `exit code ${code}` : `signal ${signal}`})`);
  });
  return {
    send: async (text) => void child.stdin.write(`${text}\n`),
    listen: () => undefined,
    close() {
      child.stdin.end();
      setTimeout(() => child.kill('SIGTERM'), 1000).unref();
      setTimeout(() => child.kill('SIGKILL'), 2500).unref();
    },
  };
}

const retryMillis = 1000;

/** Streamable HTTP of both eras. `headers`: what every request has besides, such as `Authorization`. */
export function openHttp(url: string, headers: Readonly<Record<string, string>>, { onMessage, onEnd }: TapEvents): TapTransport {
  const stop = new AbortController();
  let session: string | undefined;
  let protocol: string | undefined;
  let lastEvent: string | undefined;
  const own = () => ({
    ...headers,
    ...(session === undefined ? {} : { 'Mcp-Session-Id': session }),
    ...(protocol === undefined ? {} : { 'MCP-Protocol-Version': protocol }),
  });

  async function read(answer: Response, onId: (id: string) => void = () => undefined): Promise<void> {
    if (!answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      const text = await answer.text();
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
    while (!stop.signal.aborted) {
      try {
        const resume = lastEvent === undefined ? {} : { 'Last-Event-ID': lastEvent };
        const answer = await fetch(url, { headers: { ...own(), ...resume, Accept: 'text/event-stream' }, signal: stop.signal });
        // The server has nothing to say by itself (405), or has forgotten this session (404).
        if (answer.status === 405) return;
        if (!answer.ok) return onEnd(`the server answered its stream with HTTP status ${answer.status}`);
        await read(answer, (id) => {
          lastEvent = id;
        });
      } catch {
        if (stop.signal.aborted) return;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMillis));
    }
  }

  return {
    async send(text) {
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
      if (!answer.ok && !isJson) throw new Error(`the server answered ${method ?? 'an answer'} with HTTP status ${answer.status}`);
      read(answer).catch((error: Error) => {
        if (!stop.signal.aborted) onEnd(error.message);
      });
    },
    listen(version) {
      protocol = version;
      void listen();
    },
    close() {
      if (session !== undefined) fetch(url, { method: 'DELETE', headers: own(), signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      stop.abort();
      onEnd('the tap was closed');
    },
  };
}
