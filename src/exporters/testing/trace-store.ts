import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noContent } from '../../model/journal-line.ts';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import { spanLine } from '../../pipeline/signal-lines.ts';
import { dueTraces } from '../../queries/traces/due-traces.ts';
import { readTraces } from '../../queries/traces/read-trace.ts';
import { openEmbeddedEngine } from '../../store/engine/embedded.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { migrate } from '../../store/migrate.ts';
import { loadSpansStatement } from '../../store/spans/load-spans-statement.ts';
import type { ExportPorts } from '../export-ports.ts';

/** A real store, filled as the loader fills it, and the ports over it. */
export type TraceStore = Readonly<{
  engine: Engine;
  folder: string;
  /** Stores records as one segment, opened at `openedAt` (now unless told). */
  load: (spans: readonly Partial<SpanRecord>[], openedAt?: number) => Promise<void>;
  ports: (overrides?: Partial<ExportPorts>) => ExportPorts;
  close: () => Promise<void>;
}>;

export async function openTraceStore(): Promise<TraceStore> {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-exporters-'));
  const engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * 1024 ** 2, loaders: 1, readers: 2 });
  await migrate(engine);
  let lastId = 0;
  /** When segments were opened that are being loaded. */
  const loading = new Map<number, number>();
  return {
    engine,
    folder,
    async load(spans, openedAt = Date.now()) {
      const id = ++lastId;
      loading.set(id, openedAt);
      const path = join(folder, `${id}.tsv`);
      const records = spans.map((members): SpanRecord => ({ ...unknownSpan, record: 'span', traceId: 't', spanId: 's', ...members }));
      writeFileSync(path, records.map((one, row) => spanLine(one, row + 1, 'test')).join(''));
      await engine.load(loadSpansStatement({ id, path, bytes: 1, rows: spans.length, openedAt, content: { ...noContent, spans: true } }));
      loading.delete(id);
    },
    ports: (overrides) => ({
      dueTraces: (request) => dueTraces(engine, request),
      readTraces: (addresses, limits, nowMillis) => readTraces(engine, addresses, limits, nowMillis),
      loadedUntilMillis: () => Math.min(Date.now(), ...loading.values()),
      write: async () => undefined,
      ownPorts: () => [],
      log: () => undefined,
      ...overrides,
    }),
    async close() {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
