import { describe, expect, it } from 'vitest';
import { outlineOf } from './testing/outline-of.ts';
import { pauseMillis } from './use-outline.ts';

describe('pauseMillis', () => {
  it.each([
    ['running', 600, 1000],
    ['complete', 5, 5000],
    ['complete', 31, false],
    ['abandoned', 600, false],
  ] as const)('of a trace that is %s and silent for %i s', (state, seconds, expected) => {
    const lastSeen = Date.parse('2026-01-01T00:00:00Z');
    const outline = outlineOf(['a 0-1 -'], {
      state,
      last_seen: new Date(lastSeen).toISOString(),
      now: new Date(lastSeen + seconds * 1000).toISOString(),
    });
    expect(pauseMillis(outline)).toBe(expected);
  });

  it('is longer for a large one', () => {
    const { spans, ...rest } = outlineOf(['a 0-1 -'], { state: 'running' });
    expect(pauseMillis({ ...rest, spans: { ...spans, id: Array.from({ length: 100_000 }, String) } })).toBe(10_000);
  });
});
