import { requireType } from './check-types.ts';
import { parseExpression, takeField } from './parse-expression.ts';
import { isScalarStart, parseScalarStage } from './parse-scalar.ts';
import type { Expression, Relation, Selected, Spanset, Stage, TraceQuery } from './query.ts';
import { syntaxError } from './syntax-error.ts';
import { maxDepth, TokenReader } from './token-reader.ts';
import { innerOf } from './walk-query.ts';

/** In UTF-16 units. */
export const maxQueryLength = 32_768;
/** Of a pipeline; each is evaluated for each span. */
const maxStages = 50;

const relations: Readonly<Record<string, Relation>> = { '>>': 'descendant', '>': 'child', '<<': 'ancestor', '<': 'parent', '~': 'sibling' };
const modes = { '': 'plain', '!': 'negated', '&': 'union' } as const;

/** Operators of Tempo's language that make series of numbers, not sets of spans. */
const metrics = /^(?:rate|count_over_time|(?:min|max|avg|sum|quantile)_over_time|histogram_over_time|compare|topk|bottomk)$/;

/**
 * Reads TraceQL. Throws `AppError` `bad_request` with the position and what was expected there, also for what cannot be answered. An empty text
 * is `{}`: every trace.
 */
export function parseTraceQl(text: string): TraceQuery {
  if (text.length > maxQueryLength) throw syntaxError(text, maxQueryLength, `the query is longer than ${maxQueryLength} characters`);
  const reader = new TokenReader(text);
  if (reader.isAtEnd) return { stages: [{ kind: 'spanset', spanset: { kind: 'filter', condition: undefined } }] };
  const stages = parsePipeline(reader);
  parseHints(reader);
  if (!reader.isAtEnd) throw reader.error('an operator between sets of spans, "|" or the end was expected');
  return { stages };
}

function parsePipeline(reader: TokenReader): readonly Stage[] {
  const stages = [parseStage(reader, true)];
  while (reader.accept('|')) {
    if (stages.length === maxStages) throw reader.error(`a pipeline may have ${maxStages} steps`);
    stages.push(parseStage(reader, false));
  }
  return stages;
}

function parseStage(reader: TokenReader, isFirst: boolean): Stage {
  const { next } = reader;
  if (reader.isSymbol('{', '(')) return { kind: 'spanset', spanset: parseSpanset(reader) };
  if (isScalarStart(reader)) return parseScalarStage(reader);
  if (next.kind === 'word') {
    if (next.text === 'by') return parseBy(reader);
    if (next.text === 'select') return parseSelect(reader);
    if (next.text === 'coalesce') {
      if (isFirst) throw reader.error('a query cannot begin with coalesce()');
      reader.take();
      reader.expect('(', 'after coalesce');
      reader.expect(')', 'after coalesce(, which takes nothing');
      return { kind: 'coalesce' };
    }
    if (metrics.test(next.text)) throw reader.error(`${next.text}() makes a metric; meshscope answers TraceQL with traces only`);
  }
  throw reader.error('a set of spans in braces, count(), avg(), min(), max(), sum(), by(), select() or coalesce() was expected');
}

type SpansetOperator = Readonly<{ at: number; make: (left: Spanset, right: Spanset) => Spanset }>;

function takeSpansetOperator(reader: TokenReader, level: 'logical' | 'structural'): SpansetOperator | undefined {
  const { next } = reader;
  if (next.kind !== 'symbol') return undefined;
  if (next.text === '&&' || next.text === '||') {
    if (level === 'structural') return undefined;
    reader.take();
    const kind = next.text === '&&' ? 'both' : 'either';
    return { at: next.at, make: (left, right) => ({ kind, left, right }) };
  }
  const prefix = /^[!&]/.test(next.text) ? (next.text[0] as '!' | '&') : '';
  const relation = relations[next.text.slice(prefix.length)];
  if (relation === undefined || level === 'logical') return undefined;
  reader.take();
  return { at: next.at, make: (left, right) => ({ kind: 'related', relation, mode: modes[prefix], left, right }) };
}

/** Structural operators bind before `&&` and `||`, which bind alike; all from left to right. */
function parseSpanset(reader: TokenReader): Spanset {
  return parseSpansetChain(reader, 'logical', () => parseSpansetChain(reader, 'structural', () => parseOperand(reader)));
}

function parseSpansetChain(reader: TokenReader, level: 'logical' | 'structural', operand: () => Spanset): Spanset {
  let left = operand();
  let length = 0;
  for (let found = takeSpansetOperator(reader, level); found !== undefined; found = takeSpansetOperator(reader, level)) {
    if (++length > maxDepth) throw reader.error(`more than ${maxDepth} operators in a row`, found.at);
    left = found.make(left, operand());
  }
  return left;
}

function parseOperand(reader: TokenReader): Spanset {
  const { at } = reader.next;
  if (reader.accept('(')) {
    const stages = reader.nested(() => parsePipeline(reader));
    reader.expect(')', `to close the parenthesis at position ${at + 1}`);
    const [only, ...more] = stages;
    return only?.kind === 'spanset' && more.length === 0 ? only.spanset : { kind: 'pipeline', stages };
  }
  reader.expect('{', 'where a set of spans begins');
  if (reader.accept('}')) return { kind: 'filter', condition: undefined };
  const condition = parseExpression(reader);
  requireType(reader.text, condition, 'boolean', 'a condition in braces');
  reader.expect('}', `to close the brace at position ${at + 1}; a comparison or && or || may stand before it`);
  return { kind: 'filter', condition };
}

function parseBy(reader: TokenReader): Stage {
  reader.take();
  reader.expect('(', 'after by');
  const from = reader.next.at;
  const of = parseExpression(reader);
  if (!namesField(of)) throw reader.error('by() needs a field of the spans', from);
  const text = reader.text.slice(from, reader.previousEnd);
  reader.expect(')', 'to close by(');
  return { kind: 'by', of, text };
}

const namesField = (expression: Expression): boolean => expression.kind === 'field' || innerOf(expression).some(namesField);

function parseSelect(reader: TokenReader): Stage {
  reader.take();
  reader.expect('(', 'after select');
  const fields: Selected[] = [];
  do {
    const { at } = reader.next;
    const field = takeField(reader);
    if (field === undefined) throw reader.error('select() takes fields, such as .http.method or duration');
    fields.push({ text: reader.text.slice(at, reader.previousEnd), field });
  } while (reader.accept(','));
  reader.expect(')', 'to close select(, or a comma');
  return { kind: 'select', fields };
}

/** `with (most_recent=true)`: the newest traces come first anyway. */
function parseHints(reader: TokenReader): void {
  const { next } = reader;
  if (next.kind !== 'word' || next.text !== 'with') return;
  reader.take();
  reader.expect('(', 'after with');
  do {
    const hint = reader.take();
    if (hint.kind !== 'word' || hint.text !== 'most_recent') throw reader.error('the only hint is most_recent=true', hint.at);
    reader.expect('=', 'after most_recent');
    const value = reader.take();
    if (value.kind !== 'word' || (value.text !== 'true' && value.text !== 'false'))
      throw reader.error('most_recent is true or false', value.at);
  } while (reader.accept(','));
  reader.expect(')', 'to close with(');
}
