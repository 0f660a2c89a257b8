import { describe, expect, it } from 'vitest';
import { parseLogfmt } from './logfmt.ts';
import { parametersOf, parseGoDuration } from './read-parameter.ts';
import { nanosOf } from './search-window.ts';

describe('durations of Go', () => {
  it.each([
    ['0', 0],
    ['1ns', 1],
    ['1.5s', 1.5e9],
    ['.5ms', 5e5],
    ['5.s', 5e9],
    ['1h2m3.5s', 3723.5e9],
    ['10µs', 1e4],
    ['10us', 1e4],
    ['-1m', -60e9],
    ['+1m', 60e9],
  ])('%s is %d ns', (text, nanos) => {
    expect(parseGoDuration(text)).toBe(nanos);
  });

  it.each([
    '',
    '1',
    '1d',
    's',
    '1 s',
    '1s ',
    '.s',
    '1e3s',
    'NaN',
    'Infinity',
    '1s2',
    `${'9'.repeat(100)}h`,
    '1s'.repeat(500),
    '1..5s',
    '--1s',
  ])('refuses %s', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});

describe('logfmt', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['a=b', [['a', 'b']]],
    [
      ' a=b  c= d',
      [
        ['a', 'b'],
        ['c', ''],
        ['d', ''],
      ],
    ],
    [
      'a="b c" d="e\\"f\\\\"',
      [
        ['a', 'b c'],
        ['d', 'e"f\\'],
      ],
    ],
    ['http.url=/x?y=z', [['http.url', '/x?y=z']]],
    ['a="line\nend\t"', [['a', 'line\nend\t']]],
    [
      '__proto__=1 ключ="значение"',
      [
        ['__proto__', '1'],
        ['ключ', 'значение'],
      ],
    ],
  ])('reads %j', (text, pairs) => {
    expect(parseLogfmt(text)).toEqual({ pairs });
  });

  it.each([
    ['=b', 'unexpected "=" at pos 1'],
    ['"a"=b', 'unexpected "\\"" at pos 1'],
    ['a="b', 'unterminated quoted value at pos 3'],
    ['a="b"c', 'unexpected "c" at pos 6'],
    ['a=b"c"', 'unexpected "\\"" at pos 4'],
    ['a="\\q"', 'invalid quoted value at pos 6'],
    [`a="${'\\'.repeat(9999)}`, 'unterminated quoted value at pos 3'],
  ])('refuses case %#', (text, problem) => {
    expect(parseLogfmt(text)).toEqual({ problem });
  });
});

describe('parameters', () => {
  const of = (text: string) => parametersOf(new URLSearchParams(text), (name, problem) => `${name}: ${problem}`);

  it('takes the last value, and nothing for an empty one', () => {
    expect(of('a=1&a=2').integer('a')).toBe(2n);
    expect(of('a=').integer('a')).toBeUndefined();
    expect(of('').text('a')).toBeUndefined();
  });

  it.each(['1.0', '0x10', '1e3', ' 1', '１', '9'.repeat(20), '+1'])('refuses %s as a whole number', (text) => {
    expect(() => of(`a=${encodeURIComponent(text)}`).integer('a')).toThrow('a: ');
  });

  it('keeps times within what the engine can compare', () => {
    expect(nanosOf(9_999_999_999_999_999_999n, 1_000_000n)).toBe(2n ** 63n - 1n);
    expect(nanosOf(-9_999_999_999_999_999_999n, 1000n)).toBe(1n - 2n ** 63n);
  });
});
