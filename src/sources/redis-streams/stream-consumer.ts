import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '../../lib/pause.ts';
import type { IngestSpans } from '../../model/span.ts';
import { Deliveries, type DeliveryCounts } from './deliveries.ts';
import type { ConnectTo } from './find-node.ts';
import { createGroupCommands, type GroupCommands, isTooLarge, type StreamPosition } from './group-commands.ts';
import { maintainGroup } from './maintain-group.ts';
import { recoverEntries, type StoredOrigins } from './recover-entries.ts';
import type { RedisConnection } from './redis-connection.ts';
import { ReplyError } from './reply-reader.ts';
import { unlessAborted } from './unless-aborted.ts';

export type ConnectionState = 'disconnected' | 'connecting' | 'connected';

export type StreamConsumerOptions = Readonly<{
  stream: string;
  group: string;
  consumer: string;
  startId: string;
  batchSize: number;
  reclaimMillis: number;
  /** Pauses between attempts to connect grow from the first to the last. */
  retryMillis: readonly [first: number, last: number];
  connectTo: ConnectTo;
  ingest: IngestSpans;
  storedOrigins: StoredOrigins;
  /** Every failure, for the status; the same one may come often. */
  onTrouble: (error: Error) => void;
  onConnected: () => void;
}>;

export type StreamConsumerState = Readonly<{
  connectionState: ConnectionState;
  /** Attempts to connect since the last that succeeded. */
  retryCount: number;
  heldBack: boolean;
  /** Entries that were read and are not acknowledged yet. */
  held: number;
  recovered: number;
  alreadyStored: number;
}> &
  Readonly<DeliveryCounts>;

const blockMillis = 5000;
const maxReads = 16;
/** With so much on its way one read at a time is enough. */
const largeBytes = 16 * 1024 ** 2;
/** Redis is told of so many at once; of fewer only after a while, because each command costs both sides more than its ids. */
const acknowledgeCount = 1000;
const acknowledgeMillis = 20;
const pendingPage = 1000;
const positionMillis = 1000;

/**
 * Reads one stream, over two connections: one waits for entries, the other does everything else. While there is much to read several reads
 * are under way, so that Redis writes the next answer while this one is worked on.
 */
export class StreamConsumer {
  readonly #options: StreamConsumerOptions;
  readonly #commands: GroupCommands;
  readonly #deliveries: Deliveries;
  readonly #closing = new AbortController();
  #state: ConnectionState = 'disconnected';
  #retries = 0;
  #recovered = 0;
  #alreadyStored = 0;
  #control: RedisConnection | undefined;
  /** A group that is created anew must not leave out what came in between. */
  #startId: string;
  readonly #run: Promise<void>;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
    this.#startId = options.startId;
    this.#commands = createGroupCommands(options.stream, options.group, options.consumer);
    this.#deliveries = new Deliveries(options.stream, options.ingest, options.onTrouble);
    this.#run = this.#connectForEver();
  }

  get state(): StreamConsumerState {
    return {
      connectionState: this.#state,
      retryCount: this.#retries,
      heldBack: this.#deliveries.isHeldBack,
      held: this.#deliveries.held,
      recovered: this.#recovered,
      alreadyStored: this.#alreadyStored,
      ...this.#deliveries.counts,
    };
  }

  /** Where the stream and the group stand; undefined when Redis does not say within a second. */
  async position(): Promise<StreamPosition | undefined> {
    const control = this.#control;
    if (control === undefined) return undefined;
    const asked = this.#commands.position(control).catch((error: Error) => {
      if (!this.#closing.signal.aborted) this.#options.onTrouble(error);
      return undefined;
    });
    return Promise.race([asked, sleep(positionMillis, undefined, { ref: false })]);
  }

  /** Reads no more, and waits for at most `millis` for what was read to be stored and acknowledged. */
  async close(millis: number): Promise<void> {
    this.#deliveries.stop();
    this.#closing.abort(millis);
    await this.#run;
  }

  async #connectForEver(): Promise<void> {
    const { onTrouble, retryMillis } = this.#options;
    const { signal } = this.#closing;
    const [first, last] = retryMillis;
    while (!signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (!signal.aborted) onTrouble(error as Error);
      }
      this.#state = 'disconnected';
      if (signal.aborted) return;
      // Half of the pause is chance, so that not all who lost a Redis come back at once.
      const pauseMillis = Math.min(first * 2 ** Math.min(this.#retries, 16), last) * (0.5 + Math.random() / 2);
      this.#retries++;
      await pause(pauseMillis, signal);
    }
  }

  /** One pair of connections, until one fails or the source is closed. */
  async #session(): Promise<void> {
    const { stream, connectTo, onTrouble, onConnected, storedOrigins } = this.#options;
    const commands = this.#commands;
    const deliveries = this.#deliveries;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    this.#state = 'connecting';
    const connections: RedisConnection[] = [];
    const tasks: Promise<void>[] = [];
    try {
      const open = async () => {
        const connecting = connectTo(stream).then((connection) => {
          connections.push(connection);
          if (ended.signal.aborted) connection.close();
          return connection;
        });
        const connection = await unlessAborted(connecting, this.#closing.signal);
        if (connection === undefined) throw new Error('the source is closing');
        return connection;
      };
      const control = await open();
      const reading = await open();
      await commands.create(control, this.#startId);
      this.#startId = '0';
      const pending = await this.#pendingIds(control);
      this.#control = control;
      this.#state = 'connected';
      this.#retries = 0;
      onConnected();

      const recover = async (ids: readonly string[]) => {
        const tools = { stream, commands, connection: control, deliveries, storedOrigins, onTrouble, signal };
        const { recovered, alreadyStored } = await recoverEntries(ids, tools);
        this.#recovered += recovered;
        this.#alreadyStored += alreadyStored;
      };
      const { consumer, reclaimMillis } = this.#options;
      const recoverOwn = async () => recover(await this.#pendingIds(control));
      const maintenance = { commands, connection: control, deliveries, consumer, reclaimMillis, recover, onTrouble, signal };
      const acknowledging = this.#acknowledge(control, ended.signal);
      tasks.push(this.#read(reading, control, recoverOwn, signal), acknowledging, recover(pending), maintainGroup(maintenance));
      const failed = async (connection: RedisConnection) => {
        throw await connection.ended;
      };
      const watched: Promise<unknown>[] = [...tasks, failed(control), failed(reading)];
      await unlessAborted(Promise.race(watched.map((task) => task.then(() => new Promise<never>(() => undefined)))), this.#closing.signal);
      reading.close();
      const deadline = Date.now() + Number(this.#closing.signal.reason);
      while (!deliveries.isDone && Date.now() < deadline) await deliveries.change(50);
    } finally {
      ended.abort();
      this.#control = undefined;
      for (const connection of connections) connection.close();
      await Promise.allSettled(tasks);
    }
  }

  async #pendingIds(control: RedisConnection): Promise<readonly string[]> {
    const ids: string[] = [];
    for (;;) {
      const page = await this.#commands.pendingIds(control, ids.at(-1), pendingPage);
      ids.push(...page);
      if (page.length < pendingPage) return this.#deliveries.unknown(ids);
    }
  }

  #read(reading: RedisConnection, control: RedisConnection, recoverOwn: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { batchSize } = this.#options;
    const deliveries = this.#deliveries;
    let reads = 0;
    let wanted = 1;
    return new Promise<void>((resolve, reject) => {
      const readOne = async () => {
        reads++;
        try {
          const entries = await this.#commands.readNew(reading, batchSize, blockMillis, (id, fields) => deliveries.add(id, fields));
          wanted = entries >= batchSize && deliveries.bytes < largeBytes ? Math.min(wanted * 2, maxReads) : 1;
        } catch (error) {
          // The entries were given to this consumer, and can be read one by one.
          if (isTooLarge(error)) await recoverOwn();
          // The key was deleted or evicted, and the group with it.
          else if (isWithoutGroup(error)) await this.#commands.create(control, '0');
          else throw error;
        } finally {
          reads--;
        }
        pump();
      };
      // Half of them together: what goes out in one piece, and what Redis answers in one, costs both sides one call of the system.
      const pump = () => {
        if (reads > wanted / 2) return;
        while (reads < wanted && deliveries.hasRoom && !signal.aborted) readOne().catch(reject);
      };
      const goOn = async () => {
        while (!signal.aborted) {
          pump();
          await deliveries.change(500);
        }
      };
      goOn().then(resolve, reject);
    });
  }

  /** Tells Redis of what is stored, in bulk: while one command is under way the next gathers. */
  async #acknowledge(control: RedisConnection, signal: AbortSignal): Promise<void> {
    const deliveries = this.#deliveries;
    while (!signal.aborted) {
      const { unconfirmed } = deliveries;
      if (unconfirmed === 0) await deliveries.change(500);
      else {
        if (unconfirmed < acknowledgeCount) await pause(acknowledgeMillis, this.#closing.signal);
        const ids = deliveries.unacknowledged(acknowledgeCount);
        await this.#commands.acknowledge(control, ids);
        deliveries.acknowledged(ids.length);
      }
    }
  }
}

const isWithoutGroup = (error: unknown): boolean => error instanceof ReplyError && (error.code === 'NOGROUP' || error.code === 'UNBLOCKED');
