import type { IngestLogs } from '../../model/ingest.ts';

export type ForwardUser = Readonly<{ username: string; password: string }>;

export type ForwardOptions = Readonly<{
  host: string;
  /** 0 takes a free port. UDP heartbeats are answered on the same number. */
  port: number;
  /** Index, alias, data stream or date-math name for all records. */
  index: string;
  /** With it, a sender must prove by a handshake that it knows the key. */
  sharedKey?: string;
  /** Name that the handshake gives for this side. It MUST differ from the sender's own, or Fluentd refuses it. */
  selfHostname: string;
  /** With users, a sender must be one of them too. Refused without `sharedKey`. */
  users?: readonly ForwardUser[];
  /** Merge the fields of a record's `log` text when it is a JSON object. Default true. */
  parseLog?: boolean;
  /** Default 256. A connection counts until its last record is in the journal. */
  maxConnections?: number;
  /** Bytes of one message, compressed if it is, and of one document. Default 64 MiB. */
  maxMessageBytes?: number;
  /** Bytes to which the entries of one compressed message may grow. Default 1 GiB. */
  maxDecompressedBytes?: number;
  /** Bytes of documents that one connection may have on their way to the journal. Default 16 MiB. */
  maxInFlightBytes?: number;
  /** Bytes that all connections may hold together before they must wait for one another. Default 256 MiB. */
  maxBufferedBytes?: number;
  /** How long a handshake, or the rest of a message that has begun, may let itself be waited for. Default 30 s. */
  stallTimeoutMillis?: number;
  /** First pause before a batch that the journal refused is tried again; it doubles up to 5 s. Default 100 ms. */
  retryMillis?: number;
  ingest: IngestLogs;
  /** Takes one line for people about a connection that went wrong. MUST NOT throw. */
  onError: (line: string) => void;
}>;

export type ForwardSettings = Required<Omit<ForwardOptions, 'sharedKey'>> & Readonly<{ sharedKey: string }>;

const mebibyte = 1_048_576;

export function withDefaults(options: ForwardOptions): ForwardSettings {
  return {
    sharedKey: '',
    users: [],
    parseLog: true,
    maxConnections: 256,
    maxMessageBytes: 64 * mebibyte,
    maxDecompressedBytes: 1024 * mebibyte,
    maxInFlightBytes: 16 * mebibyte,
    maxBufferedBytes: 256 * mebibyte,
    stallTimeoutMillis: 30_000,
    retryMillis: 100,
    ...options,
  };
}

/** Counts since the start; `connections` and `bufferedBytes` are of now. */
export type ForwardStats = Readonly<{
  connections: number;
  bufferedBytes: number;
  connectionsAccepted: number;
  connectionsRefused: number;
  handshakesFailed: number;
  malformedConnections: number;
  heartbeats: number;
  bytesReceived: number;
  messages: number;
  /** Records and dead letters that were read from messages. */
  received: number;
  /** Of those, what the journal took. */
  accepted: number;
  deadLettered: number;
  acknowledged: number;
  /** Attempts that the journal refused and that were tried again. */
  retries: number;
  /** Records given up whose sender keeps no copy: the source was closed, or the journal refused them for good. */
  lost: number;
}>;

export type ForwardCounters = { -readonly [Name in keyof Omit<ForwardStats, 'connections' | 'bufferedBytes'>]: number };

export function zeroCounters(): ForwardCounters {
  return {
    connectionsAccepted: 0,
    connectionsRefused: 0,
    handshakesFailed: 0,
    malformedConnections: 0,
    heartbeats: 0,
    bytesReceived: 0,
    messages: 0,
    received: 0,
    accepted: 0,
    deadLettered: 0,
    acknowledged: 0,
    retries: 0,
    lost: 0,
  };
}
