import type { FastifyReply } from 'fastify';

const heartbeatMillis = 15_000;
/** A client that leaves so much unread is cut off; it connects again and starts from what is stored. */
const maxUnreadBytes = 4 * 1024 ** 2;
/** Each viewer holds a connection and a place in every round of events. */
const maxViewers = 256;

/** One client of Server-Sent Events. Ends when the client goes away, cannot keep up, or the server stops. */
export interface EventStream {
  /** False when the stream has ended. */
  send(event: string, data: unknown): boolean;
  onEnd(listener: () => void): void;
  end(): void;
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
