import { describe, expect, it } from 'vitest';
import { parseTraceQl } from './parse-traceql.ts';

const problem = (text: string): string => {
  try {
    parseTraceQl(text);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('TraceQL', () => {
  it.each([
    '',
    '{}',
    '{ true }',
    '{ !true && false || 1 = 2 }',
    '{ .a }',
    '{ !.a }',
    '{ -.a = 2 }',
    '{ !("test" != .c || ((true && .b) || 3 < .a)) }',
    '{ status = unset && kind = consumer }',
    '{ 1 < 1h && 1 <= 1.1 }',
    '{ .foo-bar/baz = 1 }',
    '{ ."foo bar" = "v" && span.attribute."with \\"quotes\\"" != nil }',
    '{ trace:id = "aa" && span:id = "b" && span:parentID != nil && span:childCount > 0 }',
    '{ event:name = "exception" && event:timeSinceStart > -5s && link:traceID = "f" && instrumentation:name =~ "a" }',
    '{ .a + 1 * 2 ^ 3 % 4 - 2 / 3 = 2 && duration < (10s * 20) }',
    '{ .a != minInt && .a != maxInt }',
    '{ parent.duration - duration > 500ms && parent.resource.a = span.b }',
    '{ nestedSetParent < 0 }',
    '{ .a =~ `\\d+` }',
    '{} >> {} && ({} ~ {}) || {} !<< {} &> {}',
    '({ true } | count() > 1 | { false }) >> ({ true } | count() > 1)',
    'count() > 2 | { status = error }',
    '{} | max(1 + .a) = 1 | by(3 * .b - 2) | avg(duration) >= 1s | coalesce() | select(.a, span:name, parent.b)',
    '{} | min(.a) < max(duration) - 2 * count()',
    '{ status = error } with (most_recent=true)',
  ])('reads %s', (text) => {
    expect(problem(text)).toBe('accepted');
  });

  it.each([
    ['{ .a', 5, '"}" was expected'],
    ['{ . }', 4, 'the name of an attribute was expected'],
    ['{ attribute = 4 }', 3, 'attributes begin with a dot (.attribute)'],
    ['{ .attribute == 4 }', 15, 'a field or a value was expected'],
    ['{ (.a < 3 }', 11, '")" was expected to close the parenthesis at position 3'],
    ['{ 1 = "foo" }', 5, 'a number cannot be compared with a string'],
    ['{ status > ok }', 10, 'a status can be compared with = and != only'],
    ['{ .a = error }', 6, 'an attribute is never a status'],
    ['{ status = nil }', 3, 'this field is never nil'],
    ['{ "foo" }', 3, 'needs true or false, and this is a string'],
    ['{ .a = 1 = 2 }', 10, 'comparisons cannot be chained'],
    ['{ 1 + "foo" = 1 }', 7, '+ needs a number'],
    ['{ span:rootName = "a" }', 3, 'there is no field span:rootName'],
    ['{ foo.bar = 1 }', 3, 'foo is no scope'],
    ['{ .a = 10days }', 10, 'durations have the units'],
    ['{ .a = "x }', 8, 'has no closing "'],
    ['{ .a = "\\q" }', 9, '\\q is no escape'],
    ['{ .a =~ 2 }', 9, 'needs a regular expression in quotes'],
    ['{ 1 / 0 > .a }', 3, 'no result'],
    ['{} | count()', 13, 'was expected, as in count() > 2'],
    ['{} | rate()', 6, 'makes a metric'],
    ['{} | frobnicate()', 6, 'was expected'],
    ['{} | by(1)', 9, 'by() needs a field'],
    ['{} | select(1)', 13, 'select() takes fields'],
    ['{} | max(name) = 1', 10, 'max() needs a number'],
    ['{} | sum(3) = 2', 10, 'needs a field'],
    ['{} + {}', 4, 'was expected'],
    ['{} {}', 4, 'was expected'],
    ['coalesce()', 1, 'cannot begin with coalesce()'],
    ['3 > 2', 1, 'needs count()'],
    ['{} with (sample=0.1)', 10, 'the only hint is most_recent'],
    ['{ .a = 1 } § {}', 12, 'has no meaning here'],
    ['{ .a = 1e999 }', 8, 'too large'],
  ])('refuses %s at position %i', (text, position, reason) => {
    const message = problem(text);
    expect(message).toContain(`position ${position} `);
    expect(message).toContain(reason);
  });

  it('puts operators of one level together from left to right', () => {
    const shape = (text: string) => JSON.stringify(parseTraceQl(text), (key, value: unknown) => (key === 'at' ? undefined : value));
    expect(shape('{ .a || .b && .c }')).toBe(shape('{ (.a || .b) && .c }'));
    expect(shape('{ 1 + .a * 2 ^ 2 > 3 }')).toBe(shape('{ (1 + (.a * (2 ^ 2))) > 3 }'));
    expect(shape('{.a} >> {.b} && {.c} ~ {.d}')).toBe(shape('({.a} >> {.b}) && ({.c} ~ {.d})'));
    expect(shape('{ span."a".b."c d" = 1 }')).toBe(shape('{ span."a.b.c d" = 1 }'));
  });

  it.each([
    ['nested parentheses', `{ ${'('.repeat(10_000)}.a${')'.repeat(10_000)} }`, 'nested more than 200 deep'],
    ['negations', `{ ${'!'.repeat(10_000)}.a }`, 'nested more than 200 deep'],
    ['nested sets', `${'('.repeat(10_000)}{}${')'.repeat(10_000)}`, 'nested more than 200 deep'],
    ['powers', `{ 1 = .a${' ^ .a'.repeat(5000)} }`, 'nested more than 200 deep'],
    ['a long sum', `{ 1 = .a${' + .a'.repeat(5000)} }`, 'operators in a row'],
    ['operators that alternate', `{ .a${' && .a || .a'.repeat(2000)} }`, 'operators in a row'],
    ['a chain of sets', `{}${' >> {}'.repeat(5000)}`, 'operators in a row'],
    ['a long pipeline', `{}${' | {}'.repeat(5000)}`, 'a pipeline may have'],
    ['100 kB', `{ .a = "${'x'.repeat(100_000)}" }`, 'longer than 32768 characters'],
    ['nulls', '\0'.repeat(10), 'has no meaning here'],
  ])('survives %s', (_, text, reason) => {
    expect(problem(text)).toContain(reason);
  });

  it('takes a long list of alternatives', () => {
    expect(problem(`{ ${Array.from({ length: 2500 }, (_, at) => `.a = ${at}`).join(' || ')} }`)).toBe('accepted');
  });
});
