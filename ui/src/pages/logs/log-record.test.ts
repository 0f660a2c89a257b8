import { describe, expect, it } from 'vitest';
import { highlightParts, mark, parseKey, printValues, unmark } from './log-record.ts';

const marked = (text: string) => text.replaceAll('<', mark).replaceAll('>', unmark);

describe('highlightParts', () => {
  it.each([
    ['a <b> c', ['a ', '*b', ' c']],
    ['<a><b>', ['*a', '*b']],
    ['none', ['none']],
    ['', []],
    ['an <open one', ['an ', 'open one']],
    ['a closed> one', ['a closed one']],
  ])('splits %j', (text, parts) => {
    expect(highlightParts(marked(text)).map(({ text: part, found }) => `${found ? '*' : ''}${part}`)).toEqual(parts);
  });
});

describe('parseKey', () => {
  it.each([
    ['logs/1', { index: 'logs', id: '1' }],
    ['logs/a/b', { index: 'logs', id: 'a/b' }],
    ['logs', undefined],
    ['/x', undefined],
    ['logs/', undefined],
  ])('reads %j', (key, parsed) => {
    expect(parseKey(key)).toEqual(parsed);
  });
});

it('prints values as people read them', () => {
  expect(printValues(['a', 1, { b: [2] }, null, false])).toBe('a, 1, {"b":[2]}, , false');
});
