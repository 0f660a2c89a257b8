import { expect, it } from 'vitest';
import { isIncident } from './live.ts';

const minute = 60_000;

it.each([
  [0, undefined, false],
  [0, 0, true],
  [7999, 8000, false],
  [8000, 8000, true],
  [8000 + 4 * minute - 1, 8000, true],
  [8000 + 4 * minute, 8000, false],
  [8000 + 8 * minute, 8000, true],
] as const)('after %d ms, when it begins after %s, there is an incident: %s', (since, after, expected) => {
  expect(isIncident(since, after)).toBe(expected);
});
