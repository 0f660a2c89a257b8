import { describe, expect, it } from 'vitest';
import { eventTimeOfMillis, formatEventTime, readEventTime } from './event-time.ts';
import { HeaderReader } from './msgpack-header.ts';

function read(hex: string): string | undefined {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = new HeaderReader();
  header.read(bytes, 0, bytes.length);
  const time = readEventTime(bytes, header);
  return time && formatEventTime(time);
}

describe('readEventTime', () => {
  it.each([
    ['EventTime as fixext8', 'd7 00 6b 00 1a 20 07 5b cd 15', '2026-11-20T10:00:00.123456789Z'],
    ['EventTime as ext8', 'c7 08 00 6b 00 1a 20 00 00 00 01', '2026-11-20T10:00:00.000000001Z'],
    ['EventTime after 2038', 'd7 00 f0 00 00 00 00 00 00 00', '2097-08-05T09:04:00.000000000Z'],
    ['EventTime whose nanoseconds run over', 'd7 00 6b 00 1a 20 ff ff ff ff', '2026-11-20T10:00:04.294967295Z'],
    ['uint32', 'ce 6b 00 1a 20', '2026-11-20T10:00:00.000000000Z'],
    ['uint64', 'cf 00 00 00 00 6b 00 1a 20', '2026-11-20T10:00:00.000000000Z'],
    ['before 1970', 'ff', '1969-12-31T23:59:59.000000000Z'],
    ['float64', 'cb 41 da c0 06 88 00 00 00', '2026-11-20T10:00:00.000000000Z'],
    ['float64 with a fraction', 'cb 41 da c0 06 88 20 00 00', '2026-11-20T10:00:00.500000000Z'],
    ['timestamp 32', 'd6 ff 6b 00 1a 20', '2026-11-20T10:00:00.000000000Z'],
    ['timestamp 64', 'd7 ff 00 00 00 04 6b 00 1a 20', '2026-11-20T10:00:00.000000001Z'],
    ['timestamp 96', 'c7 0c ff 00 00 00 02 00 00 00 00 6b 00 1a 20', '2026-11-20T10:00:00.000000002Z'],
    ['zero, which means unknown', '00', undefined],
    ['EventTime zero', 'd7 00 00 00 00 00 00 00 00 00', undefined],
    ['milliseconds, which are no seconds', 'cf 00 00 01 a1 f6 4a 5e 00', undefined],
    ['beyond the year 9999', 'cf 7f ff ff ff ff ff ff ff', undefined],
    ['the start of a group in Fluent Bit', 'd7 00 ff ff ff ff 00 00 00 00', undefined],
    ['NaN', 'cb 7f f8 00 00 00 00 00 00', undefined],
    ['infinity', 'cb 7f f0 00 00 00 00 00 00', undefined],
    ['a string', 'a1 31', undefined],
    ['another ext', 'd7 05 6b 00 1a 20 00 00 00 00', undefined],
    ['EventTime of a wrong length', 'd6 00 6b 00 1a 20', undefined],
  ])('%s', (_, hex, expected) => {
    expect(read(hex)).toBe(expected);
  });

  it('keeps milliseconds of the clock', () => {
    expect(formatEventTime(eventTimeOfMillis(1_795_168_800_123))).toBe('2026-11-20T10:00:00.123000000Z');
    expect(formatEventTime(eventTimeOfMillis(-1))).toBe('1969-12-31T23:59:59.999000000Z');
  });
});
