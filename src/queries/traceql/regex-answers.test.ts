import { describe, expect, it } from 'vitest';
import { processorMillis } from '../../lib/testing/processor-millis.ts';
import { hasStrayParenthesis } from './regex-answers.ts';

describe('a parenthesis that closes nothing', () => {
  it.each([
    ['a)|(b', true],
    ['a)', true],
    ['(a))', true],
    ['[)](a)', false],
    ['[])]', false],
    ['[^])]', false],
    ['[[:alpha:])]', false],
    ['[\\])]', false],
    ['[a])', true],
    ['\\)', false],
    ['\\\\)', true],
    ['\\Q)\\E', false],
    ['\\Q)\\E)', true],
    ['(?:a|(b))(?P<n>c)', false],
  ])('of %s', (pattern, expected) => {
    expect(hasStrayParenthesis(pattern)).toBe(expected);
  });

  it('is found in linear time', () => {
    const millis = processorMillis(() => {
      for (const text of ['[', '\\Q', '[[:', '(', '[^]']) hasStrayParenthesis(text.repeat(10_000));
    });
    expect(millis).toBeLessThan(500);
  });
});
