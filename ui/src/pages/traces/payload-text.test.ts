import { describe, expect, it } from 'vitest';
import { payloadText } from './payload-text.ts';

describe('payloadText', () => {
  it.each([
    ['{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}'],
    ['{cut', '{cut'],
    ['plain', 'plain'],
    [{ a: 1 }, '{\n  "a": 1\n}'],
    ['5', '5'],
    ['', ''],
  ])('of %j', (value, expected) => {
    expect(payloadText(value)).toBe(expected);
  });
});
