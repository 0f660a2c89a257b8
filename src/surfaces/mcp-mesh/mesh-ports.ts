import type { TraceQueries } from '../../queries/traces/trace-queries.ts';

/** How one stream of Redis stands; what Redis did not say is undefined. */
export type MeshStream = Readonly<{
  name: string;
  length?: number | undefined;
  lastEntryId?: string | undefined;
  pending?: number | undefined;
  lastDeliveredId?: string | undefined;
  lag?: number | undefined;
}>;

export type MeshConsumer = Readonly<{
  running: boolean;
  /** `disconnected`, `connecting`, `connected` or `failed`. */
  connectionState: string;
  consuming: boolean;
  retryCount: number;
  lastError: string | undefined;
  /** RFC 3339. */
  lastErrorTime: string | undefined;
  group: string;
  consumer: string;
  streams: readonly MeshStream[];
}>;

/** Settings that `/trace/status` tells. */
export type MeshSettings = Readonly<{
  /** Reads Redis Streams. */
  consumerEnabled: boolean;
  redisUrl: string;
  streams: readonly string[];
  group: string;
  batchSize: number;
  timeoutMillis: number;
  quietMillis: number;
  /** As in `TRACE_EXPORTER_TYPE`. */
  exporterType: string;
  pretty: boolean;
  /** Empty: none. */
  jsonFolder: string;
  statistics: boolean;
  telemetryEndpoint: string;
  telemetryProtocol: string;
}>;

/** What the routes need; filled at the top of `src/`. */
export type MeshTracePorts = Readonly<{
  queries: TraceQueries;
  settings: MeshSettings;
  /** `undefined` when Redis is not read. */
  consumer: () => Promise<MeshConsumer | undefined>;
  /** The logs of a trace, in any spelling of its id, by time: `_source` of each. */
  logsOfTrace: (id: string, limit: number) => Promise<readonly unknown[]>;
  /** Calls `listener` with the ids of segments whose spans can be read from now on; gives a function that ends it. */
  onSegments: (listener: (segments: readonly number[]) => void) => () => void;
  now?: () => number;
}>;
