import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { placeOf, printCursor, readCursor } from './cursor.ts';
import { rangeParameters, windowOf } from './time-window.ts';

const window = { fromMillis: 1000, toMillis: 2000 };
const args = { query: 'level:ERROR', limit: 5 };

describe('cursors', () => {
  it('go on with the same arguments in any order', () => {
    const cursor = printCursor('search_logs', args, { window, place: ['a', 1] });
    expect(readCursor('search_logs', { cursor, limit: 5, query: 'level:ERROR' })).toEqual({ window, place: ['a', 1] });
    expect(readCursor('search_logs', args)).toBeUndefined();
    expect(placeOf(z.int(), undefined, 3)).toBe(3);
  });

  const cursor = printCursor('search_logs', args, { window, place: 1 });
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['another tool', 'find_traces', { ...args, cursor }],
    ['other arguments', 'search_logs', { ...args, limit: 6, cursor }],
    ['no base64', 'search_logs', { ...args, cursor: '%%%' }],
    ['no JSON', 'search_logs', { ...args, cursor: 'abcd' }],
    ['something else', 'search_logs', { ...args, cursor: forged([1]) }],
    ['more members', 'search_logs', { ...args, cursor: forged({ f: 'x', w: [1, 2], p: 0, q: 1 }) }],
    ['a deep one', 'search_logs', { ...args, cursor: Buffer.from('['.repeat(2900)).toString('base64url') }],
    ['half of one', 'search_logs', { ...args, cursor: cursor.slice(0, 20) }],
  ])('refuse %s', (_, tool, given) => {
    expect(() => readCursor(tool, given)).toThrow('cursor: take it from next_cursor');
  });

  it('refuse a place that is none', () => {
    const wrong = printCursor('t', args, { window, place: { __proto__: null, x: 1 } });
    expect(() => placeOf(z.int(), readCursor('t', { ...args, cursor: wrong }), 0)).toThrow('cursor: take it');
  });
});

describe('windows of time', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  it.each([
    [{}, '2026-01-31T11:00:00.000Z', '2026-01-31T11:59:59.999Z'],
    [{ since: '15m' }, '2026-01-31T11:45:00.000Z', '2026-01-31T11:59:59.999Z'],
    [{ since: '2026-01-30T00:00:00Z', until: '1d' }, '2026-01-30T00:00:00.000Z', '2026-01-30T11:59:59.999Z'],
    [{ until: '2026-01-01T00:00:00Z' }, '2025-12-31T23:00:00.000Z', '2025-12-31T23:59:59.999Z'],
  ])('are read from %o', (asked, start, end) => {
    expect(rangeParameters(windowOf(asked, now, '1h'))).toEqual({ start, end });
  });

  it.each(['yesterday', '', '15', '99999999999w', '-1h', '2026-99-99', '+275760-09-13T00:00:00.000Z', '1h; DROP TABLE logs', '0m'])(
    'refuse %j',
    (since) => {
      expect(() => windowOf({ since }, now, '1h')).toThrow(/since must be/);
    },
  );
});
