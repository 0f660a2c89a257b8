import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import {
  allOf,
  anyField,
  anyOf,
  boolQuery,
  type Fuzziness,
  matchAll,
  matchNone,
  matchQuery,
  patternQuery,
  phraseQuery,
  type Query,
} from '../query.ts';

export type SimpleQueryStringOptions = Readonly<{
  fields: readonly string[];
  operator: 'or' | 'and';
  lenient: boolean;
  /** `ALL`, `NONE` or names joined by `|`: AND OR NOT PREFIX PHRASE PRECEDENCE ESCAPE WHITESPACE FUZZY NEAR SLOP. */
  flags: string;
  minimumShouldMatch: string | undefined;
  fuzziness: Omit<Fuzziness, 'edits'>;
  countClauses: (count: number) => void;
}>;

const flagNames = ['AND', 'OR', 'NOT', 'PREFIX', 'PHRASE', 'PRECEDENCE', 'ESCAPE', 'WHITESPACE', 'FUZZY', 'NEAR', 'SLOP'] as const;
type Flag = (typeof flagNames)[number];

const maxDepth = 30;
const maxLength = 1_000_000;

function parseFlags(text: string): ReadonlySet<Flag> {
  const names = text
    .toUpperCase()
    .split('|')
    .map((name) => name.trim());
  if (names.includes('ALL') || text.trim() === '') return new Set(flagNames);
  const known = flagNames.filter((flag) => names.includes(flag));
  const unknown = names.find((name) => name !== 'NONE' && !known.some((flag) => flag === name));
  if (unknown !== undefined) throw illegalArgument(`Unknown simple_query_string flag [${unknown}]`);
  return new Set(known);
}

/**
 * Elasticsearch's `simple_query_string`: `+` and, `|` or, `-` not, `"…"` phrase, `*` prefix, `~N`, parentheses. Operators
 * group from left to right. Wrong syntax never fails; only depth and size have limits.
 */
export function parseSimpleQueryString(text: string, options: SimpleQueryStringOptions): Query {
  if (text.length > maxLength) throw illegalArgument(`The query is longer than ${maxLength} characters`);
  const query = new SimpleParser(text, options).parse();
  if (options.minimumShouldMatch === undefined || query.kind !== 'bool' || query.should.length === 0) return query;
  return { ...query, minimumShouldMatch: options.minimumShouldMatch };
}

/** For each `(` the offset of its `)`; a bracket without partner is missing here and skipped by the parser. */
function matchBrackets(text: string, escapes: boolean): ReadonlyMap<number, number> {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text[at] === '(') open.push(at);
    else if (text[at] === ')') {
      const start = open.pop();
      if (start !== undefined) partners.set(start, at);
    }
  }
  return partners;
}

type Operator = 'and' | 'or';

/** `parts` are joined by `operator`; `next` is the operator read in front of the next part. */
type Scope = { parts: Query[]; operator: Operator | undefined; next: Operator | undefined; negations: number };

class SimpleParser {
  private readonly text: string;
  private readonly options: SimpleQueryStringOptions;
  private readonly flags: ReadonlySet<Flag>;
  private readonly brackets: ReadonlyMap<number, number>;
  private depth = 0;

  constructor(text: string, options: SimpleQueryStringOptions) {
    this.text = text;
    this.options = options;
    this.flags = parseFlags(options.flags);
    this.brackets = this.flags.has('PRECEDENCE') ? matchBrackets(text, this.flags.has('ESCAPE')) : new Map();
  }

  parse(): Query {
    if (this.text.trim() === '*') return this.any();
    return this.scope(0, this.text.length) ?? matchNone;
  }

  private any(): Query {
    return this.overFields((field) => (field === anyField ? matchAll : { kind: 'exists', field }));
  }

  private overFields(build: (field: string) => Query): Query {
    this.options.countClauses(1);
    return anyOf(this.options.fields.map(build));
  }

  private scope(start: number, end: number): Query | undefined {
    this.depth += 1;
    if (this.depth > maxDepth) throw illegalArgument(`The query nests more than ${maxDepth} parentheses`);
    const scope: Scope = { parts: [], operator: undefined, next: undefined, negations: 0 };
    let at = start;
    while (at < end) at = this.step(scope, at, end);
    this.depth -= 1;
    return scope.parts.length === 0 ? undefined : joined(scope);
  }

  /** Reads one thing and returns the offset behind it. */
  private step(scope: Scope, at: number, end: number): number {
    const char = this.text[at] as string;
    if (char === '(' && this.flags.has('PRECEDENCE')) {
      const close = this.brackets.get(at);
      if (close === undefined || close > end) return at + 1;
      this.join(scope, this.scope(at + 1, close));
      return close + 1;
    }
    if (char === ')' && this.flags.has('PRECEDENCE')) return at + 1;
    if (char === '"' && this.flags.has('PHRASE')) return this.phrase(scope, at, end);
    if ((char === '+' && this.flags.has('AND')) || (char === '|' && this.flags.has('OR'))) {
      if (scope.next === undefined && scope.parts.length > 0) scope.next = char === '+' ? 'and' : 'or';
      return at + 1;
    }
    if (char === '-' && this.flags.has('NOT')) {
      scope.negations += 1;
      return at + 1;
    }
    if (this.isBlank(char)) {
      scope.negations = 0;
      return at + 1;
    }
    return this.word(scope, at, end);
  }

  private isBlank(char: string): boolean {
    return /[ \t\n\r]/.test(char) && this.flags.has('WHITESPACE');
  }

  private phrase(scope: Scope, at: number, end: number): number {
    let text = '';
    let next = at + 1;
    while (next < end && this.text[next] !== '"') {
      if (this.text[next] === '\\' && this.flags.has('ESCAPE') && next + 1 < end) next += 1;
      text += this.text[next];
      next += 1;
    }
    // A quote without partner is skipped, and what follows is read as words.
    if (next >= end) return at + 1;
    next += 1;
    const slop = /~(\d{0,9})/y;
    slop.lastIndex = next;
    const found = this.flags.has('NEAR') || this.flags.has('SLOP') ? slop.exec(this.text) : null;
    const moves = found?.[1] === undefined || found[1] === '' ? 0 : Number(found[1]);
    this.join(
      scope,
      this.overFields((field) => phraseQuery(field, text, { slop: moves, lenient: this.lenient(field) })),
    );
    return next + (found?.[0].length ?? 0);
  }

  private endsWord(char: string): boolean {
    return (
      (char === '"' && this.flags.has('PHRASE')) ||
      (char === '|' && this.flags.has('OR')) ||
      (char === '+' && this.flags.has('AND')) ||
      ((char === '(' || char === ')') && this.flags.has('PRECEDENCE')) ||
      this.isBlank(char)
    );
  }

  private word(scope: Scope, at: number, end: number): number {
    let text = '';
    let next = at;
    let prefix = false;
    while (next < end && !this.endsWord(this.text[next] as string)) {
      prefix = false;
      if (this.text[next] === '\\' && this.flags.has('ESCAPE') && next + 1 < end) next += 1;
      else if (this.text[next] === '*' && this.flags.has('PREFIX')) prefix = true;
      else if (this.text[next] === '~' && this.flags.has('FUZZY') && text !== '') {
        const found = /^~(\d{0,9})$/.exec(this.untilWordEnd(next, end));
        if (found !== null) {
          this.join(scope, this.fuzzy(text, found[1] ?? ''));
          return next + found[0].length;
        }
      }
      text += this.text[next];
      next += 1;
    }
    if (prefix) {
      const value = text.slice(0, -1);
      this.join(scope, value === '' ? this.any() : this.overFields((field) => patternQuery('prefix', field, value, { normalized: true })));
    } else {
      this.join(
        scope,
        this.overFields((field) => matchQuery(field, text, { lenient: this.lenient(field), operator: this.options.operator })),
      );
    }
    return next;
  }

  private untilWordEnd(at: number, end: number): string {
    let next = at;
    while (next < end && next - at < 12 && !this.endsWord(this.text[next] as string)) next += 1;
    return this.text.slice(at, next);
  }

  private fuzzy(value: string, amount: string): Query {
    const edits = amount === '' ? 2 : Math.min(2, Number(amount));
    return this.overFields((field) => ({
      kind: 'fuzzy',
      field,
      value,
      fuzziness: { edits, ...this.options.fuzziness },
      normalized: true,
    }));
  }

  private lenient(field: string): boolean {
    return this.options.lenient || field.includes('*') || this.options.fields.length > 1;
  }

  /** Adds a clause; a change of operator wraps what stands to its left. */
  private join(scope: Scope, branch: Query | undefined): void {
    if (branch === undefined) return;
    const query = scope.negations % 2 === 1 ? boolQuery({ mustNot: [branch] }) : branch;
    scope.negations = 0;
    const operator = scope.parts.length === 0 ? undefined : (scope.next ?? this.options.operator);
    if (scope.operator !== undefined && operator !== scope.operator) scope.parts = [joined(scope)];
    scope.parts.push(query);
    scope.operator = operator;
    scope.next = undefined;
  }
}

function joined({ parts, operator }: Scope): Query {
  return operator === 'and' ? allOf(parts) : anyOf(parts);
}
