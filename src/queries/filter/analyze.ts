/**
 * Elasticsearch's standard analyzer: words after Unicode's UAX#29, in lower case, without stop words and stemming.
 *
 * One definition of a token serves three places, which MUST agree: this file (queries, highlighting), the engine's
 * tokenizer `asciiCJK` (the text index, exact for ASCII), and `tokenPattern` run by the engine's RE2 (rows with other
 * characters). A test compares the three.
 *
 * Known differences from Lucene: `,` and `;` between digits split (`1,234` is two tokens), emoji are no tokens.
 */

const letter = String.raw`[^\P{L}\p{Han}\p{Hiragana}]\p{M}*`;
const digit = String.raw`\p{Nd}\p{M}*`;
// A joiner keeps two letters (or two digits) in one token: `foo.bar`, `don't`, `a:b`, `10.0.0.1`.
const joined = `(?:(?:${letter})(?:[.:'’·](?:${letter}))*|(?:${digit})(?:[.'’](?:${digit}))*)`;

/** One token as a regular expression in RE2's syntax; run it over text in lower case. */
export const tokenPattern = String.raw`[\p{Han}\p{Hiragana}]\p{M}*|_*${joined}(?:${joined}|_)*`;

const tokenRegExp = new RegExp(tokenPattern.replace(/\\p\{(Han|Hiragana)\}/g, '\\p{Script=$1}'), 'gu');

/** Lower case as ClickHouse's lowerUTF8 gives it; both follow Unicode's full mapping. */
export function lowerCase(text: string): string {
  return text.toLowerCase();
}

/**
 * The regular expression needs stack for each character of a token, so long texts are cut: at a blank where there is one.
 * Only a token longer than this is split.
 */
const chunkLength = 10_000;

function* chunks(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > chunkLength) {
    const blank = text.lastIndexOf(' ', start + chunkLength);
    const end = blank > start ? blank : start + chunkLength;
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}

/** Tokens in the order of the text. */
export function analyze(text: string): string[] {
  const lower = lowerCase(text);
  if (lower.length <= chunkLength) return lower.match(tokenRegExp) ?? [];
  return [...chunks(lower)].flatMap((chunk) => chunk.match(tokenRegExp) ?? []);
}
