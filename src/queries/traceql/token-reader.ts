import { syntaxError } from './syntax-error.ts';
import { type Token, tokenize } from './tokens.ts';

/** How deep parentheses may be nested, and how long a chain of operators of one level may be where each makes the tree deeper. */
export const maxDepth = 200;

/** Steps through the tokens of one query. */
export class TokenReader {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  /** Where the token before this one ended. */
  get previousEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  get isAtEnd(): boolean {
    return this.next.kind === 'end';
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  isSymbol(...texts: readonly string[]): boolean {
    const { next } = this;
    return next.kind === 'symbol' && texts.includes(next.text);
  }

  /** Takes the symbol if it is next. */
  accept(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.#at++;
    return true;
  }

  expect(text: string, why: string): void {
    if (!this.accept(text)) throw this.error(`${JSON.stringify(text)} was expected ${why}`);
  }

  error(problem: string, at = this.next.at): Error {
    return syntaxError(this.text, at, problem);
  }

  /** Reads something inside the present thing. */
  nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) throw this.error(`this is nested more than ${maxDepth} deep`);
    const result = read();
    this.#depth--;
    return result;
  }
}
