import type { Socket } from 'node:net';
import { emptyBatch, type ForwardBatch } from './batch.ts';
import type { ByteBudget } from './byte-budget.ts';
import { EventDecoder } from './decode-events.ts';
import { Delivery } from './delivery.ts';
import type { ForwardCounters, ForwardSettings } from './forward-options.ts';
import { Handshake, maxPingBytes } from './handshake.ts';
import { MalformedBytes } from './msgpack-header.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import type { RecordDocuments } from './record-document.ts';

const batchBytes = 2 * 1_048_576;
/** Acknowledgements that a peer does not read. */
const maxUnreadAckBytes = 1_048_576;
/** How long a peer may keep a connection open that was closed on this side. */
const closeGraceMillis = 2_000;

export type ConnectionContext = Readonly<{
  settings: ForwardSettings;
  counters: ForwardCounters;
  budget: ByteBudget;
  records: RecordDocuments;
}>;

/**
 * One sender. `run` reads, decodes and hands over until the peer ends, `stop` is called or something is wrong, and resolves
 * when every batch of the connection has come to its end.
 */
export class ForwardConnection {
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #peer: string;
  readonly #delivery: Delivery;
  readonly #decoder: EventDecoder;
  readonly #arrived: Buffer[] = [];
  readonly #handshakeDeadline: number;
  #received: ReceiveBuffer;
  #handshake: Handshake | undefined;
  #batch: ForwardBatch = emptyBatch();
  #state: 'open' | 'ended' | 'gone' | 'stopping' = 'open';
  #failure: string | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, context: ConnectionContext) {
    const { settings, counters, records } = context;
    this.#socket = socket;
    this.#context = context;
    this.#peer = `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`;
    this.#delivery = new Delivery(settings, counters, {
      write: (acks) => {
        if (socket.writable) socket.write(acks);
      },
      onChange: () => this.#changed(),
      onFailure: (error) => this.#fail(`records were refused: ${error instanceof Error ? error.message : String(error)}`),
    });
    this.#decoder = new EventDecoder(records, { ...settings, batchBytes }, this.#sink(), Date.now);
    this.#handshakeDeadline = Date.now() + settings.stallTimeoutMillis;
    this.#handshake = settings.sharedKey === '' ? undefined : new Handshake(settings);
    this.#received = new ReceiveBuffer(this.#handshake ? maxPingBytes : settings.maxMessageBytes);
  }

  async run(): Promise<void> {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    // Paused at each piece: what has not been decoded stays with the kernel, and so with the sender.
    socket.on('data', (piece) => {
      socket.pause();
      this.#arrived.push(piece as Buffer);
      this.#changed();
    });
    socket.on('end', () => this.#enter('ended'));
    socket.on('drain', () => this.#changed());
    socket.on('error', () => this.#enter('gone'));
    socket.on('close', () => this.#enter('gone'));
    try {
      if (this.#handshake) socket.write(this.#handshake.hello());
      await this.#read();
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.#context.counters.malformedConnections++;
      this.#fail(`malformed at byte ${error.offset}: ${error.message}`);
    } finally {
      this.#handOver();
      this.#received.clear();
      this.#changed();
      if (this.#state === 'gone') this.#delivery.abandon();
      await this.#delivery.drained();
      this.#end();
      this.#context.budget.hold(this, 0, false);
    }
  }

  /** Reads no further. Batches that the journal refuses are not tried again. */
  stop(): void {
    this.#enter('stopping');
    this.#delivery.stop();
  }

  /** The connection is cut, whatever is under way. */
  destroy(): void {
    this.#socket.destroy();
  }

  async #read(): Promise<void> {
    while (this.#failure === undefined) {
      const piece = this.#arrived.shift();
      if (piece) {
        this.#context.counters.bytesReceived += piece.length;
        this.#received.append(piece);
        this.#changed();
        await this.#messages();
        this.#handOver();
      } else if (this.#state !== 'open') {
        if (this.#received.pending > 0 && this.#state !== 'stopping') {
          this.#report(`ended in the middle of a message, at byte ${this.#received.offset + this.#received.pending}`);
        }
        return;
      } else if (await this.#room()) {
        this.#socket.resume();
        const isWorthWaking = () => this.#arrived.length > 0 || this.#state !== 'open' || this.#failure !== undefined;
        if (!(await this.#until(isWorthWaking, this.#patienceMillis()))) {
          this.#fail(this.#handshake ? 'no handshake within the time limit' : 'the rest of a message did not come within the time limit');
        }
      }
    }
  }

  async #messages(): Promise<void> {
    for (let message = this.#received.next(); message && this.#failure === undefined; message = this.#received.next()) {
      if (this.#handshake) {
        this.#answerPing(this.#handshake, message);
        continue;
      }
      const start = this.#received.offset - message.length;
      try {
        await this.#decoder.message(message);
      } catch (error) {
        throw error instanceof MalformedBytes ? new MalformedBytes(error.message, start + error.offset) : error;
      }
      this.#context.counters.messages++;
    }
  }

  #answerPing(handshake: Handshake, message: Buffer): void {
    const { pong, refused } = handshake.answer(message);
    this.#socket.write(pong);
    if (refused !== undefined) {
      this.#context.counters.handshakesFailed++;
      this.#fail(`handshake refused: ${refused}`);
      return;
    }
    this.#handshake = undefined;
    this.#received.setMaxValueBytes(this.#context.settings.maxMessageBytes);
  }

  #sink() {
    return {
      batch: () => this.#batch,
      handOver: async () => {
        this.#handOver();
        // A peer that is gone or a source that stops frees no room by waiting; the batch in hand is decoded to its end.
        await this.#until(() => this.#delivery.hasRoom || this.#failure !== undefined || this.#state === 'stopping');
      },
    };
  }

  #handOver(): void {
    const batch = this.#batch;
    if (batch.bytes === 0 && batch.acks.length === 0) return;
    this.#batch = emptyBatch();
    this.#delivery.submit(batch);
  }

  /** False when the connection changed its state while there was no room to read on. */
  async #room(): Promise<boolean> {
    const { budget } = this.#context;
    const mayRead = () => this.#delivery.hasRoom && this.#socket.writableLength < maxUnreadAckBytes && budget.mayGrow(this);
    if (mayRead()) return true;
    const stopWaiting = budget.onRoom(() => this.#wake());
    await this.#until(() => this.#state !== 'open' || this.#failure !== undefined || mayRead());
    stopWaiting();
    return this.#state === 'open' && this.#failure === undefined;
  }

  /** How long the next piece may be waited for; without end between messages, as connections are kept alive. */
  #patienceMillis(): number | undefined {
    if (this.#handshake) return Math.max(0, this.#handshakeDeadline - Date.now());
    return this.#received.pending > 0 ? this.#context.settings.stallTimeoutMillis : undefined;
  }

  /** Resolves to true when `isSo`, asked again at each change, and to false when the time is up. */
  #until(isSo: () => boolean, timeoutMillis?: number): Promise<boolean> {
    if (isSo()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve(result);
      };
      const timer = timeoutMillis === undefined ? undefined : setTimeout(() => finish(false), timeoutMillis);
      this.#wake = () => {
        if (isSo()) finish(true);
      };
    });
  }

  #changed(): void {
    const held = this.#received.capacity + this.#delivery.bytes + this.#batch.bytes;
    this.#context.budget.hold(this, held, this.#received.pending > 0);
    this.#wake();
  }

  #enter(state: 'ended' | 'gone' | 'stopping'): void {
    // What is later in this order is final: a peer that is gone does not end, and after `stop` nothing is read.
    const order = ['open', 'ended', 'gone', 'stopping'];
    if (order.indexOf(state) <= order.indexOf(this.#state)) return;
    this.#state = state;
    if (state === 'gone') this.#delivery.abandon();
    this.#changed();
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#report(reason);
    this.#changed();
  }

  #report(reason: string): void {
    this.#context.settings.onError(`fluent-forward: ${this.#peer}: ${reason}`);
  }

  /** Sends what is still to be sent, then closes; a peer that neither reads nor closes is cut off. */
  #end(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // To close with bytes unread would reset the connection, and the peer would lose acknowledgements it has not read yet.
    socket.removeAllListeners('data');
    socket.on('data', () => undefined);
    socket.resume();
    socket.end();
    setTimeout(() => socket.destroy(), closeGraceMillis).unref();
  }
}
