import type { AttributeScope } from './query.ts';
import { syntaxError } from './syntax-error.ts';

export type Token = Readonly<
  { at: number; end: number } & (
    | { kind: 'symbol'; text: string }
    | { kind: 'word'; text: string }
    /** `span:id` */
    | { kind: 'scoped'; text: string }
    | { kind: 'attribute'; scope: AttributeScope; ofParent: boolean; name: string }
    | { kind: 'string'; value: string }
    | { kind: 'number'; value: number | bigint; isDuration: boolean }
    | { kind: 'end' }
  )
>;

/** Longest first, so that `&>>` is not read as `&>`. */
const symbols = ['&>>', '&<<', '!>>', '!<<', '&&', '||', '>>', '<<', '>=', '<=', '!=', '!~', '=~', '!>', '!<', '&>', '&<', '&~'].concat([
  ...'{}()|=<>!~+-*/%^,',
]);

const scopes: Readonly<Record<string, AttributeScope>> = {
  span: 'span',
  resource: 'resource',
  event: 'event',
  link: 'link',
  instrumentation: 'instrumentation',
};

const space = /\s+/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const digits = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+/y;
const durationPart = /(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
/** Everything that does not end a name: operators such as `+` and `-` are part of one. */
const nameRun = /[^\s{}()=~!<>&|^,"`]+/y;

const nanosPerUnit: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  "'": "'",
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Cuts a query into tokens; the last one is `end`. Throws `AppError` `bad_request` with the position of what is no token. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = match(space, text, at) === null ? at : space.lastIndex;
    if (at >= text.length) break;
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  return [...tokens, { kind: 'end', at: text.length, end: text.length }];
}

function readToken(text: string, at: number): Token {
  const first = text[at] as string;
  if (first === '"' || first === '`') return readString(text, at);
  if (/\d/.test(first) || (first === '.' && /\d/.test(text[at + 1] ?? ''))) return readNumber(text, at);
  if (first === '.') return readName(text, at, at + 1, 'any', false);
  const found = match(word, text, at);
  if (found !== null) return readWord(text, at, found[0]);
  const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
  if (symbol === undefined)
    throw syntaxError(
      text,
      at,
      `the character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) as number))} has no meaning here`,
    );
  return { kind: 'symbol', text: symbol, at, end: at + symbol.length };
}

function readWord(text: string, at: number, found: string): Token {
  const end = at + found.length;
  const next = text[end];
  if (next === ':') {
    const rest = match(word, text, end + 1);
    if (rest === null) throw syntaxError(text, end + 1, `the name of a field of ${found} was expected, as in span:name`);
    return { kind: 'scoped', text: `${found}:${rest[0]}`, at, end: word.lastIndex };
  }
  if (next !== '.') return { kind: 'word', text: found, at, end };
  if (found === 'parent') {
    const inner = match(word, text, end + 1)?.[0] ?? '';
    const scope = scopes[inner];
    if ((scope === 'span' || scope === 'resource') && text[end + 1 + inner.length] === '.') {
      return readName(text, at, end + 2 + inner.length, scope, true);
    }
    return readName(text, at, end + 1, 'any', true);
  }
  const scope = Object.hasOwn(scopes, found) ? scopes[found] : undefined;
  if (scope === undefined) {
    throw syntaxError(text, at, `${found} is no scope; attributes begin with a dot or one of ${Object.keys(scopes).join(', ')}, parent`);
  }
  return readName(text, at, end + 1, scope, false);
}

/** A name is made of plain and quoted parts: `attribute."with spaces"`. */
function readName(text: string, at: number, from: number, scope: AttributeScope, ofParent: boolean): Token {
  let name = '';
  let end = from;
  for (;;) {
    if (text[end] === '"') {
      const part = readString(text, end) as Extract<Token, { kind: 'string' }>;
      name += part.value;
      end = part.end;
      continue;
    }
    const part = match(nameRun, text, end);
    if (part === null) break;
    name += part[0];
    end = nameRun.lastIndex;
  }
  if (name === '') throw syntaxError(text, from, 'the name of an attribute was expected');
  return { kind: 'attribute', scope, ofParent, name, at, end };
}

function readString(text: string, at: number): Token {
  const quote = text[at] as string;
  let value = '';
  for (let index = at + 1; index < text.length; index++) {
    const char = text[index] as string;
    if (char === quote) return { kind: 'string', value, at, end: index + 1 };
    if (char !== '\\' || quote === '`') {
      value += char;
      continue;
    }
    const code = text[++index] ?? '';
    const digitsOfCode = code === 'u' ? 4 : code === 'x' ? 2 : 0;
    if (digitsOfCode > 0) {
      const hex = text.slice(index + 1, index + 1 + digitsOfCode);
      if (!new RegExp(`^[0-9a-fA-F]{${digitsOfCode}}$`).test(hex))
        throw syntaxError(text, index - 1, `\\${code} needs ${digitsOfCode} hexadecimal digits`);
      value += String.fromCharCode(Number.parseInt(hex, 16));
      index += digitsOfCode;
    } else if (Object.hasOwn(escapes, code)) value += escapes[code];
    else
      throw syntaxError(
        text,
        index - 1,
        `\\${code} is no escape; write a backslash as \\\\, or use backticks, in which nothing is escaped`,
      );
  }
  throw syntaxError(text, at, `the text that begins here has no closing ${quote}`);
}

function readNumber(text: string, at: number): Token {
  let end = at;
  let nanos = 0;
  for (let part = match(durationPart, text, end); part !== null; part = match(durationPart, text, end)) {
    nanos += Number(part[1]) * (nanosPerUnit[part[2] as string] as number);
    end = durationPart.lastIndex;
  }
  const isDuration = end > at;
  let value: number | bigint = Math.round(nanos);
  if (!isDuration) {
    const found = (match(digits, text, at) as RegExpExecArray)[0];
    end = digits.lastIndex;
    value = Number(found);
    if (/^\d+$/.test(found) && !Number.isSafeInteger(value)) value = BigInt(found);
    if (!Number.isFinite(Number(value))) throw syntaxError(text, at, 'the number is too large');
  }
  if (/[A-Za-z0-9_µμ.]/.test(text[end] ?? '')) {
    throw syntaxError(text, end, 'a number ends here; durations have the units ns, us, ms, s, m and h');
  }
  return { kind: 'number', value, isDuration, at, end };
}
