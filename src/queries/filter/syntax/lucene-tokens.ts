/**
 * The tokens of Lucene's classic query syntax. The longest match wins, as in Lucene's own grammar: `a&&b` is one term,
 * `ANDROID` is no operator, `a-b` is one term and `-b` a prohibited one.
 */
export type LuceneToken =
  | SignToken[SignKind]
  | TextToken[TextKind]
  | Readonly<{ kind: 'caret'; boost: string }>
  | Readonly<{ kind: 'tilde'; amount: string }>
  | Readonly<{ kind: 'range'; from: string; to: string; includeFrom: boolean; includeTo: boolean }>;

type SignKind = 'and' | 'or' | 'not' | 'plus' | 'minus' | 'open' | 'close' | 'colon' | 'star' | 'bare-operator';
type SignToken = { [K in SignKind]: Readonly<{ kind: K }> };
type TextKind = 'term' | 'prefix' | 'wildcard' | 'regexp' | 'quoted';
/** `text` still has its escapes; `end` is the offset behind it. */
type TextToken = { [K in TextKind]: Readonly<{ kind: K; text: string; start: number; end: number }> };

/** Thrown inside the Lucene parser only; `parseQueryString` turns it into an `AppError`. */
export class LuceneSyntaxError extends Error {}

const space = /[ \t\n\r\u3000]+/y;
const word = /(?:[^ \t\n\r\u3000+\-!():^[\]"{}~*?\\/]|\\[\s\S]|[*?])(?:[^ \t\n\r\u3000+\-!():^[\]"{}~*?\\/]|\\[\s\S]|[-+*?])*/y;
const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
const regexp = /\/((?:[^/\\]|\\[\s\S])*)\//y;
const tilde = /~(\d+(?:\.\d+)?)?/y;
const caret = /\^(\d+(?:\.\d+)?)/y;
const range =
  /([[{])\s*(?:"((?:[^"\\]|\\[\s\S])+)"|([^\s\]}"][^\s\]}]*))\s+TO\s+(?:"((?:[^"\\]|\\[\s\S])+)"|([^\s\]}"][^\s\]}]*))\s*([\]}])/y;

const operators: ReadonlyMap<string, LuceneToken> = new Map<string, LuceneToken>([
  ['AND', { kind: 'and' }],
  ['&&', { kind: 'and' }],
  ['OR', { kind: 'or' }],
  ['||', { kind: 'or' }],
  ['NOT', { kind: 'not' }],
  ['*', { kind: 'star' }],
]);

const signs: ReadonlyMap<string, LuceneToken> = new Map<string, LuceneToken>([
  ['+', { kind: 'plus' }],
  ['-', { kind: 'minus' }],
  ['!', { kind: 'not' }],
  ['(', { kind: 'open' }],
  [')', { kind: 'close' }],
  [':', { kind: 'colon' }],
]);

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function wordToken(text: string, start: number): LuceneToken {
  const end = start + text.length;
  const operator = operators.get(text);
  if (operator !== undefined) return operator;
  const plain = text.replace(/\\[\s\S]/g, '__');
  if (!/[*?]/.test(plain)) return { kind: 'term', text, start, end };
  return { kind: /^[^*?]*\*$/.test(plain) ? 'prefix' : 'wildcard', text, start, end };
}

function rangeToken(found: RegExpExecArray): LuceneToken {
  const [, open, quotedFrom, from, quotedTo, to, close] = found;
  return {
    kind: 'range',
    from: quotedFrom === undefined ? (from ?? '') : `"${quotedFrom}`,
    to: quotedTo === undefined ? (to ?? '') : `"${quotedTo}`,
    includeFrom: open === '[',
    includeTo: close === ']',
  };
}

const readers: readonly (readonly [RegExp, (found: RegExpExecArray, at: number) => LuceneToken])[] = [
  [word, (found, at) => wordToken(found[0], at)],
  [quoted, (found, at) => ({ kind: 'quoted', text: found[1] ?? '', start: at, end: at + found[0].length })],
  [regexp, (found, at) => ({ kind: 'regexp', text: found[1] ?? '', start: at, end: at + found[0].length })],
  [tilde, (found) => ({ kind: 'tilde', amount: found[1] ?? '' })],
  [caret, (found) => ({ kind: 'caret', boost: found[1] ?? '' })],
  [range, rangeToken],
];

/** Range bounds in quotes are marked by a leading `"`, so that a quoted `*` is no open end. */
export function luceneTokens(text: string): LuceneToken[] {
  const tokens: LuceneToken[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = match(space, text, at);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const char = text[at] as string;
    const sign = signs.get(char);
    if (sign !== undefined) {
      const bare = /[-+!]/.test(char) && (at + 1 === text.length || /[ \t\n\r\u3000]/.test(text[at + 1] as string));
      tokens.push(bare && at + 1 < text.length ? { kind: 'bare-operator' } : sign);
      at += 1;
      continue;
    }
    const length = pushToken(text, at, tokens);
    if (length === 0) throw new LuceneSyntaxError(`unexpected [${char}] at column ${at}`);
    at += length;
  }
  return tokens;
}

function pushToken(text: string, at: number, tokens: LuceneToken[]): number {
  for (const [pattern, read] of readers) {
    const found = match(pattern, text, at);
    if (found === null) continue;
    tokens.push(read(found, at));
    return found[0].length;
  }
  return 0;
}

/** Takes the backslashes out: `\:` is `:`, `\u0041` is `A`. */
export function unescapeLucene(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, char: string | undefined) =>
    code === undefined ? (char as string) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
