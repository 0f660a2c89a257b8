import { sqlString } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { analyze } from '../analyze.ts';
import { someText } from '../any-text.ts';
import type { CompileScope, Operator } from '../compile-scope.ts';
import { resolveMinimum } from '../minimum-should-match.ts';
import { type MatchQuery, type PhraseQuery, termQuery } from '../query.ts';
import { always, and, atLeast, or, someReading, someValue } from '../sql-condition.ts';
import { nearCondition, someToken, tokensCondition } from '../tokens-condition.ts';
import { tokenIsNear, valueIsNear } from './fuzzy-condition.ts';
import { checkValue, equals, valueEquals } from './value-equals.ts';

/** As many words as clauses may be. */
const maxWords = 1024;

function wordsOf(text: string): string[] {
  return analyze(text).slice(0, maxWords);
}

/** Words of ASCII alone are found without the regular expression for words. */
const isAscii = (word: string) => /^[\0-\x7f]*$/.test(word);

function isText(field: Field, reading: Reading): boolean {
  return reading.type === 'string' && field.terms !== 'exact';
}

function wholeStartsWith(reading: Reading, text: string): string {
  return someValue(reading, (sql) => `startsWith(${sql}, ${sqlString(text)})`, true);
}

function textMatches(reading: Reading, words: readonly string[], query: MatchQuery): string {
  const { fuzziness, operator, prefixLast, minimumShouldMatch } = query;
  const count = minimumShouldMatch === undefined || operator === 'and' ? undefined : resolveMinimum(minimumShouldMatch, words.length);
  if (!prefixLast && fuzziness === undefined) {
    if (operator === 'and' || count === words.length) return tokensCondition(reading, words, 'all');
    if (count === undefined || count <= 1) return tokensCondition(reading, words, 'any');
  }
  const parts = words.map((word, index) => {
    if (prefixLast && index === words.length - 1) return someToken(reading, (sql) => `startsWith(${sql}, ${sqlString(word)})`, word);
    return fuzziness === undefined ? tokensCondition(reading, [word], 'all') : tokenIsNear(reading, word, fuzziness);
  });
  return operator === 'and' ? and(parts) : atLeast(Math.max(1, count ?? 1), parts);
}

function readingMatches(field: Field, reading: Reading, words: readonly string[], query: MatchQuery, scope: CompileScope): string {
  const text = String(query.text);
  if (isText(field, reading) && words.length > 0) return textMatches(reading, words, query);
  if (reading.type === 'string' && field.terms === 'exact') {
    if (query.prefixLast) return wholeStartsWith(reading, text);
    if (query.fuzziness !== undefined) return valueIsNear(field, reading, text, query.fuzziness);
  }
  return valueEquals(field, reading, termQuery(field.name, query.text, { lenient: query.lenient }), scope);
}

export const matchCondition: Operator<'match'> = (query, scope) => {
  const words = wordsOf(String(query.text));
  return or(
    scope.resolve(query.field, [query.text]).map((field) => {
      checkValue(field, { value: query.text, lenient: query.lenient });
      const noWords = words.length === 0 && field.terms !== 'exact';
      if (noWords && query.zeroTerms === 'all') return always;
      const condition = (reading: Reading) => readingMatches(field, reading, words, query, scope);
      const isRegexp = query.prefixLast || query.fuzziness !== undefined || !words.every(isAscii);
      return words.length === 1 && isRegexp
        ? someText(field, query.prefixLast ? literalOf(words) : '', condition)
        : someReading(field, condition);
    }),
  );
};

function readingHasPhrase(field: Field, reading: Reading, words: readonly string[], query: PhraseQuery, scope: CompileScope): string {
  const text = String(query.text);
  const [first] = words;
  if (isText(field, reading) && first !== undefined) {
    if (words.length === 1 && query.prefix) return someToken(reading, (sql) => `startsWith(${sql}, ${sqlString(first)})`, first);
    if (query.prefix || query.slop > 0)
      return nearCondition(reading, words.slice(0, maxNear), query.slop, query.prefix && words.length <= maxNear);
    return tokensCondition(reading, words, 'phrase');
  }
  if (reading.type === 'string' && !isText(field, reading))
    return query.prefix ? wholeStartsWith(reading, text) : equals(reading, sqlString(text));
  return valueEquals(field, reading, termQuery(field.name, query.text, { lenient: query.lenient }), scope);
}

/** The longest word that the engine finds in any case; '' where there is none. */
function literalOf(words: readonly string[]): string {
  return words.filter(isAscii).reduce((best, word) => (word.length > best.length ? word : best), '');
}

/** The SQL of a sloppy phrase grows with the square of its words; further words are not looked at. */
const maxNear = 32;

export const phraseCondition: Operator<'phrase'> = (query, scope) => {
  const words = wordsOf(String(query.text));
  return or(
    scope.resolve(query.field, [query.text]).map((field) => {
      checkValue(field, { value: query.text, lenient: query.lenient });
      const condition = (reading: Reading) => readingHasPhrase(field, reading, words, query, scope);
      if (words.length === 0 || (words.length === 1 && !query.prefix && words.every(isAscii))) return someReading(field, condition);
      return someText(field, literalOf(words.slice(0, maxNear)), condition);
    }),
  );
};
