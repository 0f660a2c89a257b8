import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../../lib/errors.ts';
import { allOf, anyField, anyOf, boolQuery, matchAll, matchQuery, patternQuery, phraseQuery, type Query, rangeQuery } from '../query.ts';

export type KqlOptions = Readonly<{ timeZone: string | undefined; countClauses: (count: number) => void }>;

const maxDepth = 30;
const maxLength = 1_000_000;

/** A value or a field name: `text` without escapes, `pattern` with only `*` special; quoted ones are phrases. */
type Literal = Readonly<{ text: string; pattern: string; wildcard: boolean; quoted: boolean }>;

/** What an expression inside `field:( … )` is asked of. */
type ForValue = (value: Literal) => Query;

/**
 * Kibana's query language: `field : value`, `field : (a or b)`, `field >= 5`, `"phrase"`, `wild*`, `and or not`,
 * `parent : { child : value }`. An empty text matches all. Throws `AppError` that names the column.
 */
export function parseKql(text: string, options: KqlOptions = { timeZone: undefined, countClauses: () => {} }): Query {
  if (text.length > maxLength) throw illegalArgument(`The query is longer than ${maxLength} characters`);
  return text.trim() === '' ? matchAll : new KqlParser(text, options).parse();
}

class KqlParser {
  private readonly text: string;
  private readonly options: KqlOptions;
  private at = 0;
  private depth = 0;

  constructor(text: string, options: KqlOptions) {
    this.text = text;
    this.options = options;
  }

  parse(): Query {
    const query = this.or('', undefined);
    this.blanks();
    if (this.at < this.text.length) throw this.error('the end of the query');
    return query;
  }

  private error(expected: string): AppError {
    const found = this.at < this.text.length ? `[${this.text.slice(this.at, this.at + 20)}]` : 'the end';
    return parsingError(`Cannot parse KQL at column ${this.at + 1}: expected ${expected} but found ${found}`);
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  private blanks(): void {
    this.match(/\s*/y);
  }

  /** `parent` is the path in front of field names inside `{ }`; `ask` is set inside a list of values. */
  private or(parent: string, ask: ForValue | undefined): Query {
    const parts = [this.and(parent, ask)];
    while (this.match(/\s+or(?=\s|\()/iy) !== null) parts.push(this.and(parent, ask));
    return anyOf(parts);
  }

  private and(parent: string, ask: ForValue | undefined): Query {
    const parts = [this.not(parent, ask)];
    while (this.match(/\s+and(?=\s|\()/iy) !== null) parts.push(this.not(parent, ask));
    return allOf(parts);
  }

  private not(parent: string, ask: ForValue | undefined): Query {
    this.blanks();
    // A run of `not not not` is folded here, so that it cannot nest.
    let negated = false;
    while (this.match(/not(?=\s|\()\s*/iy) !== null) negated = !negated;
    const query = this.primary(parent, ask);
    return negated ? boolQuery({ mustNot: [query] }) : query;
  }

  private nested<T>(close: string, parse: () => T): T {
    this.depth += 1;
    if (this.depth > maxDepth) throw illegalArgument(`The query nests more than ${maxDepth} levels`);
    const result = parse();
    this.blanks();
    if (this.text[this.at] !== close) throw this.error(`[${close}]`);
    this.at += 1;
    this.depth -= 1;
    return result;
  }

  private primary(parent: string, ask: ForValue | undefined): Query {
    if (this.match(/\(/y) !== null) return this.nested(')', () => this.or(parent, ask));
    const literal = this.literal();
    if (ask !== undefined) return ask(literal);
    const operator = this.match(/\s*(:|<=|>=|<|>)\s*/y)?.[1];
    if (operator === undefined) return this.values(literal, anyField);
    const name = parent + (literal.quoted || !literal.wildcard ? literal.text : literal.pattern.replace(/\\(.)/g, '$1'));
    if (operator !== ':') return this.comparison(name, operator, this.literal());
    if (this.match(/\{/y) !== null) return this.nested('}', () => this.or(`${name}.`, undefined));
    const values: ForValue = (value) => this.values(value, name);
    return this.match(/\(/y) !== null ? this.nested(')', () => this.or(parent, values)) : values(this.literal());
  }

  private literal(): Literal {
    this.options.countClauses(1);
    const quoted = this.match(/"((?:[^"\\]|\\[\s\S])*)"/y);
    if (quoted !== null) {
      const text = unescapeKql(quoted[1] ?? '');
      return { text, pattern: text, wildcard: false, quoted: true };
    }
    const raw = this.unquoted();
    if (raw === '') throw this.error('a value or a field');
    const wildcard = /(?:^|[^\\])(?:\\\\)*\*/.test(raw);
    return { text: unescapeKql(raw), pattern: wildcard ? wildcardPattern(raw) : raw, wildcard, quoted: false };
  }

  /** Words up to a keyword, a special character or the end; the blanks between them belong to the value. */
  private unquoted(): string {
    const start = this.at;
    let end = start;
    while (this.match(/(?:\\u[0-9a-fA-F]{4}|\\[\s\S]|[^\\():<>"{}\s])+/y) !== null) {
      end = this.at;
      this.blanks();
      if (/(?:and|or|not)(?=\s|\()/iy.test(this.text.slice(this.at, this.at + 4))) break;
    }
    this.at = end;
    return this.text.slice(start, end);
  }

  private values(value: Literal, field: string): Query {
    const lenient = field.includes('*');
    if (value.quoted) return phraseQuery(field, value.text, { lenient });
    if (value.pattern === '*' && value.wildcard) return field === anyField ? matchAll : { kind: 'exists', field };
    if (field !== anyField && value.text === 'null') return boolQuery({ mustNot: [{ kind: 'exists', field }] });
    if (!value.wildcard) return matchQuery(field, value.text, { lenient });
    return anyOf(value.pattern.split(/\s+/).map((word) => patternQuery('wildcard', field, word, { normalized: true })));
  }

  private comparison(field: string, operator: string, value: Literal): Query {
    const name = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' }[operator] ?? 'gt';
    return rangeQuery(field, { [name]: value.text, timeZone: this.options.timeZone, lenient: field.includes('*') });
  }
}

const controls: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };

function unescapeKql(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code: string | undefined, char: string) =>
    code === undefined ? (controls[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Escapes of KQL become escapes of a wildcard pattern, in which `?` is special too. */
function wildcardPattern(raw: string): string {
  return raw.replace(/\\u[0-9a-fA-F]{4}|\\[\s\S]|\?/g, (part) => {
    const char = part === '?' ? part : unescapeKql(part);
    return /[*?\\]/.test(char) ? `\\${char}` : char;
  });
}
