import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodedPart } from './credentials.ts';
import { withoutTracing } from './open-telemetry.ts';
import { encodeCommand, ReplyCounter } from './resp.ts';
import { runOutsideScope } from './scope.ts';

/** A finished call as MCP Mesh's agents publish it: all values are text. */
export type MeshSpan = Readonly<Record<string, string>>;

export type MeshPublisherOptions = Readonly<{
  url: string;
  stream: string;
  /** Entries that the stream is trimmed to, roughly; 0 never trims. */
  maxLength: number;
  maxWaiting?: number;
}>;

export type MeshPublisherCounts = Readonly<{ published: number; dropped: number; refused: number; waiting: number }>;

const batchSize = 500;
/** Commands without an answer; Redis is slower than the program beyond it. */
const maxUnanswered = 2000;
const connectMillis = 3000;
const firstPauseMillis = 250;
const longestPauseMillis = 5000;

/**
 * Adds spans to a Redis stream, fire and forget: `publish` only puts a value into a list. When Redis is away or slow at most
 * `maxWaiting` spans wait; further ones are dropped and counted. What was sent and not answered when a connection broke counts as
 * dropped, because sending it again could store it twice.
 */
export class MeshPublisher {
  private readonly options: MeshPublisherOptions;
  private readonly url: URL;
  private readonly maxWaiting: number;
  private waiting: MeshSpan[] = [];
  private socket: Socket | undefined;
  private isReady = false;
  private greetings = 0;
  private unanswered = 0;
  /** Started again for each batch: making one takes tens of microseconds of the caller's time. */
  private timer: NodeJS.Timeout | undefined;
  private timerMillis = 0;
  private isScheduled = false;
  private pauseMillis = 0;
  private published = 0;
  private dropped = 0;
  private refused = 0;

  constructor(options: MeshPublisherOptions) {
    this.options = options;
    this.url = new URL(options.url);
    this.maxWaiting = options.maxWaiting ?? 10_000;
  }

  get counts(): MeshPublisherCounts {
    return { published: this.published, dropped: this.dropped, refused: this.refused, waiting: this.waiting.length + this.unanswered };
  }

  /** Takes a span. Never waits, never throws. */
  publish(span: MeshSpan): void {
    if (this.waiting.length >= this.maxWaiting) {
      this.dropped += 1;
      return;
    }
    this.waiting.push(span);
    if (!this.isScheduled) this.schedule(this.socket ? 5 : this.pauseMillis);
  }

  /** Waits until everything is answered, at most `limitMillis`. Never rejects. */
  async flush(limitMillis: number): Promise<void> {
    const end = Date.now() + limitMillis;
    while (Date.now() < end && this.waiting.length + this.unanswered > 0) {
      if (this.isReady) this.write();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Ends the connection; what waits is lost. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isScheduled = false;
    this.socket?.destroy();
  }

  private schedule(wait: number): void {
    this.isScheduled = true;
    if (this.timer && this.timerMillis === wait) {
      this.timer.refresh();
      return;
    }
    clearTimeout(this.timer);
    this.timerMillis = wait;
    runOutsideScope(() =>
      withoutTracing(() => {
        this.timer = setTimeout(() => {
          this.isScheduled = false;
          if (!this.socket) this.connect();
          else if (this.isReady) this.write();
        }, wait);
        this.timer.unref();
      }),
    );
  }

  private connect(): void {
    const { url } = this;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || 6379);
    const socket = url.protocol === 'rediss:' ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    const replies = new ReplyCounter();
    this.socket = socket;
    socket.unref();
    socket.setNoDelay(true);
    socket.setTimeout(connectMillis, () => {
      if (!this.isReady || this.unanswered > 0) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.lost(socket));
    socket.on('data', (chunk) => {
      try {
        for (const answer of replies.push(chunk)) this.answered(answer, socket);
      } catch {
        socket.destroy();
      }
    });
    const greetings = greetingsOf(url);
    this.greetings = greetings.length;
    socket.write(greetings.map(encodeCommand).join(''));
  }

  private answered(answer: string, socket: Socket): void {
    if (this.greetings > 0) {
      // A wrong password or database: nothing that follows could be stored in the right place.
      if (answer.startsWith('-')) socket.destroy();
      this.greetings -= 1;
      if (this.greetings > 0 || socket.destroyed) return;
      this.isReady = true;
      this.pauseMillis = 0;
    } else {
      this.unanswered = Math.max(0, this.unanswered - 1);
      if (answer.startsWith('-')) this.refused += 1;
      else this.published += 1;
    }
    if (this.waiting.length > 0) this.write();
  }

  private write(): void {
    const { socket } = this;
    if (!socket || socket.writableNeedDrain) return;
    const room = Math.min(batchSize, maxUnanswered - this.unanswered);
    if (room <= 0 || this.waiting.length === 0) return;
    const batch = this.waiting.slice(0, room);
    this.waiting = this.waiting.slice(room);
    this.unanswered += batch.length;
    const { stream, maxLength } = this.options;
    const head = maxLength > 0 ? ['XADD', stream, 'MAXLEN', '~', String(maxLength), '*'] : ['XADD', stream, '*'];
    const now = String(Date.now() / 1000);
    socket.write(batch.map((span) => encodeCommand([...head, ...Object.entries(span).flat(), 'published_at', now])).join(''));
  }

  private lost(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.isReady = false;
    this.dropped += this.unanswered;
    this.unanswered = 0;
    this.pauseMillis = Math.min(longestPauseMillis, Math.max(firstPauseMillis, this.pauseMillis * 2));
    if (this.waiting.length > 0 && !this.isScheduled) this.schedule(this.pauseMillis);
  }
}

function greetingsOf(url: URL): readonly (readonly string[])[] {
  const user = decodedPart(url.username);
  const password = decodedPart(url.password);
  const database = url.pathname.replace(/^\//, '');
  return [
    ...(password === '' ? [] : [user === '' ? ['AUTH', password] : ['AUTH', user, password]]),
    ...(database === '' || database === '0' ? [] : [['SELECT', database]]),
    ['PING'],
  ];
}
