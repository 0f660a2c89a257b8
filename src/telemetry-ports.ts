import { createTelemetry, type Telemetry } from './lib/telemetry.ts';
import { addServerMetrics, type ServerMetrics } from './surfaces/http/server-metrics.ts';
import type { SourceCounts } from './surfaces/http/status.ts';
import type { WritePath } from './write-path.ts';

/** Counts records of a source; every source tells of every record what became of it. */
export type CountRecords = (
  source: string,
  outcome: 'received' | 'accepted' | 'rejected' | 'dead_lettered',
  records: number,
  bytes: number,
) => void;

export type ServerTelemetry = Readonly<{
  telemetry: Telemetry;
  metrics: ServerMetrics;
  count: CountRecords;
  /** Records that can be searched now, and the milliseconds since the first of them arrived. */
  stored: (rows: number, lagMillis: number) => void;
  sources: () => Readonly<Record<string, SourceCounts>>;
}>;

const countNames = { received: 'received', accepted: 'accepted', rejected: 'rejected', dead_lettered: 'deadLettered' } as const;

/** `path` is asked when the metrics are read, which is only when everything runs. */
export function createServerTelemetry(path: () => WritePath): ServerTelemetry {
  const telemetry = createTelemetry();
  const metrics = addServerMetrics(telemetry, {
    journalBytes: () => path().journal.waitingBytes,
    segmentsWaiting: () => path().loader.waiting,
  });
  const sources: Record<string, { -readonly [Name in keyof SourceCounts]: number }> = {};
  return {
    telemetry,
    metrics,
    count(source, outcome, records, bytes) {
      if (records === 0) return;
      const counts = sources[source] ?? { received: 0, accepted: 0, rejected: 0, deadLettered: 0 };
      sources[source] = counts;
      counts[countNames[outcome]] += records;
      metrics.records.add({ source, outcome }, records);
      if (outcome === 'accepted') metrics.bytes.add({ source }, bytes);
    },
    stored(rows, lagMillis) {
      metrics.records.add({ source: 'all', outcome: 'stored' }, rows);
      metrics.visibleLag.observe(lagMillis / 1000, {}, rows);
    },
    sources: () => sources,
  };
}
