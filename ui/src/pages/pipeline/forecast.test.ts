import { expect, it } from 'vitest';
import { daysLeft, printDaysLeft } from './forecast.ts';

const mebi = 2 ** 20;

it.each([
  [0, 0, 100 * mebi, undefined],
  [mebi - 1, 1, 100 * mebi, undefined],
  [10 * mebi, 1, 100 * mebi, 9],
  [10 * mebi, 5, 100 * mebi, 45],
  [100 * mebi, 3, 90 * mebi, 0],
])('%i bytes of %i days and a budget of %i: %s', (stored, days, budget, left) => {
  expect(daysLeft(stored, days, budget)).toBe(left);
});

it.each([
  [0, '0 days'],
  [1, '1 day'],
  [729, '729 days'],
  [800, 'about 2 years'],
  [3649, 'about 10 years'],
  [3650, 'more than ten years'],
  [39_038, 'more than ten years'],
])('%i days are said as %s', (days, text) => {
  expect(printDaysLeft(days)).toBe(text);
});
