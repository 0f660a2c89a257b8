import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

const heartbeatMillis = 15_000;
/** A client that leaves so much unread is cut off; it connects again and starts from what is stored. */
const maxUnreadBytes = 8 * 1024 ** 2;
/** A sender that can wait does so when this much is unread, and gives up after this time. */
const enoughUnreadBytes = 1024 ** 2;
const patienceMillis = 30_000;
/** Together they can hold `maxUnreadBytes` each. */
const maxViewers = 64;

/** One client of Server-Sent Events. Ends when the client goes away, cannot keep up, or the server stops. */
export interface EventStream {
  /** False when the stream has ended. */
  send(event: string, data: unknown): boolean;
  /** Resolves when the client has read most of what it was sent, or is gone. */
  drained(): Promise<void>;
  onEnd(listener: () => void): void;
  end(): void;
}

function drained(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => raw.destroy(), patienceMillis);
    const done = () => {
      clearTimeout(timer);
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.once('drain', done).once('close', done);
  });
}

/** The streams of one server. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  #stopping = false;

  get isFull(): boolean {
    return this.#open.size >= maxViewers || this.#stopping;
  }

  /** Takes over the answer, with the headers that are set so far. */
  open(reply: FastifyReply): EventStream {
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(headers as Record<string, string>),
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
    });
    raw.flushHeaders();
    const listeners: (() => void)[] = [];
    const heartbeat = setInterval(() => write(': heartbeat\n\n'), heartbeatMillis);
    heartbeat.unref();
    const write = (text: string): boolean => {
      if (raw.destroyed || raw.writableEnded) return false;
      if (raw.writableLength + text.length > maxUnreadBytes && raw.writableLength > 0) {
        raw.destroy();
        return false;
      }
      raw.write(text);
      return true;
    };
    const stream: EventStream = {
      send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
      drained: () => (raw.writableLength > enoughUnreadBytes && !raw.destroyed ? drained(raw) : Promise.resolve()),
      onEnd: (listener) => void listeners.push(listener),
      end: () => void raw.end(),
    };
    this.#open.add(stream);
    raw.on('error', () => raw.destroy());
    raw.once('close', () => {
      clearInterval(heartbeat);
      this.#open.delete(stream);
      for (const listener of listeners) listener();
    });
    return stream;
  }

  endAll(): void {
    this.#stopping = true;
    for (const stream of this.#open) stream.end();
  }
}
