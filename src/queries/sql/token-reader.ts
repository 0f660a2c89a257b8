import { AppError } from '../../lib/errors.ts';
import { type SqlToken, sqlTokens, wrongSql } from './sql-tokens.ts';

/** Words that begin or join clauses, so they are no names of columns or tables unless they are quoted. */
const reserved = new Set(
  `select from where group by having order limit offset union all distinct with as on using join inner left right full outer cross asof any semi anti global array
  prewhere final sample settings format into outfile qualify window over fetch intersect except and or not in is like ilike between case when then else end
  interval cast null true false asc desc nulls exists totals rollup cube fill apply columns paste top limits parallel`
    .trim()
    .split(/\s+/),
);

/** Parentheses within parentheses; each takes a few frames of the stack. */
const maxDepth = 60;

/** Reads tokens one after another. Keywords are compared without regard to case. */
export class TokenReader {
  readonly #tokens: readonly SqlToken[];
  #at = 0;
  #depth = 0;
  /** Names that stand for a value somewhere, with the place of the first, and names that something was given. */
  readonly #used = new Map<string, number>();
  readonly #defined = new Set<string>();

  constructor(text: string) {
    this.#tokens = sqlTokens(text);
  }

  peek(ahead = 0): SqlToken {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as SqlToken;
  }

  next(): SqlToken {
    const token = this.peek();
    this.#at++;
    return token;
  }

  isWord(word: string, ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'word' && text.toLowerCase() === word;
  }

  isSign(sign: string, ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'sign' && text === sign;
  }

  /** The words, if all of them come next. */
  takeWords(...words: readonly string[]): boolean {
    if (!words.every((word, at) => this.isWord(word, at))) return false;
    this.#at += words.length;
    return true;
  }

  takeSign(...signs: readonly string[]): string | undefined {
    const found = signs.find((sign) => this.isSign(sign));
    if (found !== undefined) this.#at++;
    return found;
  }

  needWord(word: string): void {
    if (!this.takeWords(word)) throw this.unexpected(word.toUpperCase());
  }

  needSign(sign: string): void {
    if (this.takeSign(sign) === undefined) throw this.unexpected(JSON.stringify(sign));
  }

  /** Whether the next token can be a name; keywords cannot. */
  isName(ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === 'name' || (kind === 'word' && !reserved.has(text.toLowerCase()));
  }

  needName(what: string): string {
    if (!this.isName()) throw this.unexpected(what);
    return this.next().text;
  }

  needValueName(what: string): string {
    const { at } = this.peek();
    const name = this.needName(what);
    if (!this.#used.has(name)) this.#used.set(name, at);
    return name;
  }

  defineName(what: string): string {
    const name = this.needName(what);
    this.#defined.add(name);
    return name;
  }

  /** Throws for a name that nothing in the statement has, because the engine would look for it elsewhere: among its functions, for one. */
  checkNames(known: ReadonlySet<string>): void {
    for (const [name, at] of this.#used)
      if (!known.has(name) && !this.#defined.has(name))
        throw wrongSql(at, `no table here has a column ${JSON.stringify(name.slice(0, 50))}.`);
  }

  needCount(): string {
    const { kind, text } = this.peek();
    if (kind !== 'number' || !/^\d{1,9}$/.test(text)) throw this.unexpected('a number');
    this.next();
    return text;
  }

  /** One level deeper. Throws where a statement is nested too deep. */
  within<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw new AppError('too_large', `A statement is nested at most ${maxDepth} levels deep.`);
    const value = read();
    this.#depth--;
    return value;
  }

  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takeSign(',')) items.push(read());
    return items;
  }

  fail(message: string): AppError {
    return wrongSql(this.peek().at, message);
  }

  unexpected(wanted: string): AppError {
    const { kind, text } = this.peek();
    return this.fail(`${wanted} is expected here, not ${kind === 'end' ? 'the end' : JSON.stringify(text.slice(0, 50))}.`);
  }
}
