import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { criticalPath } from './critical-path.ts';
import { traceOf } from './testing/trace-of.ts';

/** `name start-end parent`, in milliseconds. */
const path = (...spans: readonly string[]) => {
  const trace = traceOf(spans);
  const base = trace.startNanos;
  return criticalPath(trace).segments.map(
    ({ at, startNanos, endNanos, isWaiting }) =>
      `${at === undefined ? '-' : trace.spans[at]?.name} ${(startNanos - base) / 1_000_000n}-${(endNanos - base) / 1_000_000n}${isWaiting ? ' waiting' : ''}`,
  );
};

describe('the critical path', () => {
  it.each([
    ['one span', ['a 0-10'], ['a 0-10']],
    ['one call after another', ['a 0-10', 'b 1-3 a', 'c 4-9 a'], ['a 0-1', 'b 1-3', 'a 3-4', 'c 4-9', 'a 9-10']],
    ['the longer of two calls side by side', ['a 0-10', 'b 1-5 a', 'c 2-9 a'], ['a 0-2', 'c 2-9', 'a 9-10']],
    ['a call in a call', ['a 0-10', 'b 1-9 a', 'c 2-8 b'], ['a 0-1', 'b 1-2', 'c 2-8', 'b 8-9', 'a 9-10']],
    ['work that goes on after its caller', ['a 0-5', 'b 3-10 a'], ['a 0-3', 'b 3-10']],
    ['work that starts after its caller ended', ['a 0-5', 'b 7-10 a'], ['a 0-5', 'a 5-7 waiting', 'b 7-10']],
    ['two roots', ['a 0-4', 'b 6-10'], ['a 0-4', '- 4-6 waiting', 'b 6-10']],
    ['an orphan within the root', ['a 0-10', 'b 2-8 gone'], ['a 0-10']],
    ['spans without length', ['a 0-10', 'b 5-5 a'], ['a 0-5', 'a 5-10']],
    ['nothing that lasts', ['a 0-0'], []],
  ])('of %s', (_, spans, expected) => {
    expect(path(...spans)).toEqual(expected);
  });

  it('covers the trace without gaps, whatever its spans say', () => {
    const span = fc.record({ start: fc.nat(20), took: fc.nat(10), parent: fc.option(fc.nat(8)), service: fc.constantFrom('s', 't') });
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 9 }), (spans) => {
        const trace = traceOf(
          spans.map(({ start, took, parent }, at) => `n${at} ${start}-${start + took}${parent === null ? '' : ` n${parent}`}`),
        );
        const { segments, durationNanos, spans: shares } = criticalPath(trace);
        let time = segments[0]?.startNanos;
        let sum = 0n;
        for (const { startNanos, endNanos } of segments) {
          expect(startNanos).toBe(time);
          expect(endNanos > startNanos).toBe(true);
          time = endNanos;
          sum += endNanos - startNanos;
        }
        expect(sum).toBe(durationNanos);
        const waiting = segments
          .filter(({ at, isWaiting }) => isWaiting || at === undefined)
          .reduce((all, { startNanos, endNanos }) => all + endNanos - startNanos, 0n);
        expect(shares.reduce((all, { nanos }) => all + nanos, 0n) + waiting).toBe(durationNanos);
      }),
      randomCases(250),
    );
  });

  it('takes a deep and a wide trace of 20,000 spans', () => {
    const deep = traceOf(Array.from({ length: 20_000 }, (_, at) => `n${at} ${at}-${40_000 - at}${at === 0 ? '' : ` n${at - 1}`}`));
    expect(criticalPath(deep).segments).toHaveLength(39_999);
    const wide = traceOf(Array.from({ length: 20_000 }, (_, at) => (at === 0 ? 'n0 0-20000' : `n${at} ${at - 1}-${at} n0`)));
    expect(criticalPath(wide).segments.filter(({ at }) => at !== 0)).toHaveLength(19_999);
  });
});
