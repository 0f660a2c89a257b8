import { readFileSync } from 'node:fs';
import { AppError } from '../../lib/errors.ts';
import type { IngestSpans } from '../../model/span.ts';
import { type Certificates, createConnectTo } from './find-node.ts';
import type { StreamPosition } from './group-commands.ts';
import type { StoredOrigins } from './recover-entries.ts';
import { parseRedisUrl } from './redis-url.ts';
import { type ConnectionState, StreamConsumer, type StreamConsumerState } from './stream-consumer.ts';

export type RedisStreamsOptions = Readonly<{
  url: string;
  streams: readonly string[];
  group: string;
  /** The name of this process in the group (`consumerName`). No two processes may use one at a time. */
  consumer: string;
  startId: string;
  batchSize: number;
  reclaimMillis: number;
  /** Paths of PEM files; empty when there is none. */
  tlsCa: string;
  tlsCert: string;
  tlsKey: string;
  ingest: IngestSpans;
  storedOrigins: StoredOrigins;
  /** One line for the operator. */
  onError: (line: string) => void;
  retryMillis?: readonly [first: number, last: number];
}>;

export type RedisStreamStatus = Readonly<{ name: string }> & StreamConsumerState & Partial<StreamPosition>;

export type RedisStreamsStatus = Readonly<{
  enabled: true;
  running: boolean;
  connectionState: ConnectionState;
  /** Every stream is being read, and the journal takes what is read. */
  consuming: boolean;
  retryCount: number;
  lastError: string | undefined;
  /** RFC 3339. */
  lastErrorTime: string | undefined;
  /** Without password. */
  url: string;
  consumer: string;
  group: string;
  streams: readonly RedisStreamStatus[];
}>;

export type RedisStreams = Readonly<{
  /** Asks Redis for lengths and positions, for at most a second; they are left out when it does not answer. */
  status: () => Promise<RedisStreamsStatus>;
  /** Stops reading, lets what was read reach the journal, acknowledges it, and disconnects; within some seconds. */
  close: () => Promise<void>;
}>;

const closeMillis = 5000;

/**
 * Reads trace entries of MCP Mesh from Redis Streams. It does not wait for Redis: that is connected to in the background, again and again.
 * An entry is acknowledged when `ingest` has resolved for it. Throws AppError `bad_config` for a URL or a certificate that cannot be read.
 */
export function startRedisStreams(options: RedisStreamsOptions): RedisStreams {
  const { url, consumer, group, onError } = options;
  const target = parseRedisUrl(url);
  const names = [...new Set(options.streams)];
  if (names.length === 0)
    throw new AppError('bad_config', 'redis.streams is empty. Name the streams to read, or set redis.enabled to off.');
  const connectTo = createConnectTo(target, readCertificates(options), consumer);
  let lastError: Readonly<{ message: string; time: string }> | undefined;
  let closing: Promise<void> | undefined;

  const consumers = names.map((stream) => {
    let told = '';
    return {
      stream,
      consumer: new StreamConsumer({
        ...options,
        stream,
        retryMillis: options.retryMillis ?? [1000, 30_000],
        connectTo,
        onTrouble: ({ message }) => {
          lastError = { message, time: new Date().toISOString() };
          if (message !== told) onError(`redis: ${stream} of ${target.redacted}: ${message}; trying again`);
          told = message;
        },
        onConnected: () => {
          if (told !== '') onError(`redis: ${stream} of ${target.redacted} is being read again`);
          told = '';
        },
      }),
    };
  });

  const status = async (): Promise<RedisStreamsStatus> => {
    const streams = await Promise.all(
      consumers.map(async ({ stream, consumer: reader }) => ({
        name: stream,
        ...(await reader.position()),
        ...reader.state,
      })),
    );
    const states = streams.map(({ connectionState }) => connectionState);
    const connected = states.every((state) => state === 'connected');
    return {
      enabled: true,
      running: closing === undefined,
      connectionState: connected ? 'connected' : states.includes('connecting') ? 'connecting' : 'disconnected',
      consuming: closing === undefined && connected && !streams.some(({ heldBack }) => heldBack),
      retryCount: Math.max(...streams.map(({ retryCount }) => retryCount)),
      lastError: lastError?.message,
      lastErrorTime: lastError?.time,
      url: target.redacted,
      consumer,
      group,
      streams,
    };
  };

  return {
    status,
    close: () => {
      closing ??= Promise.all(consumers.map(({ consumer: reader }) => reader.close(closeMillis))).then(() => undefined);
      return closing;
    },
  };
}

function readCertificates({ tlsCa, tlsCert, tlsKey }: RedisStreamsOptions): Certificates {
  const read = (setting: string, path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new AppError('bad_config', `redis.${setting}: ${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    ...(tlsCa !== '' && { ca: read('tlsCa', tlsCa) }),
    ...(tlsCert !== '' && { cert: read('tlsCert', tlsCert) }),
    ...(tlsKey !== '' && { key: read('tlsKey', tlsKey) }),
  };
}
