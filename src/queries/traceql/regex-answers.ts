import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { matchSql } from './attribute-condition.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { fieldValue } from './field-value.ts';
import type { Expression, TraceQuery } from './query.ts';
import type { TraceView } from './trace-view.ts';
import { isList, isMany, type Matches, type Value } from './values.ts';
import { expressionsOf } from './walk-query.ts';

type Pattern = Readonly<{ text: string; of: Expression }>;

/**
 * Regular expressions are those of the engine (RE2, as in Tempo): they take linear time whatever the pattern, which JavaScript's do not. So the
 * texts of a batch of traces are collected first, and the engine answers which of them match.
 */
export class RegexAnswers {
  readonly #patterns: readonly Pattern[];
  readonly #engine: Pick<Engine, 'select'>;
  readonly #answers = new Map<string, Map<string, boolean>>();

  private constructor(engine: Pick<Engine, 'select'>, patterns: readonly Pattern[]) {
    this.#engine = engine;
    this.#patterns = patterns;
  }

  /** Throws `AppError` `bad_request` for what is no regular expression. */
  static async create(engine: Pick<Engine, 'select'>, query: TraceQuery): Promise<RegexAnswers> {
    const patterns = patternsOf(query);
    for (const text of new Set(patterns.map((pattern) => pattern.text))) {
      if (hasStrayParenthesis(text)) throw badPattern(text);
      try {
        await engine.select(`SELECT ${matchSql(`materialize('')`, text)} AS matched`);
      } catch (error) {
        const { message } = ((error as Error).cause ?? error) as Error;
        if (!(error instanceof AppError) || !/Code: 427\b/.test(message)) throw error;
        throw badPattern(text);
      }
    }
    return new RegexAnswers(engine, patterns);
  }

  readonly matches: Matches = (pattern, text) => {
    const answer = this.#answers.get(pattern)?.get(text);
    if (answer === undefined) throw new Error(`BUG: nobody asked the engine about ${JSON.stringify(text.slice(0, 100))}`);
    return answer;
  };

  /** Has the engine answer for every text of these traces. Must be called before they are evaluated. */
  async learn(views: readonly TraceView[], limits: QueryLimits): Promise<void> {
    const wanted = new Map<string, Set<string>>();
    for (const { text: pattern, of } of this.#patterns) {
      const known = this.#answers.get(pattern);
      const texts = wanted.get(pattern) ?? new Set<string>();
      wanted.set(pattern, texts);
      const never: Matches = () => false;
      for (const view of views) {
        for (const at of view.trace.spans.keys()) {
          for (const text of textsOf(evaluateExpression(of, (field) => fieldValue(view, at, field), never)))
            if (!known?.has(text)) texts.add(text);
        }
      }
    }
    for (const [pattern, texts] of wanted) for (const part of inParts([...texts])) await this.#ask(pattern, part, limits);
  }

  async #ask(pattern: string, texts: readonly string[], limits: QueryLimits): Promise<void> {
    const [row] = await this.#engine.select(
      `SELECT arrayMap(v -> toUInt8(${matchSql('v', pattern)}), [${texts.map(sqlString).join(', ')}]) AS answers`,
      limits,
    );
    const given = row?.answers as readonly unknown[];
    const answers = this.#answers.get(pattern) ?? new Map<string, boolean>();
    this.#answers.set(pattern, answers);
    for (const [at, text] of texts.entries()) answers.set(text, Number(given[at]) === 1);
  }
}

const badPattern = (text: string) =>
  new AppError('bad_request', `TraceQL: ${JSON.stringify(text.slice(0, 100))} is no regular expression that RE2 knows.`);

/** Where a class of characters that begins at `at` ends: behind its `]`, of which the first may stand for itself. */
function classEnd(pattern: string, at: number): number {
  let next = at + 1;
  if (pattern[next] === '^') next++;
  if (pattern[next] === ']') next++;
  for (; next < pattern.length && pattern[next] !== ']'; next++) {
    if (pattern[next] === '\\') next++;
    else if (pattern.startsWith('[:', next)) {
      const named = /[a-z^]*:\]/y;
      named.lastIndex = next + 2;
      if (named.test(pattern)) next = named.lastIndex - 1;
    }
  }
  return next + 1;
}

/** Whether a parenthesis is closed that was not opened; the engine takes it, and it would close the parentheses around the pattern. */
export function hasStrayParenthesis(pattern: string): boolean {
  let open = 0;
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at];
    if (pattern.startsWith('\\Q', at)) {
      const end = pattern.indexOf('\\E', at);
      at = end < 0 ? pattern.length : end + 2;
    } else if (char === '\\') at += 2;
    else if (char === '[') at = classEnd(pattern, at);
    else {
      if (char === '(') open++;
      if (char === ')' && --open < 0) return true;
      at++;
    }
  }
  return false;
}

function textsOf(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  if (isMany(value)) return value.many.flatMap(textsOf);
  return isList(value) ? value.list.flatMap(textsOf) : [];
}

/** Of a statement, in UTF-16 units. */
const maxPartLength = 4_000_000;

function inParts(texts: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    length += text.length + 4;
    if (length > maxPartLength) {
      parts.push([]);
      length = text.length;
    }
    parts.at(-1)?.push(text);
  }
  return parts;
}

function patternsOf(query: TraceQuery): readonly Pattern[] {
  return expressionsOf(query).flatMap((expression) => {
    const isPattern = expression.kind === 'compare' && (expression.operator === '=~' || expression.operator === '!~');
    if (!isPattern || expression.right.kind !== 'literal' || typeof expression.right.value !== 'string') return [];
    return [{ text: expression.right.value, of: expression.left }];
  });
}
