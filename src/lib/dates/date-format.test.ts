import { expect, it } from 'vitest';
import { dateFormats, printDate } from './date-format.ts';
import { timeZone, utc } from './time-zone.ts';

const nanos = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;

it.each([
  ["yyyy-'Q'q", '2024-Q1'],
  ['yyyy.DDD', '2024.075'],
  ['EEE EEEE e', 'Fri Friday 5'],
  ['MMM MMMM LL', 'Mar March 03'],
  ['hh a KK kk', '01 PM 01 13'],
  ['SSSSSS', '123000'],
  ["''yy''", "'24'"],
  ['week_date', '2024-W11-5'],
  ['strict_weekyear_week', '2024-W11'],
  ['ordinal_date', '2024-075'],
  ['basic_date_time', '20240315T134530.123Z'],
  ['hour', '13'],
  ['epoch_second', '1710510330.123'],
  ['VV z G', 'UTC UTC AD'],
  ['x xx xxx X Z ZZZZZ', '+00 +0000 +00:00 Z +0000 +00:00'],
])('prints %s', (format, expected) => expect(printDate(nanos('2024-03-15T13:45:30.123Z'), format, utc)).toBe(expected));

it.each([
  ['X XX XXX', '-03 -0300 -03:00', '-3'],
  ['X XX XXX', '+0530 +0530 +05:30', '+0530'],
  ['Z VV', '+0200 +02:00', 'UTC+2'],
])('prints %s as %s at %s', (format, expected, zone) => expect(printDate(0n, format, timeZone(zone))).toBe(expected));

it.each([
  ['2021-01-03', '2020-W53'],
  ['2024-12-30', '2025-W01'],
])('counts the week of %s by its Thursday', (day, expected) => expect(printDate(nanos(day), "YYYY-'W'ww", utc)).toBe(expected));

it('knows formats that it only prints, and reads no text by them', () => {
  expect(dateFormats("yyyy-'Q'q").map((format) => format.parse('2024-Q1', utc, false))).toEqual([undefined]);
});

it.each(['bb', '__proto__', "yyyy'", 'yyyyyyyyyy', 'yyyy[-MM', 'yyyy]-[MM', '', 'yyyy||'])('refuses %s', (format) =>
  expect(() => dateFormats(format)).toThrow(expect.objectContaining({ code: 'bad_request', type: 'illegal_argument_exception' })),
);
