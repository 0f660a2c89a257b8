import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addCallTelemetry } from '../../call-telemetry.ts';
import { createTelemetry } from '../../lib/telemetry.ts';
import { addTraceTelemetry } from '../../trace-telemetry.ts';
import { metricsText, openMetricsText, wantsOpenMetrics } from './metrics.ts';
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

describe('OpenMetrics', () => {
  it('has families without _total, exemplars at buckets, and an end', () => {
    const exemplar = { labels: { trace_id: 'ab"c' }, value: 0.25, timeMillis: 1_795_000_000_123 };
    const text = openMetricsText([
      { name: 'x_total', help: 'The "x".', type: 'counter', samples: [{ labels: { a: 'b' }, value: 1, exemplar }] },
      {
        name: 'lag_seconds',
        help: 'Lag.',
        type: 'histogram',
        samples: [
          { suffix: '_bucket', labels: { le: '1.0' }, value: 2, exemplar },
          { suffix: '_bucket', labels: { le: '+Inf' }, value: 2, exemplar: { ...exemplar, labels: {} } },
          { suffix: '_count', labels: {}, value: 2, exemplar },
        ],
      },
      { name: 'odd', help: 'Odd.', type: 'untyped', samples: [{ labels: {}, value: 1 }] },
      { name: 'none', help: 'None.', type: 'gauge', samples: [] },
    ]);
    expect(text).toBe(
      '# TYPE x counter\n# HELP x The \\"x\\".\nx_total{a="b"} 1\n' +
        '# TYPE lag_seconds histogram\n# HELP lag_seconds Lag.\n' +
        'lag_seconds_bucket{le="1.0"} 2 # {trace_id="ab\\"c"} 0.25 1795000000.123\n' +
        'lag_seconds_bucket{le="+Inf"} 2 # {} 0.25 1795000000.123\nlag_seconds_count 2\n' +
        '# TYPE odd unknown\n# HELP odd Odd.\nodd 1\n# EOF\n',
    );
    expect(openMetricsText([])).toBe('# EOF\n');
  });

  it.each([
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['text/html,*/*;q=0.8', false],
    ['text/plain;version=0.0.4', false],
    ['application/openmetrics-text', true],
    ['Application/OpenMetrics-Text; Version="1.0.0"', true],
    ['application/openmetrics-text; version=0.0.1', false],
    ['application/openmetrics-text;q=0', false],
    ['application/openmetrics-text;q=0.2,text/plain;q=0.3', false],
    ['application/openmetrics-text;q=x', false],
    // Prometheus 2.42 and 3.
    [
      'application/openmetrics-text; version=1.0.0,application/openmetrics-text; version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      true,
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      true,
    ],
  ])('for Accept: %s is %s', (accept, expected) => {
    expect(wantsOpenMetrics(accept)).toBe(expected);
  });
});

describe("the server's metrics", () => {
  const telemetry = createTelemetry();
  const metrics = addServerMetrics(telemetry, { journalBytes: () => 11, segmentsWaiting: () => 2 });
  addCallTelemetry(telemetry, { maxSeries: 10 });
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
