import { AppError } from '../../lib/errors.ts';
import { WireWriter } from '../../lib/protobuf/wire-writer.ts';
import type { IngestLogs } from '../../model/ingest.ts';
import type { IngestMetrics } from '../../model/metric-point.ts';
import type { IngestSpans } from '../../model/span.ts';
import { decodeLogs } from './decode-logs.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { decodeTraces } from './decode-traces.ts';
import { InFlight } from './in-flight.ts';
import type { Signal } from './otlp-schema.ts';
import { Rejections } from './rejections.ts';
import { Room } from './room.ts';

/** The name under which records of OTLP are stored and counted. */
export const otlpSource = 'otlp';

/** Bytes of requests that are being worked on; MUST be the same for all listeners, so that they share one limit. */
export type ByteHold = Readonly<{
  /** Throws `too_busy` when there is no room. */
  hold: (bytes: number) => void;
  release: (bytes: number) => void;
}>;

export type OtlpPorts = Readonly<{
  ingestSpans: IngestSpans;
  ingestLogs: IngestLogs;
  ingestMetrics: IngestMetrics;
  /** Counts what never reaches the ports above: records that are rejected, and one for a request that cannot be read. */
  count: (source: string, outcome: 'received' | 'rejected', records: number, bytes: number) => void;
  /** Index of the logs. */
  index: string;
  /** Limit of one request, as sent and decompressed. */
  maxBodyBytes: number;
  budget: ByteHold;
}>;

/** What one request may grow to, in times of `maxBodyBytes`. */
const growth = 4;

/** Records that are on their way into the journal, of all requests. Apart from `budget`, where a request holds its own body already. */
const grown = new InFlight(256 * 1024 * 1024);

/** Records that were not taken; `count` 0 with a message is a warning. */
export type Outcome = Readonly<{ rejected: number; message: string }>;

/**
 * Stores what an `ExportXServiceRequest` has; resolves when it is synced. Throws `AppError`: `bad_request` when the bytes are no such
 * message, `too_large`, `too_busy`, or what the ports throw; nothing of the request is stored then.
 */
export async function receive(signal: Signal, body: Buffer, ports: OtlpPorts): Promise<Outcome> {
  const room = new Room(growth * ports.maxBodyBytes);
  const { store, records, rejections } = decode(signal, body, room, ports);
  if (rejections.count > 0) {
    ports.count(otlpSource, 'received', rejections.count, 0);
    ports.count(otlpSource, 'rejected', rejections.count, 0);
  }
  if (records > 0) {
    grown.hold(room.usedBytes);
    try {
      const { notTaken, reason } = await store();
      if (notTaken > 0) rejections.warn(`${notTaken} records went to the dead letters: ${reason}`);
    } finally {
      grown.release(room.usedBytes);
    }
  }
  return { rejected: rejections.count, message: rejections.message };
}

type Decoded = Readonly<{
  records: number;
  rejections: Rejections;
  store: () => Promise<{ notTaken: number; reason: string }>;
}>;

function decode(signal: Signal, body: Buffer, room: Room, ports: OtlpPorts): Decoded {
  const source = otlpSource;
  const all = { notTaken: 0, reason: '' };
  try {
    if (signal === 'traces') {
      const { records: spans, rejections } = decodeTraces(body, room);
      return { records: spans.length, rejections, store: () => ports.ingestSpans({ source, spans }).then(() => all) };
    }
    if (signal === 'metrics') {
      const { records: points, rejections } = decodeMetrics(body, room);
      return { records: points.length, rejections, store: () => ports.ingestMetrics({ source, points }).then(() => all) };
    }
    const { records: documents } = decodeLogs(body, room, Date.now());
    return {
      records: documents.length,
      rejections: new Rejections('log records'),
      store: async () => {
        const { deadLettered } = await ports.ingestLogs({ source, index: ports.index, documents });
        return { notTaken: deadLettered, reason: 'they could not become documents' };
      },
    };
  } catch (error) {
    if (error instanceof AppError) countUnread(ports);
    throw error;
  }
}

/** A request whose records cannot be told counts as one. */
export function countUnread(ports: Pick<OtlpPorts, 'count'>): void {
  ports.count(otlpSource, 'received', 1, 0);
  ports.count(otlpSource, 'rejected', 1, 0);
}

const rejectedNames: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

/** `ExportXServiceResponse`: empty when everything was taken. */
export function outcomeBytes({ rejected, message }: Outcome): Buffer {
  if (message === '') return Buffer.alloc(0);
  const writer = new WireWriter();
  writer.message(1, (partial) => {
    partial.uint32(1, rejected);
    partial.text(2, message);
  });
  return writer.finish();
}

/** The same in JSON, where a 64-bit integer is a string. */
export function outcomeJson(signal: Signal, { rejected, message }: Outcome): string {
  if (message === '') return '{}';
  return JSON.stringify({
    partialSuccess: { ...(rejected > 0 ? { [rejectedNames[signal]]: String(rejected) } : {}), errorMessage: message },
  });
}
