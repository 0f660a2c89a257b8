import { describe, expect, it } from 'vitest';
import { shortForm } from '../testing/short-form.ts';
import { parseSimpleQueryString, type SimpleQueryStringOptions } from './simple-query-string.ts';

const options: SimpleQueryStringOptions = {
  fields: ['f'],
  operator: 'or',
  lenient: false,
  flags: 'ALL',
  minimumShouldMatch: undefined,
  fuzziness: { prefixLength: 0, transpositions: true },
  countClauses: () => {},
};
const parse = (text: string, changed: Partial<SimpleQueryStringOptions> = {}) =>
  shortForm(parseSimpleQueryString(text, { ...options, ...changed }));

describe('simple_query_string', () => {
  it.each([
    ['a', 'f:a'],
    ['a b', '[~f:a ~f:b]'],
    ['a + b', '[+f:a +f:b]'],
    ['a | b + c', '[+[~f:a ~f:b] +f:c]'],
    ['a +b | c', '[~[+f:a +f:b] ~f:c]'],
    ['a -b', '[~f:a ~[-f:b]]'],
    ['a + -b', '[+f:a +[-f:b]]'],
    ['-(a | b)', '[-[~f:a ~f:b]]'],
    ['"a b"~2 c', '[~f:"a b"~2 ~f:c]'],
    ['conn*', 'f:prefix(conn)'],
    ['word~1', 'f:word~1'],
    ['word~', 'f:word~2'],
    ['a-b', 'f:a-b'],
    ['a\\+b', 'f:a+b'],
    ['(a b', '[~f:a ~f:b]'],
    ['a) b', '[~f:a ~f:b]'],
    ['"open phrase', '[~f:open ~f:phrase]'],
    ['*', 'exists(f)'],
    ['', 'none'],
    ['+ | -', 'none'],
  ])('%s', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it('leaves disabled operators in the words', () => {
    expect(parse('a+b|c', { flags: 'NONE' })).toBe('f:a+b|c');
    expect(parse('a + "b c"', { flags: 'PHRASE|WHITESPACE' })).toBe('[~f:a ~f:+ ~f:"b c"~0]');
    expect(() => parse('a', { flags: 'FANCY' })).toThrow('Unknown simple_query_string flag [FANCY]');
  });

  it('bounds nesting and never fails on brackets without partner', () => {
    expect(() => parse(`${'('.repeat(100_000)}a${')'.repeat(100_000)}`)).toThrow('nests more than 30');
    expect(parse(`${'('.repeat(100_000)}a`)).toBe('f:a');
  });
});
