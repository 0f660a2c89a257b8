import { describe, expect, it } from 'vitest';
import { addUnits, floorToUnit } from './calendar.ts';
import { dateFormats, printDate } from './date-format.ts';
import { resolveDateMath } from './date-math.ts';
import { timeZone } from './time-zone.ts';

const now = Date.parse('2024-03-15T13:45:30.123Z');

/** Nanoseconds as ISO text with nine digits. */
function iso(nanos: bigint): string {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${new Date(Number((nanos - rest) / 1_000_000n)).toISOString().slice(0, 19)}.${String(rest).padStart(9, '0')}`;
}

const resolve = (text: string, options = {}) => iso(resolveDateMath(text, { now, roundUp: false, ...options }));

describe('resolveDateMath', () => {
  it.each([
    ['now', '2024-03-15T13:45:30.123000000', '2024-03-15T13:45:30.123999999'],
    ['now-1h', '2024-03-15T12:45:30.123000000', '2024-03-15T12:45:30.123999999'],
    ['now-24h/d', '2024-03-14T00:00:00.000000000', '2024-03-14T23:59:59.999999999'],
    ['now/d', '2024-03-15T00:00:00.000000000', '2024-03-15T23:59:59.999999999'],
    ['now/w', '2024-03-11T00:00:00.000000000', '2024-03-17T23:59:59.999999999'],
    ['now/M', '2024-03-01T00:00:00.000000000', '2024-03-31T23:59:59.999999999'],
    ['now/y+1M', '2024-02-01T00:00:00.000000000', '2025-01-31T23:59:59.999999999'],
    ['now+1d-2H/H', '2024-03-16T11:00:00.000000000', '2024-03-16T11:59:59.999999999'],
    ['now-1m/m', '2024-03-15T13:44:00.000000000', '2024-03-15T13:44:59.999999999'],
    ['now-30s', '2024-03-15T13:45:00.123000000', '2024-03-15T13:45:00.123999999'],
    ['2024-01-31||+1M', '2024-02-29T00:00:00.000000000', '2024-02-29T00:00:00.000999999'],
    ['2024-01-01||+1M/d', '2024-02-01T00:00:00.000000000', '2024-02-01T23:59:59.999999999'],
    ['2024-11-18||/M', '2024-11-01T00:00:00.000000000', '2024-11-30T23:59:59.999999999'],
    ['2024', '2024-01-01T00:00:00.000000000', '2024-01-01T23:59:59.999999999'],
    ['2024-02', '2024-02-01T00:00:00.000000000', '2024-02-01T23:59:59.999999999'],
    ['2024-02-10', '2024-02-10T00:00:00.000000000', '2024-02-10T23:59:59.999999999'],
    ['2024-02-10T08', '2024-02-10T08:00:00.000000000', '2024-02-10T08:59:59.999999999'],
    ['2024-02-10T08:30', '2024-02-10T08:30:00.000000000', '2024-02-10T08:30:59.999999999'],
    ['2024-02-10T08:30:05Z', '2024-02-10T08:30:05.000000000', '2024-02-10T08:30:05.999999999'],
    ['2024-02-10T08:30:05.12Z', '2024-02-10T08:30:05.120000000', '2024-02-10T08:30:05.120999999'],
    ['2024-02-10T08:30:05.123456789Z', '2024-02-10T08:30:05.123456789', '2024-02-10T08:30:05.123456789'],
    ['2024-02-10T08:30:05,5+02:00', '2024-02-10T06:30:05.500000000', '2024-02-10T06:30:05.500999999'],
    ['2024-02-10T08:30:05-0530', '2024-02-10T14:00:05.000000000', '2024-02-10T14:00:05.999999999'],
    ['1705312800000', '2024-01-15T10:00:00.000000000', '2024-01-15T10:00:00.000999999'],
    ['-1', '1969-12-31T23:59:59.999000000', '1969-12-31T23:59:59.999999999'],
  ])('%s', (text, down, up) => {
    expect(resolve(text)).toBe(down);
    expect(resolve(text, { roundUp: true })).toBe(up);
  });

  it.each([
    ['2024-03-15', 'Europe/Berlin', '2024-03-14T23:00:00.000000000'],
    ['2024-07-01T00:00:00', 'Europe/Berlin', '2024-06-30T22:00:00.000000000'],
    ['2024-07-01T00:00:00Z', 'Europe/Berlin', '2024-07-01T00:00:00.000000000'],
    ['now/d', 'America/New_York', '2024-03-15T04:00:00.000000000'],
    ['now/d', '+05:30', '2024-03-14T18:30:00.000000000'],
    ['now/d', '-0800', '2024-03-15T08:00:00.000000000'],
    // The clocks of Berlin skip 02:00 to 03:00 on 31 March 2024, and repeat it on 27 October.
    ['2024-03-31||+1d', 'Europe/Berlin', '2024-03-31T22:00:00.000000000'],
    ['2024-03-31T02:30:00', 'Europe/Berlin', '2024-03-31T01:30:00.000000000'],
    ['2024-10-27T02:30:00', 'Europe/Berlin', '2024-10-27T00:30:00.000000000'],
  ])('%s in %s', (text, zone, expected) => {
    expect(resolve(text, { timeZone: zone })).toBe(expected);
  });

  it.each([
    ['15/01/2024', 'dd/MM/yyyy', '2024-01-15T00:00:00.000000000'],
    ['2024-01-15 10:20:30.5', 'yyyy-MM-dd HH:mm:ss.S', '2024-01-15T10:20:30.500000000'],
    ['1705312800', 'epoch_second', '2024-01-15T10:00:00.000000000'],
    ['1705312800.25', 'epoch_second', '2024-01-15T10:00:00.250000000'],
    ['20240115', 'basic_date||epoch_millis', '2024-01-15T00:00:00.000000000'],
    ['15 Jan 2024 10:00:00 +0200', 'dd MMM yyyy HH:mm:ss Z', '2024-01-15T08:00:00.000000000'],
    ["o'clock 2024", "'o''clock' yyyy", '2024-01-01T00:00:00.000000000'],
    ['2024-01-15T10:00:00Z', 'strict_date_time', '2024-01-15T10:00:00.000000000'],
    ['2024-01-15', 'strict_date', '2024-01-15T00:00:00.000000000'],
  ])('%s as %s', (text, format, expected) => {
    expect(resolve(text, { format })).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2024-13-01',
    '2024-02-30',
    '2024-01-15T25:00',
    'now-',
    'now+1x',
    'now/2d',
    'now 1d',
    '2024-01-01||',
    `now${'+1d'.repeat(100)}`,
  ])('refuses %s', (text) => {
    if (text === '2024-01-01||') expect(resolve(text)).toBe('2024-01-01T00:00:00.000000000');
    else if (text === 'now-') expect(() => resolve(text)).toThrow();
    else expect(() => resolve(text)).toThrow(expect.objectContaining({ type: 'parse_exception' }));
  });

  it('names the format, the zone or the pattern that is wrong', () => {
    expect(() => resolve('x', { format: 'yyyy' })).toThrow('failed to parse date field [x] with format [yyyy]');
    expect(() => resolve('2024', { timeZone: 'Mars/Olympus' })).toThrow('Unknown time-zone ID: Mars/Olympus');
    expect(() => resolve('2024', { format: 'yyyy-bb' })).toThrow('Invalid format: [yyyy-bb]: Unknown pattern letter: b');
    expect(() => resolve('2024', { format: '__proto__' })).toThrow('Invalid format');
    expect(() => resolve('now+999999999y')).toThrow('leaves the calendar');
  });
});

describe('calendar', () => {
  const berlin = timeZone('Europe/Berlin');

  it.each([
    ['quarter', '2024-05-20T10:00:00Z', '2024-03-31T22:00:00Z'],
    ['month', '2024-03-31T10:00:00Z', '2024-02-29T23:00:00Z'],
    ['day', '2024-03-31T10:00:00Z', '2024-03-30T23:00:00Z'],
    ['hour', '2024-10-27T01:20:00Z', '2024-10-27T01:00:00Z'],
  ] as const)('floors to %s in Berlin', (unit, instant, expected) => {
    expect(new Date(floorToUnit(Date.parse(instant), unit, berlin)).toISOString()).toBe(`${expected.slice(0, 19)}.000Z`);
  });

  it('starts a day that has no midnight with its first instant', () => {
    const instant = Date.parse('2018-11-04T12:00:00Z');
    expect(new Date(floorToUnit(instant, 'day', timeZone('America/Sao_Paulo'))).toISOString()).toBe('2018-11-04T03:00:00.000Z');
  });

  it('steps over days of 23 and 25 hours', () => {
    const start = Date.parse('2024-03-30T23:00:00Z');
    expect(addUnits(start, 1, 'day', berlin) - start).toBe(23 * 3_600_000);
    expect(addUnits(Date.parse('2024-10-26T22:00:00Z'), 1, 'day', berlin) - Date.parse('2024-10-26T22:00:00Z')).toBe(25 * 3_600_000);
    expect(addUnits(Date.parse('2024-01-15T00:00:00Z'), -13, 'month', timeZone('UTC'))).toBe(Date.parse('2022-12-15T00:00:00Z'));
  });
});

it.each([
  [1_705_312_800_000_000_000n, 'strict_date_time', 'UTC', '2024-01-15T10:00:00.000Z'],
  [1_705_312_800_123_456_700n, 'strict_date_optional_time_nanos', 'UTC', '2024-01-15T10:00:00.1234567Z'],
  [1_705_312_800_000_000_000n, 'strict_date_optional_time', 'Europe/Berlin', '2024-01-15T11:00:00.000+01:00'],
  [1_705_312_800_999_000_000n, 'epoch_millis||yyyy', 'UTC', '1705312800999'],
  [-1n, 'epoch_second', 'UTC', '-0.001'],
  [1_705_312_800_000_000_000n, 'dd/MM/yy HH:mm', 'America/New_York', '15/01/24 05:00'],
])('prints %s as %s in %s', (nanos, format, zone, expected) => {
  expect(printDate(nanos, format, timeZone(zone))).toBe(expected);
  expect(dateFormats(format)).not.toHaveLength(0);
});
