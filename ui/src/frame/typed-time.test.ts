import { describe, expect, it } from 'vitest';
import { parseTypedTime } from './typed-time.ts';

const now = new Date(2026, 10, 21, 14, 30).getTime();
const local = (day: number, hours: number, minutes = 0) => new Date(2026, 10, day, hours, minutes).toISOString();

describe('time as people type it', () => {
  it.each([
    ['last 3h', 'now-3h', 'now'],
    ['15m', 'now-15m', 'now'],
    ['past 2 weeks', 'now-2w', 'now'],
    ['hour', 'now-1h', 'now'],
    ['today', 'now/d', 'now'],
    ['yesterday', local(20, 0), local(21, 0)],
    ['Yesterday 9-10', local(20, 9), local(20, 10)],
    ['yesterday 9:15 - 10pm', local(20, 9, 15), local(20, 22)],
    ['fri 14:00-14:30', local(20, 14), local(20, 14, 30)],
    ['9:30 - 10', local(21, 9, 30), local(21, 10)],
    ['2026-11-19', local(19, 0), local(20, 0)],
    ['2026-11-19 14:00 to 2026-11-20 15:00', local(19, 14), local(20, 15)],
    ['now-2d to now-1d', 'now-2d', 'now-1d'],
    ['since 9:30', local(21, 9, 30), 'now'],
    ['2026-11-19T14:00:00Z to 2026-11-19T15:00:00Z', '2026-11-19T14:00:00.000Z', '2026-11-19T15:00:00.000Z'],
  ])('%s', (typed, from, to) => {
    expect(parseTypedTime(typed, now)).toEqual({ from, to });
  });

  it.each(['', 'soon', '0h', '10-9', 'yesterday 25-26', '2026-02-31', 'since tomorrow', 'a to b', '1 to 2 to 3'])('not %j', (typed) => {
    expect(parseTypedTime(typed, now)).toBeUndefined();
  });
});
