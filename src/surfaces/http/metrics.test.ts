import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../lib/telemetry.ts';
import { addTraceTelemetry } from '../../trace-telemetry.ts';
import { metricsText } from './metrics.ts';
import { addServerMetrics, recordOutcomes } from './server-metrics.ts';

describe("Prometheus' text format", () => {
  it('escapes help and labels', () => {
    const labels = { plain: 'a', quote: 'say "hi"', slash: 'C:\\new', line: 'a\nb\r', wide: 'ü€\ud800', empty: '' };
    const text = metricsText([
      { name: 'x_total', help: 'Back\\slash "quoted"\nand line.', type: 'counter', samples: [{ labels, value: 1 }] },
    ]);
    expect(text).toBe(
      '# HELP x_total Back\\\\slash "quoted"\\nand line.\n# TYPE x_total counter\n' +
        'x_total{plain="a",quote="say \\"hi\\"",slash="C:\\\\new",line="a\\nb\r",wide="ü€\ufffd",empty=""} 1\n',
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('prints %d as %s', (value, expected) => {
    const text = metricsText([{ name: 'x', help: 'X.', type: 'gauge', samples: [{ labels: {}, value }] }]);
    expect(text.split('\n')[2]).toBe(`x ${expected}`);
  });

  it('prints histograms under one head, and nothing of what has no samples', async () => {
    const telemetry = createTelemetry();
    telemetry.counter('none_total', 'None.', ['kind']);
    telemetry.histogram('lag_seconds', 'Lag.', [0.5]).observe(0.25, {});
    expect(metricsText(await telemetry.snapshot())).toBe(
      '# HELP lag_seconds Lag.\n# TYPE lag_seconds histogram\n' +
        'lag_seconds_bucket{le="0.5"} 1\nlag_seconds_bucket{le="+Inf"} 1\nlag_seconds_sum 0.25\nlag_seconds_count 1\n',
    );
    expect(metricsText([])).toBe('');
  });
});

describe("the server's metrics", () => {
  const telemetry = createTelemetry();
  const metrics = addServerMetrics(telemetry, { journalBytes: () => 11, segmentsWaiting: () => 2 });
  addTraceTelemetry(telemetry, { mesh: () => undefined, exporters: () => undefined });

  it('are all in docs/metrics.md with their type, and nothing else is', async () => {
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
    const registered = (await telemetry.snapshot()).map(({ name, type }) => `${name} ${type}`);
    expect(documented.sort()).toEqual(registered.sort());
  });

  it('come out with plausible values', async () => {
    metrics.bytes.add({ source: 'forward' }, 512);
    for (const outcome of recordOutcomes) metrics.records.add({ source: 'forward', outcome });
    metrics.queries.add({ kind: 'search' });
    metrics.querySeconds.observe(0.02, { kind: 'search' });
    metrics.visibleLag.observe(0.4, {});
    const text = metricsText(await telemetry.snapshot());
    expect(text).toContain('meshscope_records_total{source="forward",outcome="dead_lettered"} 1\n');
    expect(text).toContain('meshscope_query_seconds_bucket{kind="search",le="0.025"} 1\n');
    expect(text).toContain('meshscope_visible_lag_seconds_count 1\n');
    expect(text).toContain('meshscope_journal_bytes 11\n');
    const value = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
    expect(value('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10e6);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? \S+)$/);
  });
});
