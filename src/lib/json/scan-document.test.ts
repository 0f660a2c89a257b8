import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { copyCompact, maxDepth, scanDocument } from './scan-document.ts';

const scan = (text: string) => {
  const bytes = Buffer.from(text);
  return scanDocument(bytes, 0, bytes.length);
};

const parses = (text: string) => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

describe('scanDocument', () => {
  it.each([
    ['', 0, 'empty'],
    ['  ', 2, 'empty'],
    ['[1]', 0, 'object'],
    ['{"a":1', 6, 'cut off'],
    ['{"a":1}}', 7, 'behind'],
    ['{"a":}', 5, 'value'],
    ['{"a" 1}', 5, 'colon'],
    ['{a:1}', 1, 'key'],
    ['{"a":01}', 6, 'comma'],
    ['{"a":1.}', 7, 'decimal'],
    ['{"a":+1}', 5, 'value'],
    ['{"a":"x\ny"}', 7, 'control'],
    ['{"a":"\\x"}', 6, 'escape'],
    ['{"a":"\\u12"}', 6, 'escape'],
    ['{"a":[1,]}', 8, 'value'],
    ['{"a":1,}', 7, 'key'],
    ['{"a":tru}', 5, 'value'],
    ['{"a":{"b":[1}', 12, 'comma'],
    ['{"a":NaN}', 5, 'value'],
  ])('refuses %j at byte %d', (text, at, reason) => {
    const result = scan(text);
    expect(result.errorAt).toBe(at);
    expect(result.reason).toContain(reason);
  });

  it.each([
    ['{}', false],
    ['{"a":[],"b":{},"c":[null,1]}', false],
    ['{"a":[1,2.5,-3],"b":["x"],"c":[true,null,false]}', false],
    ['{"a":[{"b":1}]}', true],
    ['{"a":[[1]]}', true],
    ['{"a":[1,"x"]}', true],
    ['{"a":1e5}', true],
    ['{"a":12345678901234567}', true],
    ['{"a\\n":1}', true],
    ['{"a":"\\ud800"}', true],
    ['{"a":"\\u00e9 é"}', false],
    [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, true],
  ])('reads %j and says whether it is hard: %s', (text, hard) => {
    expect(scan(text)).toMatchObject({ errorAt: -1, hard });
  });

  it('refuses a nesting that would exhaust a stack', () => {
    expect(scan('{"a":'.repeat(maxDepth + 1) + '}'.repeat(maxDepth + 1)).reason).toContain('deeper');
    expect(scan('{"a":'.repeat(1e6)).reason).toContain('deeper');
  });

  it('agrees with JSON.parse on documents and on their damaged copies', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 5 }),
        fc.nat(),
        fc.constantFrom('', '"', '{', ']', ',', '\\', '1', ' ', '\u0001'),
        fc.boolean(),
        (json, seed, insert, cut) => {
          const whole = `{"x":${json}}`;
          const at = seed % whole.length;
          const text = cut ? whole.slice(0, at) + whole.slice(at + 1) : whole.slice(0, at) + insert + whole.slice(at);
          expect(scan(text).errorAt === -1).toBe(parses(text));
        },
      ),
      randomCases(1500),
    );
  });

  it('copies without the white space between tokens', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const text = Buffer.from(JSON.stringify(value, null, 2));
        const target = Buffer.alloc(text.length);
        expect(target.subarray(0, copyCompact(text, 0, text.length, target, 0)).toString()).toBe(JSON.stringify(value));
      }),
    );
  });
});
