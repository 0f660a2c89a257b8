import { describe, expect, it } from 'vitest';
import { noPicks, parsePicks, printPicks, typedDuration, withCondition, withFilter } from './picks.ts';

describe('picks', () => {
  it.each([
    [{}, ''],
    [{ agent: 'report-agent' }, '{ resource.service.name = "report-agent" }'],
    [{ operation: 'say "hi" \\ && }', failed: true }, '{ name = "say \\"hi\\" \\\\ && }" && status = error }'],
    [{ atLeast: '1.5s' }, '{ traceDuration >= 1.5s }'],
    [{ failed: true, atLeast: '500ms' }, '{ status = error && traceDuration >= 500ms }'],
    [{ operation: 'plan', inside: '*' }, '{ name = "plan" } >> { status = error }'],
    [{ agent: 'a', inside: 'query' }, '{ resource.service.name = "a" } >> { name = "query" && status = error }'],
    [{ inside: '*' }, '{ true } >> { status = error }'],
  ])('%j are written %s, and read back', (some, query) => {
    const picks = { ...noPicks, ...some };
    expect(printPicks(picks)).toBe(query);
    expect(parsePicks(query)).toEqual(picks);
  });

  it.each([
    '{ .x = 1 }',
    '{ name = "a" || status = error }',
    '{ name = "a" } | count() > 2',
    '{ status = error && name = "a" }',
    'nonsense',
  ])('leave %s alone', (query) => {
    expect(parsePicks(query)).toBeUndefined();
  });

  it.each([
    ['500', '500ms'],
    [' 1.5 s', '1.5s'],
    ['3µs', '3us'],
    ['soon', undefined],
    ['-1s', undefined],
  ])('understand the duration %j', (text, expected) => {
    expect(typedDuration(text)).toBe(expected);
  });
});

describe('further conditions', () => {
  it.each([
    ['', '{ .a = 1 }'],
    ['{}', '{ .a = 1 }'],
    ['{ true }', '{ .a = 1 }'],
    ['{ .b = 2 }', '{ .a = 1 } && { .b = 2 }'],
    ['{ .b = 2 } || { .c = 3 } | count() > 1', '{ .a = 1 } && ({ .b = 2 } || { .c = 3 }) | count() > 1'],
    ['{ .b = "x | y" }', '{ .a = 1 } && { .b = "x | y" }'],
  ])('join %j', (query, expected) => {
    expect(withCondition(query, '.a = 1')).toBe(expected);
  });

  it('change nothing when there are none', () => {
    expect(withFilter('', ' { .b = 2 } ')).toBe('{ .b = 2 }');
  });
});
