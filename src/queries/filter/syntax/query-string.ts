import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import {
  anyField,
  anyOf,
  type BoolQuery,
  boolQuery,
  type Fuzziness,
  matchAll,
  matchNone,
  matchQuery,
  patternQuery,
  phraseQuery,
  type Query,
  rangeQuery,
} from '../query.ts';
import { LuceneSyntaxError, type LuceneToken, luceneTokens, unescapeLucene } from './lucene-tokens.ts';

export type QueryStringOptions = Readonly<{
  /** Fields for terms that name none; `anyField` and patterns are allowed. */
  fields: readonly string[];
  operator: 'or' | 'and';
  lenient: boolean;
  allowLeadingWildcard: boolean;
  timeZone: string | undefined;
  phraseSlop: number;
  minimumShouldMatch: string | undefined;
  fuzziness: Fuzziness;
  countClauses: (count: number) => void;
}>;

export const defaultQueryStringOptions: QueryStringOptions = {
  fields: [anyField],
  operator: 'or',
  lenient: false,
  allowLeadingWildcard: true,
  timeZone: undefined,
  phraseSlop: 0,
  minimumShouldMatch: undefined,
  fuzziness: { edits: { low: 3, high: 6 }, prefixLength: 0, transpositions: true },
  countClauses: () => {},
};

const maxDepth = 30;
const maxLength = 1_000_000;

type Clause = { query: Query | undefined; occur: 'must' | 'should' | 'mustNot' };
type Conjunction = 'none' | 'and' | 'or';
type Modifier = 'none' | 'required' | 'prohibited';
type TermToken = Extract<LuceneToken, { kind: 'term' }>;

/** What may not follow the last of several bare words, else that word stands alone. */
const endsWords: ReadonlySet<LuceneToken['kind']> = new Set(['colon', 'star', 'tilde', 'caret', 'and', 'or']);

/** `\` before every character that means something to Lucene. */
export function escapeQueryString(text: string): string {
  return text.replace(/[+\-!():^[\]"{}~*?\\/&|<>=]/g, '\\$&');
}

/**
 * Lucene's classic syntax as Elasticsearch's `query_string` reads it. `AND` and `OR` have no precedence: they set flags on
 * the clauses beside them (`a OR b AND c` needs b and c). Throws `AppError` of type `query_shard_exception`.
 */
export function parseQueryString(text: string, options: QueryStringOptions = defaultQueryStringOptions): Query {
  if (text.trim() === '') return matchNone;
  if (text.length > maxLength) throw illegalArgument(`The query is longer than ${maxLength} characters`);
  try {
    return new QueryStringParser(luceneTokens(text), options).parse();
  } catch (error) {
    if (!(error instanceof LuceneSyntaxError)) throw error;
    throw elasticsearchError('query_shard_exception', `Failed to parse query [${text.slice(0, 1000)}]`);
  }
}

class QueryStringParser {
  private readonly tokens: readonly LuceneToken[];
  private readonly options: QueryStringOptions;
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly LuceneToken[], options: QueryStringOptions) {
    this.tokens = tokens;
    this.options = options;
  }

  parse(): Query {
    const clauses = this.clauses(undefined);
    if (this.at < this.tokens.length) throw new LuceneSyntaxError('unmatched )');
    const { minimumShouldMatch } = this.options;
    const [only] = clauses;
    if (minimumShouldMatch === undefined) return asQuery(clauses, undefined);
    if (clauses.length === 1 && only !== undefined && only.occur !== 'mustNot') return this.withMinimum(only.query, minimumShouldMatch);
    return asQuery(clauses, clauses.some(({ occur }) => occur === 'should') ? minimumShouldMatch : undefined);
  }

  /** `minimum_should_match` of a query that is one run of words counts words, field by field. */
  private withMinimum(query: Query | undefined, minimumShouldMatch: string): Query {
    if (query === undefined) return matchNone;
    if (query.kind === 'match') return { ...query, minimumShouldMatch };
    if (query.kind === 'bool' && query.should.every(({ kind }) => kind === 'match')) {
      return { ...query, should: query.should.map((inner) => this.withMinimum(inner, minimumShouldMatch)) };
    }
    return query.kind === 'bool' && query.should.length > 0 ? { ...query, minimumShouldMatch } : query;
  }

  private peek(ahead = 0): LuceneToken['kind'] | undefined {
    return this.tokens[this.at + ahead]?.kind;
  }

  private take<K extends LuceneToken['kind']>(...kinds: readonly K[]): Extract<LuceneToken, { kind: K }> | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || !kinds.some((kind) => kind === token.kind)) return undefined;
    this.at += 1;
    return token as Extract<LuceneToken, { kind: K }>;
  }

  private clauses(field: string | undefined): Clause[] {
    const clauses: Clause[] = [];
    let first = true;
    while (this.at < this.tokens.length && this.peek() !== 'close') {
      const words = this.words();
      if (words.length > 1) {
        this.options.countClauses(words.length);
        const query = this.text(field, words.map(({ text }) => unescapeLucene(text)).join(' '));
        clauses.push({ query, occur: this.options.operator === 'or' ? 'should' : 'must' });
      } else {
        const conjunction = first ? 'none' : this.conjunction();
        const modifier = this.modifier();
        this.add(clauses, conjunction, modifier, this.clause(field));
      }
      first = false;
    }
    if (first) throw new LuceneSyntaxError('empty query');
    return clauses;
  }

  /** Bare words side by side are one text for the field's analyzer, so that a whole value with blanks can match. */
  private words(): TermToken[] {
    const words: TermToken[] = [];
    if (this.peek() !== 'term' || this.peek(1) !== 'term' || this.endsHere(2)) return words;
    do {
      const token = this.take('term');
      if (token !== undefined) words.push(token);
    } while (this.peek() === 'term' && !this.endsHere(1));
    return words;
  }

  private endsHere(ahead: number): boolean {
    const kind = this.peek(ahead);
    return kind !== undefined && endsWords.has(kind);
  }

  private conjunction(): Conjunction {
    if (this.take('and') !== undefined) return 'and';
    return this.take('or') !== undefined ? 'or' : 'none';
  }

  private modifier(): Modifier {
    if (this.take('plus') !== undefined) return 'required';
    return this.take('minus', 'not') !== undefined ? 'prohibited' : 'none';
  }

  private add(clauses: Clause[], conjunction: Conjunction, modifier: Modifier, query: Query | undefined): void {
    const previous = clauses.at(-1);
    const andByDefault = this.options.operator === 'and';
    if (previous !== undefined && previous.occur !== 'mustNot') {
      if (conjunction === 'and') previous.occur = 'must';
      if (conjunction === 'or' && andByDefault) previous.occur = 'should';
    }
    if (query === undefined) return;
    this.options.countClauses(1);
    const required = andByDefault ? conjunction !== 'or' : modifier === 'required' || conjunction === 'and';
    clauses.push({ query, occur: modifier === 'prohibited' ? 'mustNot' : required ? 'must' : 'should' });
  }

  private clause(outer: string | undefined): Query | undefined {
    let field = outer;
    if (this.peek(1) === 'colon') {
      const name = this.take('term', 'star');
      if (name !== undefined) {
        field = name.kind === 'star' ? anyField : unescapeLucene(name.text);
        this.at += 1;
      }
    }
    if (this.take('open') === undefined) return this.term(field);
    this.depth += 1;
    if (this.depth > maxDepth) {
      throw illegalArgument(`The query nests more than ${maxDepth} parentheses`);
    }
    const query = asQuery(this.clauses(field), undefined);
    if (this.take('close') === undefined) throw new LuceneSyntaxError('missing )');
    this.take('caret');
    this.depth -= 1;
    return query;
  }

  private term(field: string | undefined): Query | undefined {
    const token = this.take('term', 'quoted', 'prefix', 'wildcard', 'regexp', 'star', 'range', 'bare-operator');
    if (token === undefined) throw new LuceneSyntaxError('a term was expected');
    const compared = token.kind === 'term' ? this.comparison(token) : undefined;
    const fuzzy = this.suffixes();
    if (compared !== undefined && field !== undefined) return this.comparisonRange(field, compared);
    switch (token.kind) {
      case 'bare-operator':
        return undefined;
      case 'star':
        return field === undefined || field === anyField ? matchAll : { kind: 'exists', field };
      case 'range':
        return this.overFields(field, (name) => this.range(name, token));
      case 'quoted':
        return this.quoted(field, unescapeLucene(token.text), fuzzy);
      case 'term':
        return fuzzy === undefined
          ? this.text(field, unescapeLucene(token.text))
          : this.overFields(field, (name) => this.fuzzy(name, unescapeLucene(token.text), fuzzy));
      default:
        return this.overFields(field, (name) => this.pattern(name, token.kind, token.text));
    }
  }

  /** `~amount` and `^boost` in either order; returns the amount. */
  private suffixes(): string | undefined {
    const early = this.take('tilde');
    this.take('caret');
    return (early ?? this.take('tilde'))?.amount;
  }

  /** `>=10`; also `>="2024-01-01T00:00:00Z"`, which Lucene itself would read as two clauses. */
  private comparison(token: TermToken): readonly [string, string] | undefined {
    const found = /^([<>]=?)([\s\S]*)$/.exec(token.text);
    const [, operator, rest] = found ?? [];
    if (operator === undefined || rest === undefined) return undefined;
    if (rest !== '') return [operator, unescapeLucene(rest)];
    const next = this.tokens[this.at];
    if (next?.kind !== 'quoted' || next.start !== token.end) return undefined;
    this.at += 1;
    return [operator, unescapeLucene(next.text)];
  }

  private comparisonRange(field: string, [operator, value]: readonly [string, string]): Query {
    const name = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' }[operator] ?? 'gt';
    return rangeQuery(field, { [name]: value, timeZone: this.options.timeZone, lenient: this.lenient(field) });
  }

  private lenient(field: string): boolean {
    return this.options.lenient || field.includes('*') || this.options.fields.length > 1;
  }

  private overFields(field: string | undefined, build: (name: string) => Query): Query {
    return anyOf((field === undefined ? this.options.fields : [field]).map(build));
  }

  private text(field: string | undefined, text: string): Query {
    if (field === '_exists_') return { kind: 'exists', field: text };
    const { operator } = this.options;
    return this.overFields(field, (name) => matchQuery(name, text, { operator, lenient: this.lenient(name) }));
  }

  private quoted(field: string | undefined, text: string, slop: string | undefined): Query {
    if (field === '_exists_') return { kind: 'exists', field: text };
    const moves = slop === undefined || slop === '' ? this.options.phraseSlop : Math.trunc(Number(slop));
    return this.overFields(field, (name) => phraseQuery(name, text, { slop: moves, lenient: this.lenient(name) }));
  }

  private fuzzy(field: string, value: string, amount: string): Query {
    const fuzziness = amount === '' ? this.options.fuzziness : { ...this.options.fuzziness, edits: editsOf(amount, value) };
    return { kind: 'fuzzy', field, value, fuzziness, normalized: true };
  }

  private pattern(field: string, kind: 'prefix' | 'wildcard' | 'regexp', text: string): Query {
    if (kind !== 'regexp' && !this.options.allowLeadingWildcard && /^[*?]/.test(text)) {
      throw new LuceneSyntaxError('a wildcard may not be the first character');
    }
    const value = kind === 'prefix' ? unescapeLucene(text.slice(0, -1)) : text;
    return patternQuery(kind, field, value, { normalized: true });
  }

  private range(field: string, token: Extract<LuceneToken, { kind: 'range' }>): Query {
    const from = boundOf(token.from);
    const to = boundOf(token.to);
    return rangeQuery(field, {
      ...(from === undefined ? {} : { [token.includeFrom ? 'gte' : 'gt']: from }),
      ...(to === undefined ? {} : { [token.includeTo ? 'lte' : 'lt']: to }),
      timeZone: this.options.timeZone,
      lenient: this.lenient(field),
    });
  }
}

function boundOf(text: string): string | undefined {
  if (text.startsWith('"')) return unescapeLucene(text.slice(1));
  return text === '*' ? undefined : unescapeLucene(text);
}

/** Below 1 the amount is the old form: the similarity that must remain. */
function editsOf(amount: string, value: string): number {
  const number = Number(amount);
  const edits = number >= 1 || number === 0 ? Math.trunc(number) : Math.trunc((1 - number) * [...value].length);
  return Math.min(2, edits);
}

function asQuery(clauses: readonly Clause[], minimumShouldMatch: string | undefined): Query {
  const of = (occur: Clause['occur']) => clauses.flatMap((clause) => (clause.occur === occur && clause.query ? [clause.query] : []));
  const query: BoolQuery = boolQuery({ must: of('must'), should: of('should'), mustNot: of('mustNot'), minimumShouldMatch });
  const [first] = [...query.must, ...query.should];
  const single = query.must.length + query.should.length === 1 && query.mustNot.length === 0;
  if (single && first !== undefined) return first;
  return query.must.length + query.should.length + query.mustNot.length === 0 ? matchNone : query;
}
