import { AppError } from '../../lib/errors.ts';

/** `word`: an unquoted name or keyword; `name`: a quoted one; `string`: its value. */
export type SqlToken = Readonly<{ kind: 'word' | 'name' | 'string' | 'number' | 'sign' | 'end'; text: string; at: number }>;

/** In UTF-16 units. */
export const maxStatementLength = 20_000;

const space = /(?:[ \t\r\n]|--[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const token =
  /(?<word>[A-Za-z_]\w*)|(?<number>\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?)(?!\w)|(?<sign>->|::|<=|>=|!=|<>|==|\|\||[-+*/%=<>(),[\].;])/y;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', b: '\b', f: '\f' };

export function wrongSql(at: number, message: string): AppError {
  return new AppError('bad_request', `At character ${at + 1} of the statement: ${message}`);
}

/** Cuts a statement. Throws AppError `bad_request` at the first character that no statement of ours has. */
export function sqlTokens(text: string): readonly SqlToken[] {
  if (text.length > maxStatementLength) throw new AppError('too_large', `A statement has at most ${maxStatementLength} characters.`);
  const tokens: SqlToken[] = [];
  let at = behindSpace(text, 0);
  while (at < text.length) {
    const [found, end] = tokenAt(text, at);
    tokens.push(found);
    at = behindSpace(text, end);
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

function behindSpace(text: string, at: number): number {
  space.lastIndex = at;
  return at + (space.exec(text)?.[0].length ?? 0);
}

function tokenAt(text: string, at: number): readonly [SqlToken, number] {
  const char = text[at] as string;
  if (char === "'" || char === '"' || char === '`') {
    const { value, end } = quoted(text, at);
    if (char !== "'" && value === '') throw wrongSql(at, 'a name is empty.');
    return [{ kind: char === "'" ? 'string' : 'name', text: value, at }, end];
  }
  token.lastIndex = at;
  const { word, number, sign } = token.exec(text)?.groups ?? {};
  const found = word ?? number ?? sign;
  if (found === undefined) throw wrongSql(at, `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} is not known here.`);
  return [{ kind: word !== undefined ? 'word' : number !== undefined ? 'number' : 'sign', text: found, at }, at + found.length];
}

/** As the engine reads it: the quote is doubled or behind a backslash, and a backslash before anything else stays. */
function quoted(text: string, start: number): { value: string; end: number } {
  const quote = text[start];
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] as string;
    const next = text[at + 1] ?? '';
    if (char === quote) {
      if (next !== quote) return { value, end: at + 1 };
      value += quote;
      at++;
    } else if (char === '\\') {
      if (next === 'x' || next === 'u' || next === 'N')
        throw wrongSql(at, `the escape \\${next} is not known; write the character itself.`);
      value += next === quote || next === '\\' || next === "'" ? next : (escapes[next] ?? `\\${next}`);
      at++;
    } else value += char;
  }
  throw wrongSql(start, 'a quote is not closed.');
}
