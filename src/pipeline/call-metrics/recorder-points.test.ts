import { describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../model/metric-point.ts';
import { RecorderPoints } from './recorder-points.ts';

const started = 1_795_000_000_000;

const point = (
  name: string,
  value: string,
  attributes: Readonly<Record<string, string>> = {},
  more: Partial<MetricPoint> = {},
): MetricPoint => ({
  name,
  description: '',
  unit: '',
  type: 'sum',
  temporality: 'cumulative',
  monotonic: true,
  startNanos: `${started + 5}000000`,
  timeNanos: '',
  service: 'weather',
  value,
  isInteger: true,
  count: '',
  sum: '',
  min: '',
  max: '',
  details: '',
  attributes: JSON.stringify(attributes),
  resource: '{"service.instance.id":"one"}',
  scope: '',
  ...more,
});

const logs = (value: string, more: Partial<MetricPoint> = {}) => point('meshscope.mcp.protocol_logs', value, { level: 'error' }, more);

describe("counters of recorders' protocol logs", () => {
  const two = { resource: '{"service.instance.id":"two"}' };
  const old = { startNanos: `${started - 5}000000` };
  it.each<[string, readonly MetricPoint[], number]>([
    ['grow with what a sender says', [logs('2'), logs('5')], 5],
    ['take repetitions once', [logs('5'), logs('5')], 5],
    ['add senders up', [logs('5'), logs('3', two), logs('6')], 9],
    ['begin again with a sender', [logs('5'), logs('2')], 7],
    ['leave out what was counted before this start', [logs('5', old), logs('7', old)], 2],
    ['add differences', [logs('5', { temporality: 'delta' }), logs('2', { temporality: 'delta' })], 7],
    ['take no nonsense', [logs('NaN'), logs('-3'), logs('inf', { temporality: 'delta' }), logs(''), logs('1')], 1],
  ])('%s', (_, points, expected) => {
    const state = new RecorderPoints(100, started);
    state.take(points, started);
    expect(state.protocolLogs()).toEqual([{ labels: { server: 'weather', level: 'error' }, value: expected }]);
  });

  it('have a bound, and lose nothing', () => {
    const state = new RecorderPoints(5, started);
    state.take(
      Array.from({ length: 50 }, (_, at) => point('meshscope.mcp.protocol_logs', '1', { level: `l${at}` })),
      started,
    );
    expect(state.protocolLogs()).toHaveLength(5);
    expect(state.protocolLogs().reduce((sum, { value }) => sum + value, 0)).toBe(50);
    expect(state.protocolLogs().at(-1)?.labels).toEqual({ otel_metric_overflow: 'true' });
  });
});

describe('what recorders say of now', () => {
  it('is the sum of those that are alive', () => {
    const state = new RecorderPoints(100, started);
    const open = (value: string, resource: string) => point('meshscope.mcp.calls.in_flight', value, {}, { resource });
    state.take([open('2', 'a'), open('3', 'b')], started);
    state.take([open('1', 'b')], started + 50_000);
    expect(state.inFlight(started + 50_000)).toEqual([{ labels: { server: 'weather', reporter: 'recorder' }, value: 3 }]);
    expect(state.inFlight(started + 70_000)[0]?.value).toBe(1);
    expect(state.inFlight(started + 200_000)).toEqual([]);
  });

  it('is told apart from what programs say of themselves', () => {
    const state = new RecorderPoints(100, started);
    const open = (value: string, attributes: Readonly<Record<string, string>>) =>
      point('meshscope.mcp.calls.in_flight', value, attributes, { monotonic: false });
    state.take([open('2', {}), open('1', { 'meshscope.reporter': 'self' })], started);
    expect(state.inFlight(started)).toEqual([
      { labels: { server: 'weather', reporter: 'recorder' }, value: 2 },
      { labels: { server: 'weather', reporter: 'self' }, value: 1 },
    ]);
  });

  it('is the last size of definitions', () => {
    const state = new RecorderPoints(100, started);
    const size = (value: string) => point('meshscope.mcp.definition.bytes', value, { 'mcp.method.name': 'tools/list' }, { type: 'gauge' });
    state.take([size('2000'), size('1500'), point('other', '1'), point('meshscope.mcp.other', '1')], started);
    expect(state.definitionBytes()).toEqual([{ labels: { server: 'weather', mcp_method_name: 'tools/list' }, value: 1500 }]);
  });
});
