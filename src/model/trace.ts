import type { SpanRecord } from './span.ts';

/** What one record says besides its kind and times, its values read: a stored record and the operation put together from it both have it. */
export type SpanContent = Readonly<
  Pick<
    SpanRecord,
    | 'traceId'
    | 'spanId'
    | 'parentId'
    | 'name'
    | 'kind'
    | 'status'
    | 'statusMessage'
    | 'service'
    | 'instance'
    | 'address'
    | 'runtime'
    | 'capability'
    | 'target'
    | 'model'
    | 'provider'
    | 'traceState'
  > & {
    inputTokens: number | undefined;
    outputTokens: number | undefined;
    totalTokens: number | undefined;
    requestBytes: number | undefined;
    responseBytes: number | undefined;
    attributes: Attributes;
    resource: Attributes;
    scope: Attributes;
    events: readonly Attributes[];
    links: readonly Attributes[];
  }
>;

/**
 * An operation, put together from everything that arrived about it. Times are nanoseconds since the epoch as the agents' clocks had
 * them; nothing is shifted.
 */
export type Span = SpanContent &
  Readonly<{
    state: SpanState;
    startNanos: bigint;
    /** `undefined` while it is not known to have ended. */
    endNanos: bigint | undefined;
    /** As its agent measured it, or the difference of its times. Never negative. */
    durationNanos: bigint | undefined;
    /**
     * Where its caller stands in `Trace.spans`; `undefined` for a root. Ids alone do not tell it: MCP Mesh v0.4.0 gives several operations one
     * span id, and so does Zipkin (the two sides of a call). Never part of a cycle.
     */
    parentIndex: number | undefined;
    /** The parent is named but has not arrived (or is part of a cycle). It is shown as a root. */
    orphan: boolean;
    /** Records that said the same again, or less: retries of the sender. */
    duplicates: number;
  }>;

/**
 * `open`: it has started. `ended`: it has ended, or failed. `abandoned`: it has not ended within the time after the last record of
 * its trace.
 */
export type SpanState = 'open' | 'ended' | 'abandoned';

/**
 * `running`: records came a moment ago, or an operation is open. `complete`: none is open, and none came for the quiet period.
 * `abandoned`: nothing came for `TRACE_TIMEOUT`, and operations are still open.
 */
export type TraceState = 'running' | 'complete' | 'abandoned';

/** Values as JSON has them; integers beyond 2^53 are bigints. */
export type Attributes = Readonly<Record<string, unknown>>;

export type Trace = Readonly<{
  /** As the record with the earliest start wrote it. */
  traceId: string;
  state: TraceState;
  /** The earliest start that any record has, be it of an attempt that was repeated. */
  startNanos: bigint;
  /** The latest end that any record has; never before the start. */
  endNanos: bigint;
  durationNanos: bigint;
  /** No operation failed, as far as is known. */
  success: boolean;
  /** By start, then end, then ids: the same however they arrived. */
  spans: readonly Span[];
  /** Names of services (agents), sorted. */
  services: readonly string[];
  /** When the last record arrived, in milliseconds since the epoch. */
  lastSeenMillis: number;
}>;

/** The limits between the states of a trace, in milliseconds since its last record. */
export type TraceLimits = Readonly<{ quietMillis: number; timeoutMillis: number }>;
