import { describe, expect, it } from 'vitest';
import type { LogRecord } from './log-record.ts';
import { emptyTail, mostTailRows, released, withArrived } from './tail-buffer.ts';

const record = (key: string): LogRecord => ({ key, index: 'i', id: key, timeMillis: 0, fields: {}, highlight: {}, sort: [] });
const many = (from: number, count: number) => Array.from({ length: count }, (_, at) => record(String(from + at)));
const keys = (records: readonly LogRecord[]) => records.map(({ key }) => key);

describe('the buffer of a live tail', () => {
  it('has the newest on top, each once', () => {
    const first = withArrived(emptyTail, many(1, 3), false);
    expect(keys(first.shown)).toEqual(['3', '2', '1']);
    expect(keys(withArrived(first, many(3, 2), false).shown)).toEqual(['4', '3', '2', '1']);
  });

  it('leaves the rows alone while paused, and says how many wait', () => {
    const shown = withArrived(emptyTail, many(1, 2), false);
    const paused = withArrived(withArrived(shown, many(3, 2), true), many(4, 2), true);
    expect(paused.shown).toBe(shown.shown);
    expect([paused.waitingCount, keys(paused.waiting)]).toEqual([3, ['5', '4', '3']]);
    expect(keys(released(paused).shown)).toEqual(['5', '4', '3', '2', '1']);
    expect(keys(withArrived(paused, many(6, 1), false).shown)).toEqual(['6', '5', '4', '3', '2', '1']);
  });

  it('keeps so many and no more, and still counts those that wait', () => {
    const full = withArrived(withArrived(emptyTail, many(0, mostTailRows), false), many(mostTailRows, 5), false);
    expect([full.shown.length, full.shown[0]?.key]).toEqual([mostTailRows, String(mostTailRows + 4)]);
    const paused = withArrived(emptyTail, many(0, mostTailRows + 7), true);
    expect([paused.waiting.length, paused.waitingCount]).toEqual([mostTailRows, mostTailRows + 7]);
  });
});
