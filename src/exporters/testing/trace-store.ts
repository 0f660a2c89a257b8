import type { SpanRecord } from '../../model/span.ts';
import { dueTraces } from '../../queries/traces/due-traces.ts';
import { readTraces } from '../../queries/traces/read-trace.ts';
import { openTraceTable, span, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import type { ExportPorts } from '../export-ports.ts';

/** A real store, filled as the loader fills it, and the ports over it. */
export type TraceStore = Readonly<{
  engine: TraceTable['engine'];
  folder: string;
  /** Stores records as one segment, opened at `openedAt` (now unless told). */
  load: (spans: readonly Partial<SpanRecord>[], openedAt?: number) => Promise<void>;
  ports: (overrides?: Partial<ExportPorts>) => ExportPorts;
  close: () => Promise<void>;
}>;

export async function openTraceStore(): Promise<TraceStore> {
  const table = await openTraceTable();
  const { engine, folder } = table;
  /** When segments were opened that are being loaded. */
  const loading = new Set<Readonly<{ openedAt: number }>>();
  return {
    engine,
    folder,
    async load(spans, openedAt = Date.now()) {
      const segment = { openedAt };
      loading.add(segment);
      await table.load(spans.map(span), openedAt);
      loading.delete(segment);
    },
    ports: (overrides) => ({
      dueTraces: (request) => dueTraces(engine, request),
      readTraces: (addresses, limits, nowMillis) => readTraces(engine, addresses, limits, nowMillis),
      loadedUntilMillis: () => Math.min(Date.now(), ...[...loading].map(({ openedAt }) => openedAt)),
      write: async () => undefined,
      ownPorts: () => [],
      log: () => undefined,
      ...overrides,
    }),
    close: () => table.close(),
  };
}
