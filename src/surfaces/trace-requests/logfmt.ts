/** Pairs of `key=value` with spaces between them; values may stand in quotes. `problem` says what cannot be read, and where, from 1. */
export type Logfmt = Readonly<{ pairs: readonly (readonly [key: string, value: string])[] } | { problem: string }>;

const space = /[\s]*/y;
const key = /[^\s="]+/y;
const bare = /[^\s"]*/y;
const quoted = /"(?:[^"\\]|\\.)*"/sy;

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

export function parseLogfmt(text: string): Logfmt {
  const pairs: (readonly [string, string])[] = [];
  for (let at = match(space, text, 0)?.length ?? 0; at < text.length; at += match(space, text, at)?.length ?? 0) {
    const name = match(key, text, at);
    if (name === undefined) return { problem: `unexpected ${JSON.stringify(text[at])} at pos ${at + 1}` };
    at += name.length;
    if (text[at] !== '=') {
      pairs.push([name, '']);
      continue;
    }
    at++;
    const inQuotes = text[at] === '"';
    const value = match(inQuotes ? quoted : bare, text, at);
    if (value === undefined) return { problem: `unterminated quoted value at pos ${at + 1}` };
    at += value.length;
    const unquoted = inQuotes ? unquote(value) : value;
    if (unquoted === undefined) return { problem: `invalid quoted value at pos ${at}` };
    pairs.push([name, unquoted]);
    if (at < text.length && !/\s/.test(text[at] as string)) return { problem: `unexpected ${JSON.stringify(text[at])} at pos ${at + 1}` };
  }
  return { pairs };
}

function unquote(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/[\n\r\t]/g, (char) => JSON.stringify(char).slice(1, -1)));
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
