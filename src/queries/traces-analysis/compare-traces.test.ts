import { describe, expect, it } from 'vitest';
import { compareTraces } from './compare-traces.ts';
import { traceOf } from './testing/trace-of.ts';

describe('a comparison of two traces', () => {
  it('matches by path and says what changed', () => {
    const left = traceOf(['a 0-10 - s', 'b#1 1-3 a s', 'b#2 4-6 a s', 'c 7-8 a s', 'd 7-8 c s']);
    const right = traceOf(['a 0-20 - s', 'b#9 1-5 a s error', 'e 7-8 a s', 'c 7-8 e s']);
    const { matched, added, removed } = compareTraces(left, right);
    const name = (trace: typeof left) => (at: number) => trace.spans[at]?.spanId;
    expect(matched.map((pair) => [name(left)(pair.left), name(right)(pair.right), pair.statusChanged, pair.durationChangeNanos])).toEqual([
      ['a', 'a', false, 10_000_000n],
      ['b#1', 'b#9', true, 2_000_000n],
    ]);
    expect(added.map(name(right))).toEqual(['e', 'c']);
    expect(removed.map(name(left))).toEqual(['b#2', 'c', 'd']);
  });

  it('finds no difference of a trace from itself', () => {
    const trace = traceOf(Array.from({ length: 10_000 }, (_, at) => `n#${at} ${at}-${20_000 - at}${at === 0 ? '' : ` n#${at - 1}`}`));
    const { matched, added, removed } = compareTraces(trace, trace);
    expect([matched.length, added, removed]).toEqual([10_000, [], []]);
    expect(matched.every(({ left, right, durationChangeNanos }) => left === right && durationChangeNanos === 0n)).toBe(true);
  });

  it('tells services apart that call alike', () => {
    const { matched } = compareTraces(traceOf(['a 0-1 - s']), traceOf(['a 0-1 - t']));
    expect(matched).toEqual([]);
  });
});
