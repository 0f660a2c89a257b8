import { expect, it } from 'vitest';
import { nextRunMillis, parseCron, shortestIntervalMillis } from './cron.ts';

const now = Date.UTC(2026, 10, 20, 12, 0, 0); // a Friday

it.each([
  ['0 30 1 * * ?', '2026-11-21T01:30:00.000Z'],
  ['0 0 12 * * ?', '2026-11-21T12:00:00.000Z'],
  ['0 0 13 * * ?', '2026-11-20T13:00:00.000Z'],
  ['0 0 0 ? * SUN', '2026-11-22T00:00:00.000Z'],
  ['0 0 0 ? * 2-4', '2026-11-23T00:00:00.000Z'],
  ['0 0 0 ? * FRI-SUN', '2026-11-21T00:00:00.000Z'],
  ['0 0 0 L * ?', '2026-11-30T00:00:00.000Z'],
  ['0 0 0 ? * 6L', '2026-11-27T00:00:00.000Z'],
  ['0 0 0 ? * MON#1', '2026-12-07T00:00:00.000Z'],
  ['0 0/20 14 1 JAN ?', '2027-01-01T14:00:00.000Z'],
  ['0 0 0 29 2 ?', '2028-02-29T00:00:00.000Z'],
  ['0 0 0 1 1 ? 2030', '2030-01-01T00:00:00.000Z'],
])('%s runs next at %s', (expression, expected) => {
  expect(new Date(nextRunMillis(parseCron(expression), now) ?? 0).toISOString()).toBe(expected);
});

it.each([
  ['* * * * * ?', 1000],
  ['0 * * * * ?', 60_000],
  ['0 0/15 * * * ?', 900_000],
  ['0 30 1 * * ?', 86_400_000],
  ['0 55,5 0,23 * * ?', 600_000],
])('%s repeats after %i ms at the soonest', (expression, millis) => expect(shortestIntervalMillis(parseCron(expression))).toBe(millis));

it.each([
  '',
  '0 30 1 * *',
  '0 30 1 * * * ',
  '0 30 1 ? * ?',
  '61 0 0 * * ?',
  '0 0 0 32 * ?',
  '0 0 0 1W * ?',
  '0 0 0 * FOO ?',
  '0 1-2-3 0 * * ?',
  '0 /0 0 * * ?',
  '0 ,1 0 * * ?',
  'x'.repeat(10_000),
])('refuses %j', (expression) => expect(() => parseCron(expression)).toThrow('invalid schedule'));

it('knows that a day may never come', () => {
  expect(nextRunMillis(parseCron('0 0 0 31 2 ?'), now)).toBeUndefined();
});
