import { readdirSync } from 'node:fs';
import type { Counter, Histogram, Reading, Telemetry } from '../../lib/telemetry.ts';

export type RecordOutcome = 'received' | 'accepted' | 'rejected' | 'dead_lettered' | 'stored';

export const recordOutcomes: readonly RecordOutcome[] = ['received', 'accepted', 'rejected', 'dead_lettered', 'stored'];

/** What the server counts; docs/metrics.md says what each means. */
export type ServerMetrics = Readonly<{
  /** Labels `source` and `outcome`, one of `recordOutcomes`. */
  records: Counter<'source' | 'outcome'>;
  bytes: Counter<'source'>;
  /** Seconds from the receipt of a record until queries find it. */
  visibleLag: Histogram<never>;
  /** Label `kind`: search, count, msearch and the like; never text that a client chose. */
  queries: Counter<'kind'>;
  /** Seconds. */
  querySeconds: Histogram<'kind'>;
}>;

export type ServerReadings = Readonly<{
  /** Bytes of the journal on disk. */
  journalBytes: () => Reading | Promise<Reading>;
  /** Sealed segments that are not stored yet. */
  segmentsWaiting: () => Reading | Promise<Reading>;
}>;

const lagBuckets = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300];
const queryBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers the metrics of the server and of its process. */
export function addServerMetrics(telemetry: Telemetry, readings: ServerReadings): ServerMetrics {
  const metrics: ServerMetrics = {
    records: telemetry.counter('meshscope_records_total', 'Records by the source they came from and what became of them.', [
      'source',
      'outcome',
    ]),
    bytes: telemetry.counter('meshscope_bytes_total', 'Bytes of records accepted, as written to the journal.', ['source']),
    visibleLag: telemetry.histogram(
      'meshscope_visible_lag_seconds',
      'Time from the receipt of records until queries find them.',
      lagBuckets,
    ),
    queries: telemetry.counter('meshscope_queries_total', 'Queries by kind.', ['kind']),
    querySeconds: telemetry.histogram('meshscope_query_seconds', 'Time that queries took, by kind.', queryBuckets, ['kind']),
  };
  telemetry.gauge('meshscope_journal_bytes', 'Size of the journal on disk.', readings.journalBytes);
  telemetry.gauge('meshscope_segments_waiting', 'Sealed segments of the journal that are not stored yet.', readings.segmentsWaiting);
  addProcessMetrics(telemetry);
  return metrics;
}

function addProcessMetrics(telemetry: Telemetry): void {
  const startSeconds = Date.now() / 1000 - process.uptime();
  telemetry.observedCounter('process_cpu_seconds_total', 'CPU time of this process, the engine included.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  telemetry.gauge('process_resident_memory_bytes', 'Resident memory of this process, the engine included.', () =>
    process.memoryUsage.rss(),
  );
  telemetry.gauge('process_start_time_seconds', 'When this process started, in seconds since 1970.', () => startSeconds);
  telemetry.gauge('process_open_fds', 'Open file descriptors.', () =>
    process.platform === 'linux' ? readdirSync('/proc/self/fd').length : undefined,
  );
  telemetry.gauge('nodejs_heap_size_used_bytes', 'Heap of JavaScript in use.', () => process.memoryUsage().heapUsed);
}
