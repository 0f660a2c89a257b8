import { describe, expect, it } from 'vitest';
import { changeText, patternCondition } from './pattern-condition.ts';

describe('patternCondition', () => {
  const lucene = { text: '', language: 'lucene' as const };
  it.each([
    ['pool at db-<*> exhausted: <*> of <*>', 'is', 'msg:"pool at db-" AND msg:"exhausted:" AND msg:"of"'],
    ['pool at db-<*> exhausted', 'isNot', 'NOT (msg:"pool at db-" AND msg:"exhausted")'],
    ['said', 'isNot', 'NOT msg:"said"'],
    ['open "<*>" now', 'is', 'msg:"open \\"" AND msg:"\\" now"'],
    ['<*> <*>', 'is', undefined],
    ['', 'is', undefined],
  ] as const)('%j %s', (pattern, kind, text) => {
    expect(patternCondition(lucene, pattern, kind)).toBe(text);
  });
});

it.each([
  [5, 0, 'NEW'],
  [0, 5, 'GONE'],
  [30, 10, '× 3'],
  [1000, 10, '× 100'],
  [12, 10, 'as before'],
  [2, 10, '÷ 5'],
])('%d against %d is %s', (count, before, text) => {
  expect(changeText(count, before)).toBe(text);
});
