import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Trace } from '../../model/trace.ts';
import { exampleSpan, exampleTrace } from '../../queries/trace-forms/testing/example-trace.ts';
import { cursorAfter, type DueTrace } from '../../queries/traces/due-traces.ts';
import type { ExportPorts } from '../export-ports.ts';
import { type Exporters, type ExportersOptions, startExporters } from '../start-exporters.ts';
import { exporterOptions, pause } from './exporter-options.ts';

/** Exporters over traces that are said by hand: which ones are due is the business of start-exporters.test.ts. Anew for each test. */
export function exportBench() {
  let data = '';
  let running: Exporters[] = [];
  let logged: string[] = [];
  let stored = new Map<string, Trace>();
  let arrivals: DueTrace[] = [];

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'meshscope-targets-'));
    running = [];
    logged = [];
    stored = new Map();
    arrivals = [];
  });
  afterEach(async () => {
    for (const one of running) await one.close();
    rmSync(data, { recursive: true, force: true });
  });

  let time = Date.now();
  function arrive(...ids: string[]): void {
    for (const traceId of ids) {
      time = Math.max(time + 1, Date.now());
      const hash = String(BigInt(stored.size) + 1n);
      stored.set(hash, exampleTrace([exampleSpan({ traceId })], { lastSeenMillis: time }));
      arrivals.push({ hash, slots: [0], lastSeenMillis: time, records: 1, updated: false });
    }
  }

  async function start(options: Partial<ExportersOptions>, overrides: Partial<ExportPorts> = {}): Promise<Exporters> {
    const ports: ExportPorts = {
      dueTraces: async ({ reason, after, untilMillis }) => {
        const due = arrivals.filter(({ lastSeenMillis }) => lastSeenMillis > after.lastSeenMillis && lastSeenMillis <= untilMillis);
        return { due: reason === 'quiet' ? due : [], cursor: cursorAfter(untilMillis), isFull: false };
      },
      readTraces: async (addresses) => addresses.flatMap(({ hash }) => stored.get(hash) ?? []),
      loadedUntilMillis: () => Date.now(),
      write: async () => undefined,
      ownPorts: () => [],
      log: (line) => logged.push(line),
      ...overrides,
    };
    const started = await startExporters(exporterOptions(data, { quietMillis: 1, ...options }), ports);
    running.push(started);
    await pause(5);
    return started;
  }

  return {
    arrive,
    start,
    get data() {
      return data;
    },
    set data(folder) {
      data = folder;
    },
    get logged() {
      return logged;
    },
    /** Traces by their hash. */
    get stored() {
      return stored;
    },
    get running() {
      return running;
    },
    set running(exporters) {
      running = exporters;
    },
  };
}
