import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    [[333333333.3333333, 4.5, 2e-3, 1e-27, -0], '[333333333.3333333,4.5,0.002,1e-27,0]'],
    ['\u20ac$\u000f\nA\'B"\\"/\u2028', '"€$\\u000f\\nA\'B\\"\\\\\\"/\u2028"'],
    [JSON.parse('{"__proto__":1,"constructor":{"prototype":2}}'), '{"__proto__":1,"constructor":{"prototype":2}}'],
    ['\ud800', '"\\ud800"'],
    [{}, '{}'],
  ])('prints %j', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  const nested = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
  it.each([
    ['NaN', Number.NaN],
    ['infinity', JSON.parse('1e999')],
    ['lost digits', JSON.parse('{"id":12345678901234567890}')],
    ['undefined', { a: undefined }],
    ['a hole', new Array(2)],
    ['a date', { at: new Date(0) }],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['depth', nested],
  ])('refuses %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrowError(expect.objectContaining({ code: 'bad_request' }));
  });

  it('prints the same text whatever the order of members, and gives the value back', () => {
    const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }).filter((value) => {
      return !/-0(?![.\d])|[\d]{16,}|e\+/.test(JSON.stringify(value));
    });
    fc.assert(
      fc.property(json, (value) => {
        const reversed = (one: unknown): unknown => {
          if (Array.isArray(one)) return one.map(reversed);
          if (typeof one !== 'object' || one === null) return one;
          const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
          for (const [key, item] of Object.entries(one).reverse()) result[key] = reversed(item);
          return result;
        };
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
