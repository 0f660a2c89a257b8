import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { sqlString } from '../../lib/sql-text.ts';
import { translateRegexp } from './lucene-regexp.ts';

const session = new Session();
afterAll(() => session.cleanup());

const matches = (pattern: string, text: string, extended = true, caseInsensitive = false) =>
  session.query(`SELECT match(${sqlString(text)}, ${sqlString(translateRegexp(pattern, extended, caseInsensitive))})`, 'TSVRaw').trim() ===
  '1';

describe('regular expressions of Lucene', () => {
  it.each([
    ['abc', ['abc'], ['abcd', 'xabc', 'ABC']],
    ['a.c', ['abc', 'a\nc', 'aßc'], ['ac']],
    ['joh?n(ath[oa]n)', ['jonathan', 'johnathon'], ['john']],
    ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['a{2,}', ['aa', 'aaaaa'], ['a']],
    ['(ab|cd)+', ['ab', 'cdab'], ['a', '']],
    ['()', [''], ['a']],
    ['a**', ['', 'aa'], ['b']],
    ['[^a-c]+', ['xyz'], ['xay']],
    ['[a\\-z]', ['a', '-', 'z'], ['b']],
    ['[-a]', ['-', 'a'], ['b']],
    ['[.$^]+', ['.$^'], ['a']],
    ['^a$', ['^a$'], ['a']],
    ['\\d+\\.\\w', ['12.x'], ['a.x']],
    ['a\\"b', ['a"b'], ['ab']],
    ['"a.b"c', ['a.bc'], ['axbc']],
    ['@err@', ['my error', 'err'], ['er']],
    ['a#', [], ['a', '']],
    ['v<8-12>', ['v8', 'v08', 'v12'], ['v7', 'v13']],
    ['v<08-12>', ['v08', 'v12'], ['v8', 'v008']],
    ['größe|日本', ['größe', '日本'], ['日']],
    ['', [''], ['a']],
  ] as const)('%s', (pattern, yes, no) => {
    expect(yes.filter((text) => !matches(pattern, text))).toEqual([]);
    expect(no.filter((text) => matches(pattern, text))).toEqual([]);
  });

  it('takes the operators of the extended syntax as characters on demand, and any case', () => {
    expect(matches('a@#"<1-2>~&', 'a@#"<1-2>~&', false)).toBe(true);
    expect(matches('ERR.*', 'Error', true, true)).toBe(true);
  });

  it.each([
    '~a',
    'a&b',
    '<name>',
    '(a',
    'a)',
    '[a',
    '*a',
    'a|',
    '|a',
    '(|a)',
    'a{x}',
    'a{3,1}',
    '"a',
    'a\\',
    'v<1-99999>',
    '((a{100}){100}){100}',
  ])('refuses %s', (pattern) => {
    expect(() => translateRegexp(pattern, true, false)).toThrow(expect.objectContaining({ type: 'illegal_argument_exception' }));
  });

  it('bounds length, groups and size', () => {
    expect(() => translateRegexp('a'.repeat(1001), true, false)).toThrow('exceeded the allowed maximum of [1000]');
    expect(() => translateRegexp('('.repeat(500), true, false)).toThrow('groups in each other');
    expect(matches(`(${'.{100}'.repeat(10)}){4}`, 'x'.repeat(4000))).toBe(true);
    expect(matches('(((a{9}){9}){9})?', 'a'.repeat(729))).toBe(true);
    expect(() => translateRegexp('((((a{9}){9}){9})?){5}', true, false)).toThrow('too large');
  });
});
