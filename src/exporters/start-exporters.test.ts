import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SpanRecord } from '../model/span.ts';
import type { CompletedTrace } from '../queries/trace-forms/completed-trace.ts';
import type { ExportPorts } from './export-ports.ts';
import { chosenExporters, type Exporters, startExporters } from './start-exporters.ts';
import { exporterOptions, pause, until } from './testing/exporter-options.ts';
import { openTraceStore, type TraceStore } from './testing/trace-store.ts';

let store: TraceStore;
beforeAll(async () => {
  store = await openTraceStore();
});
afterAll(() => store.close());

let data = '';
let lines: string[] = [];
let running: Exporters[] = [];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'meshscope-exports-'));
  lines = [];
  running = [];
});
afterEach(async () => {
  for (const one of running) await one.close();
  rmSync(data, { recursive: true, force: true });
});

async function start(overrides: Partial<ExportPorts> = {}, options: Parameters<typeof exporterOptions>[1] = {}): Promise<Exporters> {
  const write = async (text: string) => void lines.push(text);
  const started = await startExporters(exporterOptions(data, { pretty: false, ...options }), store.ports({ write, ...overrides }));
  running.push(started);
  return started;
}

const traces = (texts = lines) => texts.map((text) => JSON.parse(text.replace(/^TRACE_JSON: /, '')) as CompletedTrace);
const idsOf = (texts = lines) => traces(texts).map(({ TraceID }) => TraceID);

let number = 0;
const unique = (name: string) => `${name}-${++number}`;
const whole = (traceId: string, members: Partial<SpanRecord> = {}): Partial<SpanRecord> => ({
  traceId,
  name: 'tool:x',
  service: 'agent',
  startNanos: '1763700000000000000',
  endNanos: '1763700000015000000',
  ...members,
});

describe('the exporters', () => {
  it('export a trace once, when nothing came for the quiet period', async () => {
    const id = unique('once');
    const exporters = await start({}, { quietMillis: 1500, timeoutMillis: 3000 });
    await store.load([whole(id)]);
    await pause(150);
    expect(lines).toEqual([]);
    await store.load([whole(id, { spanId: 'u', parentId: 's' })]);
    await until(() => lines.length > 0);
    await pause(2000);
    expect(traces()).toMatchObject([{ TraceID: id, SpanCount: 2, Duration: 15_000_000, Success: true }]);
    expect(exporters.status().targets).toMatchObject([
      { name: 'console', exported: 1, updates: 0, failed: 0, queued: 0, lastError: undefined },
    ]);
  });

  it('export it again when a late span came, and tell that it is an update', async () => {
    const id = unique('late');
    const exporters = await start();
    await store.load([whole(id)]);
    await until(() => lines.length === 1);
    await pause(100);
    await store.load([whole(id, { spanId: 'late', status: 'error', statusMessage: 'e' })]);
    await until(() => lines.length === 2);
    expect(traces().map(({ SpanCount, Success }) => [SpanCount, Success])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(exporters.status().targets[0]).toMatchObject({ exported: 2, updates: 1 });
  });

  it('export what never ends after the timeout, and again when it does', async () => {
    const id = unique('open');
    const started = Date.now();
    await start();
    await store.load([whole(id, { record: 'start', endNanos: '' })]);
    await until(() => lines.length === 1);
    expect(Date.now() - started).toBeGreaterThan(1450);
    expect(traces()[0]?.Spans[0]).toMatchObject({ EndTime: null, Success: null });
    await store.load([whole(id, { record: 'end', startNanos: '' })]);
    await until(() => lines.length === 2);
    expect(traces()[1]?.Spans[0]).toMatchObject({ DurationMS: 15, Success: true });
    await pause(2000);
    expect(lines).toHaveLength(2);
  });

  it('export events that pair up once, at the end of the quiet period', async () => {
    const id = unique('paired');
    await start();
    await store.load([whole(id, { record: 'start', endNanos: '' }), whole(id, { record: 'end', startNanos: '' })]);
    await until(() => lines.length === 1);
    await pause(2500);
    expect(idsOf()).toEqual([id]);
  });

  it('begin with traces that come after the first start, and go on where they stopped', async () => {
    await store.load([whole(unique('before'))]);
    await pause(5);
    const first = await start();
    const during = unique('during');
    await store.load([whole(during)]);
    await until(() => lines.length === 1);
    await first.close();
    running = [];
    const away = unique('away');
    await store.load([whole(away)]);
    await pause(400);
    await start();
    await until(() => lines.length === 2);
    await pause(500);
    expect(idsOf()).toEqual([during, away]);
  });

  it('wait for records that are on their way to the store', async () => {
    const id = unique('held');
    let loadedUntil = Date.now();
    await start({ loadedUntilMillis: () => loadedUntil });
    const openedAt = Date.now();
    await store.load([whole(id)], openedAt);
    await pause(700);
    expect(lines).toEqual([]);
    // A segment that came in 100 ms later was still to be loaded.
    await store.load([whole(id, { spanId: 'second' })], openedAt + 100);
    loadedUntil = Number.POSITIVE_INFINITY;
    await until(() => lines.length === 1);
    await pause(600);
    expect(traces()).toMatchObject([{ TraceID: id, SpanCount: 2 }]);
  });

  it('send 10,000 traces once each, in bounded pieces', async () => {
    const ids = new Set(Array.from({ length: 10_000 }, (_, n) => unique(`many-${n}`)));
    let largest = 0;
    const ports = store.ports();
    const exporters = await start({
      readTraces: (addresses, ...rest) => {
        largest = Math.max(largest, addresses.length);
        return ports.readTraces(addresses, ...rest);
      },
    });
    await store.load([...ids].flatMap((id) => [whole(id), whole(id, { spanId: 'b', parentId: 's' })]));
    await until(() => lines.length >= 10_000, 55_000);
    await pause(1000);
    expect(lines).toHaveLength(10_000);
    expect(new Set(idsOf())).toEqual(ids);
    expect(largest).toBeLessThanOrEqual(200);
    expect(exporters.status().targets[0]).toMatchObject({ exported: 10_000, queued: 0, dropped: 0 });
  });

  it('repeat at most what was in hand after a kill at any moment', async () => {
    const expected: string[] = [];
    const exported: string[] = [];
    let folder = data;
    for (let kill = 0; kill < 12; kill++) {
      let isDead = false;
      const write = async (text: string) => {
        // A killed process prints nothing, and nothing that it waits for comes.
        if (isDead) await new Promise(() => undefined);
        exported.push(...idsOf([text]));
        if (exported.length % 3 === 0) await pause(3);
      };
      const options = exporterOptions(folder, { pretty: false, backoffMillis: [5] });
      const ports = store.ports({ write, loadedUntilMillis: () => (isDead ? 0 : Date.now()) });
      await startExporters(options, ports);
      const ids = Array.from({ length: 40 }, () => unique('killed'));
      expected.push(...ids);
      await store.load(ids.map((id) => whole(id)));
      await pause(300 + Math.random() * 150);
      isDead = true;
      const next = join(data, `after-${kill}`);
      mkdirSync(next);
      cpSync(join(folder, 'exports'), join(next, 'exports'), { recursive: true });
      folder = next;
    }
    const last = await startExporters(
      exporterOptions(folder, { pretty: false }),
      store.ports({ write: async (text) => void exported.push(...idsOf([text])) }),
    );
    running.push(last);
    await until(() => new Set(exported).size === expected.length);
    await pause(500);
    expect(new Set(exported)).toEqual(new Set(expected));
    expect(exported.length - expected.length).toBeLessThanOrEqual(12);
  });

  it('forget their queue when they are turned off', async () => {
    const first = await start();
    await store.load([whole(unique('gone'))]);
    await first.close();
    running = [];
    const none = await start({}, { exporters: 'none' });
    expect(none.status().targets).toEqual([]);
    expect(existsSync(join(data, 'exports'))).toBe(false);
    await start();
    await pause(700);
    expect(lines).toEqual([]);
  });
});

describe('the choice of exporters', () => {
  const chosen = (overrides: Parameters<typeof exporterOptions>[1]) => chosenExporters(exporterOptions('/x', overrides));

  it.each<[string, string[]]>([
    ['console', ['console']],
    ['telemetry', ['otlp']],
    ['Console, json', ['console', 'json']],
    ['console,console', ['console']],
    ['multi', ['console', 'json', 'zipkin']],
    ['all', ['console', 'json', 'zipkin']],
    ['multiple,otlp', ['otlp', 'console', 'json', 'zipkin']],
    ['none', []],
    ['', []],
  ])('%s', (exporters, names) => expect(chosen({ exporters, zipkinEndpoint: 'z:9411' })).toEqual(names));

  it('adds an own module, unless nothing is exported', () => {
    expect(chosen({ exporters: 'console', exporterModule: '/m.mjs' })).toEqual(['console', 'custom']);
    expect(chosen({ exporters: 'none', exporterModule: '/m.mjs' })).toEqual([]);
    expect(() => chosen({ exporters: 'custom' })).toThrow('tracing.exporterModule is not set');
  });

  it('refuses what it does not know', () => {
    expect(() => chosen({ exporters: 'consle' })).toThrow('did you mean console?');
    expect(() => chosen({ exporters: '__proto__' })).toThrow('must be a list of console');
  });
});
