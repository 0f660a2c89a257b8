import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import type { Reading } from '../fields/field.ts';
import { tokenPattern } from './analyze.ts';
import { always, and, or } from './sql-condition.ts';

/**
 * Conditions on the words of a text, the only file that knows how the engine sees words.
 *
 * The text index is on the expression `tokens(lowerUTF8(column), 'asciiCJK')` with the tokenizer `array`, and conditions
 * repeat that expression (`tokensExpression`). So they mean the same with and without the index, in WHERE and in countIf.
 * Measured on engine 26.7: naming the tokenizer as third argument of `hasAllTokens` switches the index off; without it,
 * the tokenizer is the index's in WHERE and another one elsewhere; a preprocessor holds only where the index is used.
 *
 * `asciiCJK` splits ASCII as Unicode's word rules do, and makes each other character a token of its own. So a word with
 * other characters is looked up by its pieces in the index and then checked against `exactTokens`.
 */
export type TextReading = Reading &
  Readonly<{
    /** The column has the text index. Others are searched for the letters before they are split into words. */
    indexed?: boolean;
  }>;

export function tokensExpression(sql: string): string {
  return `tokens(lowerUTF8(${sql}), 'asciiCJK')`;
}

/** Words of a text exactly as `analyze` gives them; costs several times more than `tokensExpression` for non-ASCII text. */
function exactTokens(sql: string, when: string): string {
  const ascii = `length(${sql}) = lengthUTF8(${sql})`;
  const text = (condition: string) => `if(${and([when, condition])}, lowerUTF8(${sql}), '')`;
  return `arrayConcat(tokens(${text(ascii)}, 'asciiCJK'), extractAll(${text(`NOT ${ascii}`)}, ${sqlString(tokenPattern)}))`;
}

const asciiWord = /_*(?:[a-z](?:[.:'][a-z])*|[0-9](?:[.'][0-9])*)(?:[a-z](?:[.:'][a-z])*|[0-9](?:[.'][0-9])*|_)*|[^\0-\x7f]/g;

const isPlain = (token: string) => /^[\0-\x7f]*$/.test(token);

/** Engine tokens that a text must have to contain the word. */
function piecesOf(token: string): string[] {
  if (isPlain(token)) return [token];
  return (token.match(asciiWord) ?? []).filter((piece) => isPlain(piece) || /[\p{L}\p{N}]/u.test(piece));
}

/** SQL of one text that is never NULL. */
function textOf(reading: Reading): string {
  return reading.missing === 'null' && !reading.array ? `ifNull(${reading.sql}, '')` : reading.sql;
}

/** A row without a value has no words; saying so lets the index of JSON paths skip rows. */
function guarded(reading: Reading, condition: string): string {
  return reading.missing === 'null' ? and([`isNotNull(${reading.sql})`, condition]) : condition;
}

/** All words of the row, over all values. */
function allTokens(reading: Reading, tokensOf: (sql: string) => string): string {
  return reading.array ? `arrayFlatten(arrayMap(v -> ${tokensOf('v')}, ${reading.sql}))` : tokensOf(textOf(reading));
}

function someText(reading: Reading, predicate: (sql: string) => string): string {
  return reading.array ? `arrayExists(v -> ${predicate('v')}, ${reading.sql})` : predicate(textOf(reading));
}

/** Words as the index has them. `literals`: a value without any of these texts has none of the words in question. */
function indexTokens(reading: TextReading, literals: readonly string[]): string {
  return allTokens(reading, (sql) => {
    if (reading.indexed === true || literals.length > maxNeedles || !literals.every(isPlain)) return tokensExpression(sql);
    return `tokens(if(multiSearchAnyCaseInsensitiveUTF8(${sql}, [${sqlStrings(literals)}]), lowerUTF8(${sql}), ''), 'asciiCJK')`;
  });
}

/** The engine searches for at most 255 texts at once. */
const maxNeedles = 255;

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}

/** The row may contain all the words; true for every row that does. */
function candidates(reading: TextReading, tokens: readonly string[]): string {
  const pieces = [...new Set(tokens.flatMap(piecesOf))];
  if (pieces.length === 0) return always;
  const plain = pieces.filter(isPlain);
  // Of several values each may hold another one of the words.
  const literals = reading.array ? pieces : [longest(plain.length > 0 ? plain : pieces)];
  return `hasAll(${indexTokens(reading, literals)}, [${sqlStrings(pieces)}])`;
}

function hasWords(reading: TextReading, tokens: readonly string[]): string {
  const special = tokens.filter((token) => !isPlain(token));
  const check =
    special.length === 0 ? always : `hasAll(${allTokens(reading, (sql) => exactTokens(sql, always))}, [${sqlStrings(special)}])`;
  return and([candidates(reading, tokens), check]);
}

/**
 * The texts of a string reading contain words of `analyze`: `all`, `any` of them, or all in this order side by side
 * (`phrase`, within one value). `tokens` must not be empty.
 */
export function tokensCondition(reading: TextReading, tokens: readonly string[], mode: 'all' | 'any' | 'phrase'): string {
  const words = [...new Set(tokens)];
  if (mode === 'phrase' && tokens.length > 1) {
    const inOrder = someText(reading, (sql) => `hasSubstr(${exactTokens(sql, always)}, [${sqlStrings(tokens)}])`);
    return guarded(reading, and([candidates(reading, tokens), inOrder]));
  }
  if (mode !== 'any' || words.length === 1) return guarded(reading, hasWords(reading, words));
  const plain = words.filter(isPlain);
  const anyPlain = plain.length === 0 ? [] : [`hasAny(${indexTokens(reading, plain)}, [${sqlStrings(plain)}])`];
  return guarded(reading, or([...anyPlain, ...words.filter((word) => !isPlain(word)).map((word) => hasWords(reading, [word]))]));
}

/**
 * Some word satisfies a predicate, which gets SQL of one word. `literal` is a piece of text that each such word contains:
 * rows without it are not split into words, which is most of the cost.
 */
export function someToken(reading: Reading, predicate: (token: string) => string, literal = ''): string {
  const exists = (sql: string) => `arrayExists(t -> ${predicate('t')}, ${exactTokens(sql, containsText(sql, literal))})`;
  return guarded(reading, someText(reading, exists));
}

function containsText(sql: string, literal: string): string {
  return literal !== '' && isPlain(literal) ? `positionCaseInsensitiveUTF8(${sql}, ${sqlString(literal)}) > 0` : always;
}

/** Some text contains the characters, in any case. Letters, digits and `_` side by side are always inside one word. */
export function someSubstring(reading: Reading, literal: string): string {
  return guarded(
    reading,
    someText(reading, (sql) => containsText(sql, literal)),
  );
}

/**
 * Words near each other: there are places for all words such that moving them by at most `slop` in all makes the phrase.
 * With `prefix` the last one is the beginning of a word. A word that the phrase has twice may find the same place twice.
 */
export function nearCondition(reading: TextReading, tokens: readonly string[], slop: number, prefix: boolean): string {
  const whole = prefix ? tokens.slice(0, -1) : tokens;
  const is = (index: number, sql: string) => {
    const word = sqlString(tokens[index] as string);
    return prefix && index === tokens.length - 1 ? `startsWith(${sql}, ${word})` : `${sql} = ${word}`;
  };
  const indexes = tokens.map((_, index) => index);
  // `p` are the places (word, position) of any of the words; `a` is the word that lies furthest left of its due place.
  const others = (anchor: number) =>
    indexes
      .filter((index) => index !== anchor)
      .map((index) => {
        const move = `(toInt64(b.2) - toInt64(a.2) - ${index - anchor})`;
        return `arrayExists(b -> ${is(index, 'b.1')} AND ${move} BETWEEN 0 AND ${slop}, p)`;
      });
  const anchors = indexes.map((anchor) => and([is(anchor, 'a.1'), ...others(anchor)]));
  const near = (sql: string) => {
    const all = exactTokens(sql, always);
    const places = `arrayFilter(w -> ${or(indexes.map((index) => is(index, 'w.1')))}, arrayMap((w, i) -> (w, i), z, arrayEnumerate(z)))`;
    // One-element arrays bind a name, so that the words are split once per text.
    return `arrayExists(z -> arrayExists(p -> arrayExists(a -> ${or(anchors)}, p), [${places}]), [${all}])`;
  };
  return guarded(reading, and([candidates(reading, whole), someText(reading, near)]));
}
