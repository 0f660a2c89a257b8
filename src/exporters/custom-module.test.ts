import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportBench } from './testing/export-bench.ts';
import { pause, until } from './testing/exporter-options.ts';

const bench = exportBench();
const { arrive, start } = bench;

describe('an own module', () => {
  const module = (text: string) => {
    const path = join(bench.data, `exporter-${Math.random()}.mjs`);
    writeFileSync(path, text);
    return path;
  };

  it('exports, fails and comes again, and is closed', async () => {
    const out = join(bench.data, 'out.txt');
    const exporterModule = module(`
      import { appendFileSync } from 'node:fs';
      export function createExporter({ completedTrace, log }) {
        let failed = false;
        log('made');
        return {
          async export(trace, { update }) {
            if (!failed) { failed = true; throw new Error('not yet'); }
            if (trace.traceId === 'no') throw Object.assign(new Error('never'), { retryable: false });
            appendFileSync(${JSON.stringify(out)}, JSON.stringify([completedTrace(trace).TraceID, update]) + '\\n');
          },
          close() { appendFileSync(${JSON.stringify(out)}, 'closed'); },
        };
      }`);
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('a', 'no', 'b');
    await until(() => exporters.status().targets[0]?.exported === 2);
    await exporters.close();
    bench.running = [];
    expect(readFileSync(out, 'utf8')).toBe('["a",false]\n["b",false]\nclosed');
    expect(bench.logged).toContain('made');
  });

  it('that breaks on a trace goes on with the next; without a connection it waits', async () => {
    const exporterModule = module(`
      let tries = 0;
      export const createExporter = () => ({
        async export(trace) {
          if (trace.traceId === 'odd') return trace.nothing.there;
          if (tries++ < 2) await fetch('http://127.0.0.1:1/');
        },
      });`);
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('odd', 'a');
    await until(() => exporters.status().targets[0]?.exported === 1);
    expect(exporters.status().targets[0]).toMatchObject({ failed: 1, queued: 0 });
  });

  it('that hangs does not keep meshscope from stopping', async () => {
    const exporterModule = module(
      'export const createExporter = () => ({ export: () => new Promise(() => undefined), close() { throw new Error("stuck"); } });',
    );
    const exporters = await start({ exporters: 'custom', exporterModule });
    arrive('a');
    await pause(200);
    await exporters.close();
    bench.running = [];
    expect(bench.logged.join()).toContain('cannot be closed: stuck');
  });

  it.each([
    ['throw new Error("boom")', 'cannot be loaded: boom'],
    ['export const x = 1', 'does not export a function createExporter'],
    ['export const createExporter = () => ({})', 'returns no object with a method export'],
    ['export const createExporter = () => { throw new Error("no key") }', 'cannot create its exporter: no key'],
  ])('%s is refused at the start', async (text, message) => {
    await expect(start({ exporterModule: module(text) })).rejects.toThrow(message);
  });
});
