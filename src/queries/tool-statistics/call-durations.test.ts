import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallDurations, maxExact } from './call-durations.ts';

/** What the engine says about a part of the calls. */
function part(nanos: readonly number[]) {
  const counts = new Map<number, number>();
  for (const one of nanos) {
    const bucket = Math.ceil(Math.log(Math.max(one, 1)) / Math.log(1.005));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return {
    some: nanos.slice(0, maxExact).map(String),
    buckets: [[...counts.keys()], [...counts.values()].map(String)] as const,
    count: nanos.length,
    sum: nanos.reduce((sum, one) => sum + one, 0),
    min: Math.min(...nanos),
    max: Math.max(...nanos),
  };
}

const rank = (nanos: readonly number[], share: number) => (nanos.toSorted((a, b) => a - b)[Math.ceil(share * nanos.length) - 1] ?? 0) / 1e6;

describe('durations of calls', () => {
  const nanos = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1000, max: 4_000_000_000_000 }));

  it('in parts are those of all, exact when they are few', () => {
    const parts = fc.array(fc.array(nanos, { minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, fc.constantFrom(0.5, 0.95, 0.99), (lists, share) => {
        const durations = new CallDurations();
        for (const list of lists) durations.add(part(list));
        const all = lists.flat();
        const expected = rank(all, share);
        const given = durations.percentileMillis(share);
        if (all.length <= maxExact) expect(given).toBe(expected);
        else expect(Math.abs(given - expected)).toBeLessThanOrEqual(expected * 0.0026 + 1e-6);
        expect(durations.maxMillis).toBe(Math.max(...all) / 1e6);
        expect(durations.averageMillis).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / all.length / 1e6, 6);
      }),
    );
  });

  it('of no call are 0', () => {
    const durations = new CallDurations();
    expect([durations.averageMillis, durations.percentileMillis(0.99), durations.maxMillis]).toEqual([0, 0, 0]);
  });
});
