import { describe, expect, it } from 'vitest';
import { AppError } from '../../../lib/errors.ts';
import type { Query } from '../query.ts';
import { shortForm } from '../testing/short-form.ts';
import { defaultQueryStringOptions, escapeQueryString, parseQueryString } from './query-string.ts';

const parse = (text: string, options = {}) => shortForm(parseQueryString(text, { ...defaultQueryStringOptions, ...options }));

describe('query_string', () => {
  it.each([
    ['error', '*:error'],
    ['error timeout', '*:error timeout'],
    ['level:ERROR', 'level:ERROR'],
    ['level: ERROR', 'level:ERROR'],
    ['audit.action:(login OR logout OR auth_failure)', '[~audit.action:login ~audit.action:logout ~audit.action:auth_failure]'],
    ['level:(ERROR WARN)', 'level:ERROR WARN'],
    // AND and OR have no precedence, they set flags.
    ['a OR b AND c', '[+*:b +*:c ~*:a]'],
    ['a AND b OR c', '[+*:a +*:b ~*:c]'],
    ['a b AND c', '[+*:b +*:c ~*:a]'],
    ['a AND b c', '[+*:a +*:b ~*:c]'],
    ['+a -b c', '[+*:a ~*:c -*:b]'],
    ['a && !b || c', '[+*:a ~*:c -*:b]'],
    ['NOT a', '[-*:a]'],
    ['NOT a AND NOT b', '[-*:a -*:b]'],
    ['a - b', '[~*:a ~*:b]'],
    ['(a OR b) AND (c OR d)', '[+[~*:a ~*:b] +[~*:c ~*:d]]'],
    ['(a)^2.5 b^3', '[~*:a ~*:b]'],
    ['a&&b', '*:a&&b'],
    ['ANDROID', '*:ANDROID'],
    ['weather-agent', '*:weather-agent'],
    ['"connection refused"', '*:"connection refused"~0'],
    ['msg:"connection refused"~3', 'msg:"connection refused"~3'],
    ['"say \\"hi\\""', '*:"say "hi""~0'],
    ['fuzzy~1', '*:fuzzy~1'],
    ['fuzzy~', '*:fuzzy~auto'],
    ['fuzzy~0.5', '*:fuzzy~2'],
    ['te?t', '*:wildcard(te?t)'],
    ['msg:*timeout*', 'msg:wildcard(*timeout*)'],
    ['conn*', '*:prefix(conn)'],
    ['conn\\**', '*:prefix(conn*)'],
    ['a\\*', '*:a*'],
    ['/joh?n(ath[oa]n)/', '*:regexp(joh?n(ath[oa]n))'],
    ['path:/\\/api\\/.*/', 'path:regexp(\\/api\\/.*)'],
    ['*', 'all'],
    ['*:*', 'all'],
    ['msg:*', 'exists(msg)'],
    ['_exists_:user.id', 'exists(user.id)'],
    ['book.\\*:x', 'book.*:x'],
    ['a\\:b', '*:a:b'],
    ['\\u0041bc', '*:Abc'],
    ['count:[1 TO 5]', 'count:range(gte=1 lte=5)'],
    ['count:{1 TO 5]', 'count:range(gt=1 lte=5)'],
    ['count:[1 TO 5}', 'count:range(gte=1 lt=5)'],
    ['count:[* TO 5]', 'count:range(lte=5)'],
    ['timestamp:[now-1d/d TO "2024-01-01T00:00:00Z"]', 'timestamp:range(gte=now-1d/d lte=2024-01-01T00:00:00Z)'],
    ['count:>=10', 'count:range(gte=10)'],
    ['count:<-5', 'count:range(lt=-5)'],
    ['at:>"2024-01-01T00:00:00Z"', 'at:range(gt=2024-01-01T00:00:00Z)'],
    ['>=10', '*:>=10'],
    ['größe AND 日本', '[+*:größe +*:日本]'],
    ['', 'none'],
    ['   ', 'none'],
  ])('%s', (text, expected) => {
    expect(parse(text)).toBe(expected);
  });

  it.each([
    ['a b', '*:a b(and)'],
    ['a OR b', '[~*:a(and) ~*:b(and)]'],
    ['+a OR b', '[~*:a(and) ~*:b(and)]'],
    ['a NOT b', '[+*:a(and) -*:b(and)]'],
    ['a OR b c', '[+*:c(and) ~*:a(and) ~*:b(and)]'],
  ])('with default_operator and: %s', (text, expected) => {
    expect(parse(text, { operator: 'and' })).toBe(expected);
  });

  it('asks every field of the list', () => {
    expect(parse('x AND f:y', { fields: ['a', 'b.*'] })).toBe('[+[~a:x ~b.*:x] +f:y]');
  });

  it('applies minimum_should_match to words of one run, else to clauses', () => {
    const of = (text: string) =>
      parseQueryString(text, { ...defaultQueryStringOptions, minimumShouldMatch: '2' }) as Extract<Query, { kind: 'bool' }>;
    expect(of('a b c')).toMatchObject({ kind: 'match', minimumShouldMatch: '2' });
    expect(of('a OR b OR c')).toMatchObject({ kind: 'bool', minimumShouldMatch: '2' });
  });

  it.each([
    'foo(',
    ')',
    'a AND',
    'OR a',
    '"open',
    'a:b:c',
    'level:',
    '[1 TO',
    '[1 5]',
    '()',
    'a^',
    'a^x',
    '\\',
    '/open',
    'a AND OR b',
    '{',
    '-',
  ])('refuses %s', (text) => {
    const attempt = () => parse(text);
    expect(attempt).toThrow(AppError);
    expect(attempt).toThrow(`Failed to parse query [${text}]`);
    expect(attempt).toThrow(expect.objectContaining({ type: 'query_shard_exception', code: 'bad_request' }));
  });

  it('refuses a leading wildcard on demand', () => {
    expect(() => parse('*a', { allowLeadingWildcard: false })).toThrow('Failed to parse query [*a]');
  });

  it('bounds hostile input', () => {
    expect(() => parse('('.repeat(100_000))).toThrow('nests more than 30');
    expect(() => parse(`${'('.repeat(100_000)}a${')'.repeat(100_000)}`)).toThrow('nests more than 30');
    expect(() => parse('['.repeat(100_000))).toThrow('Failed to parse');
    expect(() => parse('\\'.repeat(99_999))).toThrow('Failed to parse');
    expect(() => parse('a'.repeat(1_000_001))).toThrow('longer than');
  });

  it('reads back what it escapes', () => {
    const text = 'a+b (c) "d" e:f/g\\h [i] ~j ^k *l? !m';
    expect(parse(escapeQueryString(text))).toBe(`*:${text}`);
  });
});
