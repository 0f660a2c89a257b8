import { describe, expect, it } from 'vitest';
import { anyOfText, hasCondition, rangeConditions, rangeText, toggledCondition } from './conditions.ts';

const lucene = (text: string) => ({ text, language: 'lucene' as const });

describe('toggledCondition', () => {
  it.each([
    ['', 'level:"A"'],
    ['x', 'x AND level:"A"'],
    ['x OR y', '(x OR y) AND level:"A"'],
    ['(x OR y) AND z', '(x OR y) AND z AND level:"A"'],
    ['"x OR y"', '"x OR y" AND level:"A"'],
    ['x AND level:"A" AND y', 'x AND y'],
    ['level:"A"', ''],
  ])('makes of %j', (before, after) => {
    expect(toggledCondition(lucene(before), 'level:"A"')).toBe(after);
  });
  it('undoes itself', () => {
    const once = toggledCondition(lucene('a AND b'), 'c:"1"');
    expect(hasCondition(lucene(once), 'c:"1"')).toBe(true);
    expect(toggledCondition(lucene(once), 'c:"1"')).toBe('a AND b');
  });
});

it('writes ranges and choices in the language of the search', () => {
  expect(rangeText(lucene(''), 'ms', 1, 2.5)).toBe('ms:[1 TO 2.5}');
  expect(rangeText(lucene(''), 'ms', 1, undefined)).toBe('ms:[1 TO *]');
  expect(rangeText({ text: '', language: 'kql' }, 'ms', 1, 2)).toBe('ms >= 1 and ms < 2');
  expect(anyOfText(lucene(''), 'level', ['ERROR', 'err'])).toBe('(level:"ERROR" OR level:"err")');
});

it('finds its own ranges again', () => {
  expect(rangeConditions(lucene('a AND ms:[1 TO 2} AND mss:[1 TO 2}'), 'ms')).toEqual(['ms:[1 TO 2}']);
  expect(rangeConditions({ text: 'x AND ms >= 1 and ms < 2', language: 'kql' }, 'ms')).toEqual(['ms >= 1 and ms < 2']);
});
