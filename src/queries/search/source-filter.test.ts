import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../lib/json/json-text.ts';
import { filterSource, parseSourceFilter } from './source-filter.ts';

const text =
  '{"a":{"b":1.0,"c":[{"d":1,"e":null},{"d":2},3]},"ab":12345678901234567890,"x.y":"dotted","empty":{},"list":[],"__proto__":{"z":1}}';

describe('a source filter', () => {
  it.each<[JsonValue | undefined, string | undefined]>([
    [undefined, text],
    [true, text],
    ['true', text],
    [false, undefined],
    ['a.b', '{"a":{"b":1.0}}'],
    [['a.c.d', 'ab'], '{"a":{"c":[{"d":1},{"d":2}]},"ab":12345678901234567890}'],
    ['a', '{"a":{"b":1.0,"c":[{"d":1,"e":null},{"d":2},3]}}'],
    ['a*', '{"a":{"b":1.0,"c":[{"d":1,"e":null},{"d":2},3]},"ab":12345678901234567890}'],
    ['*.d', '{"a":{"c":[{"d":1},{"d":2}]}}'],
    ['x.y', '{"x.y":"dotted"}'],
    [{ excludes: ['a', '__proto__.*', 'x*'] }, '{"ab":12345678901234567890,"empty":{},"list":[],"__proto__":{}}'],
    [{ includes: ['a.*', 'list'], excludes: ['a.c'] }, '{"a":{"b":1.0},"list":[]}'],
    [{ includes: ['nothing'] }, '{}'],
    [{ includes: [], excludes: [] }, text],
  ])('%j', (filter, expected) => {
    expect(filterSource(text, parseSourceFilter(filter))).toBe(expected);
  });

  it('bears deep documents', () => {
    const deep = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`;
    expect(filterSource(deep, parseSourceFilter('*.a'))).toBe(deep);
  });
});
