import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { sqlString } from '../../lib/sql-text.ts';
import { analyze, tokenPattern } from './analyze.ts';

const session = new Session();
afterAll(() => session.cleanup());

describe('analyze', () => {
  it.each([
    ['The QUICK brown', ['the', 'quick', 'brown']],
    ['weather-agent', ['weather', 'agent']],
    ["foo.bar error_code 10.0.0.1 don't", ['foo.bar', 'error_code', '10.0.0.1', "don't"]],
    ['a.1 1.a a..b .a. a:b 12:30', ['a', '1', '1', 'a', 'a', 'b', 'a', 'a:b', '12', '30']],
    ['_id __ _', ['_id']],
    ['Größe “quoted” foo—bar x…', ['größe', 'quoted', 'foo', 'bar', 'x']],
    ['日本語 ひらがな カタカナ 한국어', ['日', '本', '語', 'ひ', 'ら', 'が', 'な', 'カタカナ', '한국어']],
    ['don’t cafe\u0301', ['don’t', 'cafe\u0301']],
    ['user@example.com /api/v1?x=1', ['user', 'example.com', 'api', 'v1', 'x', '1']],
    ['', []],
    ['--- !!!', []],
  ])('%s', (text, tokens) => {
    expect(analyze(text)).toEqual(tokens);
  });

  it('takes 5 MB at once', () => {
    expect(analyze('ab '.repeat(1_700_000))).toHaveLength(1_700_000);
    expect(analyze('a'.repeat(5_000_000)).join('')).toHaveLength(5_000_000);
    expect(analyze(`${'größe '.repeat(5000)}end`).at(-1)).toBe('end');
  });

  function engineTokens(texts: readonly string[], expression: string): unknown {
    const list = texts.map(sqlString).join(', ');
    return JSON.parse(session.query(`SELECT arrayMap(x -> ${expression}, [${list}]) FORMAT JSONCompactEachRow`))[0];
  }

  it('splits ASCII as the tokenizer of the text index does', () => {
    const text = fc.string({ unit: fc.constantFrom(..."aZ09_.:',; -"), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 200, maxLength: 200 }), (texts) => {
        expect(engineTokens(texts, "tokens(lowerUTF8(x), 'asciiCJK')")).toEqual(texts.map(analyze));
      }),
      randomCases(10),
    );
  });

  it('splits every text as its pattern does in the engine', () => {
    const letters = fc.constantFrom(..."aÉß1٣_.:'’, —日ひカ한\u0301İΣ😀ªⅷ½ ");
    const text = fc.oneof(fc.string({ unit: letters, maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(text, { minLength: 200, maxLength: 200 }), (texts) => {
        expect(engineTokens(texts, `extractAll(lowerUTF8(x), ${sqlString(tokenPattern)})`)).toEqual(texts.map(analyze));
      }),
      randomCases(10),
    );
  });
});
