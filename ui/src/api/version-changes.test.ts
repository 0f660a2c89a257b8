import { expect, it } from 'vitest';
import { roundedInterval } from './version-changes.ts';

const minute = 60_000;

it.each([
  [10 * minute + 1, 70 * minute - 1, 10, 70],
  [10 * minute, 70 * minute, 10, 70],
  [10 * minute + 5, 10 * minute + 6, 10, 11],
  // Steps of half an hour for a day.
  [31 * minute, 31 * minute + 24 * 60 * minute, 30, 60 + 24 * 60],
])('from %i to %i is asked from minute %i to %i', (startMillis, endMillis, start, end) => {
  expect(roundedInterval({ startMillis, endMillis })).toEqual({ startMillis: start * minute, endMillis: end * minute });
});

it('is the same for a page that refreshes within a minute', () => {
  const at = (seconds: number) => roundedInterval({ startMillis: seconds * 1000, endMillis: 3_600_000 + seconds * 1000 });
  expect(at(10)).toEqual(at(50));
});
