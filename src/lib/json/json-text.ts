import { AppError } from '../errors.ts';
import { ExactNumber, type JsonObject, type JsonValue } from './json-value.ts';

export { ExactNumber, type JsonObject, type JsonValue };

/** The text is not JSON; `message` starts with `[line:column]`. */
export class JsonTextError extends AppError {
  constructor(text: string, position: number, message: string) {
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    super('bad_request', `[${line}:${position - before.lastIndexOf('\n')}] ${message}`, {
      type: 'x_content_parse_exception',
    });
    this.name = 'JsonTextError';
  }
}

/** Jackson's limit, which is Elasticsearch's; it also keeps the parser far from the end of the stack. */
const maxDepth = 1000;

const escapedChars: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Everything but quote, backslash and control characters. */
const stringChunk = /[ !#-[\]-\uffff]*/y;
const numberToken = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const literalToken = /[A-Za-z]+/y;
const space = /[ \t\r\n]+/y;

/** One pass over one text; lives for one call of `parseJson`. */
class Reader {
  readonly text: string;
  readonly keepNumberText: boolean;
  position = 0;

  constructor(text: string, keepNumberText: boolean) {
    this.text = text;
    this.keepNumberText = keepNumberText;
  }

  fail(message: string, position = this.position): never {
    throw new JsonTextError(this.text, position, message);
  }

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text);
    if (found) this.position += found[0].length;
    return found;
  }

  skip(): void {
    for (;;) {
      this.match(space);
      if (this.text[this.position] !== '/') return;
      const next = this.text[this.position + 1];
      if (next !== '/' && next !== '*') this.fail(`Unexpected character ('/'): maybe a comment was meant`);
      const close = this.text.indexOf(next === '/' ? '\n' : '*/', this.position + 2);
      if (close === -1 && next === '*') this.fail('Unexpected end of input in a comment');
      this.position = close === -1 ? this.text.length : close + (next === '/' ? 1 : 2);
    }
  }

  value(depth: number): JsonValue {
    if (depth > maxDepth) this.fail(`Document nesting depth (${depth}) exceeds the maximum allowed (${maxDepth})`);
    const char = this.text[this.position];
    if (char === '{') return this.object(depth);
    if (char === '[') return this.array(depth);
    if (char === '"') return this.string();
    if (char === undefined) this.fail('Unexpected end of input');
    return char === '-' || (char >= '0' && char <= '9') ? this.number() : this.literal();
  }

  literal(): JsonValue {
    const start = this.position;
    const word = this.match(literalToken)?.[0];
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null') return null;
    if (word === undefined) this.fail(`Unexpected character ('${String.fromCodePoint(this.text.codePointAt(start) ?? 0)}')`);
    return this.fail(`Unrecognized token '${word.slice(0, 100)}': was expecting a JSON value`, start);
  }

  number(): JsonValue {
    const start = this.position;
    const found = this.match(numberToken);
    if (!found || /[\w.]/.test(this.text[this.position] ?? ' ')) this.fail('Malformed number', start);
    const [token, fraction, exponent] = found;
    const value = Number(token);
    if (this.keepNumberText) return String(value) === token ? value : new ExactNumber(token);
    if (fraction === undefined && exponent === undefined && !Number.isSafeInteger(value)) {
      if (token.length > 1000) this.fail(`Number value length (${token.length}) exceeds the maximum allowed (1000)`, start);
      return BigInt(token);
    }
    return value;
  }

  string(): string {
    const start = this.position++;
    let result = '';
    for (;;) {
      result += this.match(stringChunk)?.[0] ?? '';
      const char = this.text[this.position++];
      if (char === '"') return result;
      if (char === undefined) this.fail('Unexpected end of input in a string', start);
      if (char !== '\\') this.fail('Illegal unquoted control character in a string', this.position - 1);
      result += this.escape();
    }
  }

  escape(): string {
    const char = this.text[this.position++] ?? '';
    if (char !== 'u') return escapedChars[char] ?? this.fail('Unrecognized character escape', this.position - 1);
    const hex = this.text.slice(this.position, this.position + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(hex)) this.fail('Unexpected character in a \\u escape');
    this.position += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  array(depth: number): JsonValue[] {
    const result: JsonValue[] = [];
    this.position += 1;
    this.skip();
    if (this.text[this.position] === ']') {
      this.position += 1;
      return result;
    }
    for (;;) {
      this.skip();
      result.push(this.value(depth + 1));
      this.skip();
      if (this.closes(']')) return result;
    }
  }

  object(depth: number): JsonObject {
    const result: Record<string, JsonValue> = Object.create(null);
    this.position += 1;
    this.skip();
    if (this.text[this.position] === '}') {
      this.position += 1;
      return result;
    }
    for (;;) {
      this.skip();
      if (this.text[this.position] !== '"') this.fail('was expecting double-quote to start field name');
      const start = this.position;
      const key = this.string();
      if (key in result) this.fail(`Duplicate field '${key.slice(0, 200)}'`, start);
      this.skip();
      if (this.text[this.position] !== ':') this.fail('was expecting a colon to separate field name and value');
      this.position += 1;
      this.skip();
      result[key] = this.value(depth + 1);
      this.skip();
      if (this.closes('}')) return result;
    }
  }

  closes(end: string): boolean {
    const char = this.text[this.position];
    if (char !== end && char !== ',') {
      this.fail(char === undefined ? 'Unexpected end of input' : `Unexpected character: was expecting a comma or '${end}'`);
    }
    this.position += 1;
    return char === end;
  }
}

/** Parses one JSON text. `keepNumberText` keeps each number's spelling, for text that is printed again. Throws `JsonTextError`. */
export function parseJson(text: string, options: Readonly<{ keepNumberText?: boolean }> = {}): JsonValue {
  const reader = new Reader(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, options.keepNumberText === true);
  reader.skip();
  const value = reader.value(1);
  reader.skip();
  if (reader.position < reader.text.length) reader.fail('Unexpected characters after the JSON value');
  return value;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Compact JSON, or Elasticsearch's `?pretty` layout (two spaces, `"key" : value`). `undefined` members are left out. */
export function stringifyJson(value: unknown, pretty = false, indent = ''): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const inner = `${indent}  `;
  const isArray = Array.isArray(value);
  const parts = isArray
    ? value.map((item) => stringifyJson(item, pretty, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}${pretty ? ' : ' : ':'}${stringifyJson(item, pretty, inner)}`);
  const [open, close] = isArray ? '[]' : '{}';
  if (!pretty) return `${open}${parts.join(',')}${close}`;
  if (parts.length === 0) return isArray ? '[ ]' : '{ }';
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** The members of all objects, later ones winning, in an object without a prototype: spread would make `__proto__` special again. */
export function joinObjects(...objects: readonly JsonObject[]): Record<string, JsonValue> {
  return Object.assign(Object.create(null) as Record<string, JsonValue>, ...objects);
}
