import { expect, it } from 'vitest';
import { resolveMinimum } from './minimum-should-match.ts';

it.each([
  ['2', 5, 2],
  ['7', 5, 7],
  ['-2', 5, 3],
  ['-9', 5, 0],
  ['75%', 4, 3],
  ['75%', 5, 3],
  ['-25%', 5, 4],
  ['3<90%', 3, 3],
  ['3<90%', 10, 9],
  ['2<-25% 9<-3', 2, 2],
  ['2<-25% 9<-3', 8, 6],
  ['2<-25% 9<-3', 12, 9],
  [' 2 < 50% ', 4, 2],
])('%s of %i clauses is %i', (spec, count, expected) => {
  expect(resolveMinimum(spec, count)).toBe(expected);
});

it.each(['', 'x', '1.5', '3<', '<2', '99999999999'])('refuses %s', (spec) => {
  expect(() => resolveMinimum(spec, 5)).toThrow(expect.objectContaining({ type: 'number_format_exception' }));
});
