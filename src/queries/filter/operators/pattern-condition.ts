import { sqlString } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { lowerCase } from '../analyze.ts';
import { someText } from '../any-text.ts';
import type { Operator } from '../compile-scope.ts';
import { translateRegexp } from '../lucene-regexp.ts';
import type { PatternQuery } from '../query.ts';
import { always, and, never, or, someReading, someValue } from '../sql-condition.ts';
import { someSubstring, someToken } from '../tokens-condition.ts';
import { likePattern, longestText, parseWildcard, type WildcardPart } from '../wildcard-pattern.ts';

/** Conditions on one string, which get its SQL. */
type Matcher = Readonly<{
  /** On a whole value, in its own case. */
  whole: (sql: string) => string;
  /** On a word, which is in lower case; undefined where no word can match. */
  token: ((sql: string) => string) | undefined;
  /** Text that each matching word contains. */
  literal: string;
  /** The words that match are exactly those that contain `literal`. */
  isSubstring: boolean;
}>;

function likeMatcher(query: PatternQuery, partsOf: (value: string) => readonly WildcardPart[]): Matcher {
  const parts = partsOf(query.value);
  const lower = partsOf(lowerCase(query.value));
  const tokenParts = query.normalized || query.caseInsensitive ? lower : parts;
  const literal = longestText(tokenParts);
  return {
    whole: (sql) => (query.caseInsensitive ? like(`lowerUTF8(${sql})`, lower) : like(sql, parts)),
    token: tokenParts.every(isInsideWords) ? (sql) => like(sql, tokenParts) : undefined,
    literal,
    isSubstring:
      tokenParts.length === 3 &&
      tokenParts[0]?.kind === 'any' &&
      tokenParts[2]?.kind === 'any' &&
      /^[a-z0-9_]*[a-z0-9][a-z0-9_]*$/.test(literal),
  };
}

/** `analyze` ends words at every other ASCII character, so `pod-7d9f*` is no part of a word. Splitting texts to find that out is slow. */
const isInsideWords = (part: WildcardPart) => part.kind !== 'text' || !/[^a-z0-9_.:'\x80-\u{10ffff}]/u.test(part.text);

/** Without a wildcard it is an equation, with one at the end a prefix: both can use indexes that LIKE cannot. */
function like(sql: string, parts: readonly WildcardPart[]): string {
  const [first, second] = parts;
  if (first === undefined) return `${sql} = ''`;
  if (first.kind === 'any' && second === undefined) return always;
  if (first.kind === 'text' && parts.length === 1) return `${sql} = ${sqlString(first.text)}`;
  if (first.kind === 'text' && parts.length === 2 && second?.kind === 'any') return `startsWith(${sql}, ${sqlString(first.text)})`;
  return `${sql} LIKE ${sqlString(likePattern(parts))}`;
}

function regexpMatcher(query: PatternQuery): Matcher {
  const whole = translateRegexp(query.value, query.extendedSyntax, query.caseInsensitive);
  const token = translateRegexp(query.value, query.extendedSyntax, query.caseInsensitive || query.normalized);
  return {
    whole: (sql) => `match(${sql}, ${sqlString(whole)})`,
    token: (sql) => `match(${sql}, ${sqlString(token)})`,
    literal: '',
    isSubstring: false,
  };
}

function matcherOf(query: PatternQuery): Matcher {
  switch (query.kind) {
    case 'prefix':
      return likeMatcher(query, (value) => [...(value === '' ? [] : [{ kind: 'text', text: value } as const]), { kind: 'any' }]);
    case 'wildcard':
      return likeMatcher(query, parseWildcard);
    case 'regexp':
      return regexpMatcher(query);
  }
}

function wholeMatches(field: Field, reading: Reading, matcher: Matcher): string {
  const short = (sql: string) => (field.ignoreAbove > 0 ? `lengthUTF8(${sql}) <= ${field.ignoreAbove}` : always);
  return someValue(reading, (sql) => and([matcher.whole(sql), short(sql)]), true);
}

function tokenMatches(field: Field, matcher: Matcher): string {
  const { token, literal, isSubstring } = matcher;
  const texts = { ...field, readings: field.readings.filter(({ type }) => type === 'string') };
  if (isSubstring) return someReading(texts, (reading) => someSubstring(reading, literal));
  return token ? someText(texts, literal, (reading) => someToken(reading, token, literal)) : never;
}

/** Numbers are matched in their decimal form, so that `status:5*` means what it says. */
function readingMatches(field: Field, reading: Reading, matcher: Matcher): string {
  switch (reading.type) {
    case 'string':
      return field.terms === 'tokens' ? never : wholeMatches(field, reading, matcher);
    case 'integer':
    case 'float':
    case 'boolean':
      return someValue(reading, (sql) => matcher.whole(`toString(${sql})`));
    case 'time':
      return never;
  }
}

function patternCondition(query: PatternQuery, fields: readonly Field[]): string {
  const matcher = matcherOf(query);
  return or(
    fields.flatMap((field) => [
      someReading(field, (reading) => readingMatches(field, reading, matcher)),
      field.terms === 'exact' ? never : tokenMatches(field, matcher),
    ]),
  );
}

export const prefixCondition: Operator<'prefix'> = (query, scope) => patternCondition(query, scope.resolve(query.field));
export const wildcardCondition: Operator<'wildcard'> = (query, scope) => patternCondition(query, scope.resolve(query.field));
export const regexpCondition: Operator<'regexp'> = (query, scope) => patternCondition(query, scope.resolve(query.field));
