import type { DeadLetter } from './ingest.ts';
import type { SpanLines } from './span-lines.ts';

/**
 * What one message said about one operation, before it is correlated with others. Texts are empty when unknown. Times are decimal
 * nanoseconds since the epoch and durations decimal nanoseconds, as text, because they do not fit a double; they may be negative.
 */
export type SpanRecord = Readonly<{
  /** `span`: the whole operation. The others are MCP Mesh's `span_start`, `span_end` and `error` events, and what recorders tell of calls that take long; they pair by span id. */
  record: 'span' | 'start' | 'end' | 'error';
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentId: string;
  /** OpenTelemetry's span name, MCP Mesh's operation. */
  name: string;
  kind: '' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  startNanos: string;
  endNanos: string;
  durationNanos: string;
  status: '' | 'ok' | 'error';
  statusMessage: string;
  /** `service.name`, MCP Mesh's agent name. */
  service: string;
  /** `service.instance.id`, MCP Mesh's agent id. */
  instance: string;
  /** IP address or host name of the agent. */
  address: string;
  runtime: string;
  capability: string;
  /** MCP Mesh's `target_agent`, OpenTelemetry's `peer.service`. */
  target: string;
  model: string;
  provider: string;
  /** Decimal, or empty. */
  inputTokens: string;
  outputTokens: string;
  totalTokens: string;
  requestBytes: string;
  responseBytes: string;
  /** JSON object, or empty. Values keep their JSON type. */
  attributes: string;
  /** JSON object of the resource's attributes, or empty. */
  resource: string;
  /** JSON object `{name, version, attributes, schemaUrl}` without what is not set, or empty. */
  scope: string;
  /** JSON array of `{timeUnixNano, name, attributes, droppedAttributesCount}`, attributes as a JSON object; or empty. */
  events: string;
  /** JSON array of `{traceId, spanId, traceState, attributes, flags, droppedAttributesCount}`, or empty. */
  links: string;
  traceState: string;
  /** W3C trace flags as sent by OTLP, decimal, or empty. */
  flags: string;
  /** Where this message stood, when its sender can send it again: a stream and an entry id. Unique, or empty. */
  origin: string;
}>;

/** Every member of a `SpanRecord` but `record`, `traceId` and `spanId` empty: to be spread under what is known. */
export const unknownSpan = {
  parentId: '',
  name: '',
  kind: '',
  startNanos: '',
  endNanos: '',
  durationNanos: '',
  status: '',
  statusMessage: '',
  service: '',
  instance: '',
  address: '',
  runtime: '',
  capability: '',
  target: '',
  model: '',
  provider: '',
  inputTokens: '',
  outputTokens: '',
  totalTokens: '',
  requestBytes: '',
  responseBytes: '',
  attributes: '',
  resource: '',
  scope: '',
  events: '',
  links: '',
  traceState: '',
  flags: '',
  origin: '',
} as const satisfies Omit<SpanRecord, 'record' | 'traceId' | 'spanId'>;

export type SpanBatch = Readonly<{
  /** The protocol that received the records, for example `redis`; the name under which they are counted. */
  source: string;
  spans: readonly SpanRecord[];
  /** Spans that their source has written as lines already, because at its rates an object for each is dear. */
  lines?: SpanLines;
  /** Messages that could not be read as a span; kept with the reason, in the same frame. */
  deadLetters?: readonly DeadLetter[];
}>;

/**
 * Takes a batch into the journal, as `IngestLogs` does: resolves when everything is synced to disk; rejects with `AppError`
 * `journal_full`, `disk_full` or `shutting_down`, and then nothing of it is stored.
 */
export type IngestSpans = (batch: SpanBatch) => Promise<void>;
