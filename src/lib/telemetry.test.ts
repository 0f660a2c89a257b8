import { describe, expect, it } from 'vitest';
import { createTelemetry } from './telemetry.ts';

describe('telemetry', () => {
  it('counts by labels, whatever order they come in and whatever they contain', async () => {
    const telemetry = createTelemetry();
    const counter = telemetry.counter('records_total', 'Records.', ['source', 'outcome']);
    counter.add({ source: 'a', outcome: 'b' });
    counter.add({ outcome: 'b', source: 'a' }, 2);
    counter.add({ source: 'a","b', outcome: '' }, 0.5);
    counter.add({ source: 'a', outcome: '","b' }, 0);
    counter.add({ source: '__proto__', outcome: 'constructor' }, 7);
    expect(counter.value({ source: 'a', outcome: 'b' })).toBe(3);
    expect(counter.value({ source: 'none', outcome: 'b' })).toBe(0);
    expect(await telemetry.snapshot()).toEqual([
      {
        name: 'records_total',
        help: 'Records.',
        type: 'counter',
        samples: [
          { labels: { source: 'a', outcome: 'b' }, value: 3 },
          { labels: { source: 'a","b', outcome: '' }, value: 0.5 },
          { labels: { source: 'a', outcome: '","b' }, value: 0 },
          { labels: { source: '__proto__', outcome: 'constructor' }, value: 7 },
        ],
      },
    ]);
  });

  it('shows what has no labels from the start', async () => {
    const telemetry = createTelemetry();
    telemetry.counter('starts_total', 'Starts.');
    telemetry.histogram('lag_seconds', 'Lag.', [1]);
    const [counter, histogram] = await telemetry.snapshot();
    expect(counter?.samples).toEqual([{ labels: {}, value: 0 }]);
    expect(histogram?.samples.map(({ value }) => value)).toEqual([0, 0, 0, 0]);
  });

  it('sorts observations into cumulative buckets, bounds included', async () => {
    const telemetry = createTelemetry();
    const histogram = telemetry.histogram('lag_seconds', 'Lag.', [0.1, 1, 10], ['kind']);
    for (const value of [0, 0.1, 0.5, 1, 1.0001, 10, 11, Number.NaN]) histogram.observe(value, { kind: 'x' });
    const [metric] = await telemetry.snapshot();
    expect(metric?.samples.map(({ suffix, labels, value }) => [suffix, labels.le, labels.kind, value])).toEqual([
      ['_bucket', '0.1', 'x', 2],
      ['_bucket', '1.0', 'x', 4],
      ['_bucket', '10.0', 'x', 6],
      ['_bucket', '+Inf', 'x', 7],
      ['_sum', undefined, 'x', 23.6001],
      ['_count', undefined, 'x', 7],
    ]);
  });

  it('observes one value for many', async () => {
    const telemetry = createTelemetry();
    const histogram = telemetry.histogram('lag_seconds', 'Lag.', [1]);
    histogram.observe(0.5, {}, 1000);
    histogram.observe(2, {}, 0);
    const [metric] = await telemetry.snapshot();
    expect(metric?.samples.map(({ value }) => value)).toEqual([1000, 1000, 500, 1000]);
    expect(() => histogram.observe(1, {}, -1)).toThrow(/BUG/);
  });

  it('reads gauges anew for each snapshot, and leaves out what cannot be read', async () => {
    const telemetry = createTelemetry();
    let bytes = 1;
    telemetry.gauge('bytes', 'Bytes.', () => bytes);
    telemetry.gauge('parts', 'Parts.', async () => [{ labels: { disk: 'a' }, value: 2 }]);
    telemetry.gauge('unknown', 'Unknown.', () => undefined);
    telemetry.gauge('broken', 'Broken.', () => {
      throw new Error('no');
    });
    telemetry.observedCounter('rejected_total', 'Rejected.', () => Promise.reject(new Error('no')));
    const values = async () => Object.fromEntries((await telemetry.snapshot()).map(({ name, samples }) => [name, samples[0]?.value]));
    expect(await values()).toEqual({ bytes: 1, parts: 2 });
    bytes = 5;
    expect((await values()).bytes).toBe(5);
  });

  it('refuses what would make the exposition invalid', () => {
    const telemetry = createTelemetry();
    const counter = telemetry.counter('a_total', 'A.');
    expect(() => counter.add({}, -1)).toThrow(/BUG/);
    expect(() => counter.add({}, Number.NaN)).toThrow(/BUG/);
    expect(() => telemetry.gauge('a_total', 'A.', () => 1)).toThrow(/twice/);
    expect(() => telemetry.gauge('a b', 'A.', () => 1)).toThrow(/name/);
    expect(() => telemetry.gauge('', 'A.', () => 1)).toThrow(/name/);
    expect(() => telemetry.counter('b_total', 'B.', ['x-y'])).toThrow(/label/);
    expect(() => telemetry.histogram('c', 'C.', [1, 1])).toThrow(/ascend/);
    expect(() => telemetry.histogram('d', 'D.', [Number.POSITIVE_INFINITY])).toThrow(/ascend/);
  });
});
