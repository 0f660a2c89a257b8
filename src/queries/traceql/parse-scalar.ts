import { calculate } from './calculate.ts';
import { requireType } from './check-types.ts';
import { parseExpression } from './parse-expression.ts';
import type { Aggregate, ArithmeticOperator, Scalar, ScalarComparison, Stage } from './query.ts';
import { maxDepth, type TokenReader } from './token-reader.ts';

const aggregates: readonly string[] = ['count', 'avg', 'min', 'max', 'sum'] satisfies readonly Aggregate[];
const comparisons: readonly string[] = ['=', '!=', '>', '>=', '<', '<='] satisfies readonly ScalarComparison[];

export function isScalarStart(reader: TokenReader): boolean {
  const { next } = reader;
  return next.kind === 'number' || reader.isSymbol('-') || (next.kind === 'word' && aggregates.includes(next.text));
}

/** `count() > 2`, `max(duration) - min(duration) > 1s`: keeps the sets of spans for which it is true. */
export function parseScalarStage(reader: TokenReader): Stage {
  const { at } = reader.next;
  const left = parseSum(reader);
  const { next } = reader;
  if (next.kind !== 'symbol' || !comparisons.includes(next.text))
    throw reader.error(`one of ${comparisons.join(' ')} was expected, as in count() > 2`);
  reader.take();
  const right = parseSum(reader);
  if (!hasAggregate(left) && !hasAggregate(right))
    throw reader.error('a comparison of numbers needs count(), avg(), min(), max() or sum()', at);
  return { kind: 'scalar', operator: next.text as ScalarComparison, left, right };
}

const hasAggregate = (scalar: Scalar): boolean =>
  scalar.kind === 'aggregate' || (scalar.kind === 'calculate' && (hasAggregate(scalar.left) || hasAggregate(scalar.right)));

const parseSum = (reader: TokenReader): Scalar =>
  parseChain(reader, ['+', '-'], () => parseChain(reader, ['*', '/', '%'], () => parsePower(reader)));

function parseChain(reader: TokenReader, operators: readonly string[], operand: () => Scalar): Scalar {
  let left = operand();
  for (let length = 0; reader.isSymbol(...operators); length++) {
    if (length === maxDepth) throw reader.error(`more than ${maxDepth} operators in a row`);
    const operator = (reader.take() as { text: string }).text as ArithmeticOperator;
    left = calculation(reader, operator, left, operand());
  }
  return left;
}

function parsePower(reader: TokenReader): Scalar {
  const base = parseOperand(reader);
  return reader.accept('^')
    ? calculation(
        reader,
        '^',
        base,
        reader.nested(() => parsePower(reader)),
      )
    : base;
}

function calculation(reader: TokenReader, operator: ArithmeticOperator, left: Scalar, right: Scalar): Scalar {
  if (left.kind !== 'number' || right.kind !== 'number') return { kind: 'calculate', operator, left, right };
  const value = calculate(operator, left.value, right.value);
  if (value === undefined) throw reader.error('this calculation has no result');
  return { kind: 'number', value };
}

function parseOperand(reader: TokenReader): Scalar {
  if (reader.accept('-'))
    return calculation(
      reader,
      '*',
      { kind: 'number', value: -1 },
      reader.nested(() => parseOperand(reader)),
    );
  if (reader.accept('(')) {
    const inner = reader.nested(() => parseSum(reader));
    reader.expect(')', 'to close the parenthesis');
    return inner;
  }
  const token = reader.take();
  if (token.kind === 'number') return { kind: 'number', value: Number(token.value) };
  if (token.kind === 'word' && aggregates.includes(token.text)) return parseAggregate(reader, token.text as Aggregate);
  throw reader.error('a number, a duration or count(), avg(), min(), max(), sum() was expected', token.at);
}

function parseAggregate(reader: TokenReader, aggregate: Aggregate): Scalar {
  reader.expect('(', `after ${aggregate}`);
  if (aggregate === 'count') {
    reader.expect(')', 'after count(, which takes nothing');
    return { kind: 'aggregate', aggregate, of: undefined };
  }
  const of = parseExpression(reader);
  requireType(reader.text, of, 'number', `${aggregate}()`);
  if (of.kind === 'literal') throw reader.error(`${aggregate}() needs a field of the spans`, of.at);
  reader.expect(')', `to close ${aggregate}(`);
  return { kind: 'aggregate', aggregate, of };
}
