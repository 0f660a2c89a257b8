import { calculate } from './calculate.ts';
import { checkComparison, requireType } from './check-types.ts';
import { bareIntrinsics, enumValues, scopedIntrinsics } from './intrinsics.ts';
import type { ArithmeticOperator, ComparisonOperator, Expression, Field, Literal } from './query.ts';
import { maxDepth, type TokenReader } from './token-reader.ts';

/** Values that have a name. */
const constants: Readonly<Record<string, Literal>> = {
  true: true,
  false: false,
  nil: null,
  minInt: -(2n ** 63n),
  maxInt: 2n ** 63n - 1n,
};

const comparisons = ['=', '!=', '>', '>=', '<', '<=', '=~', '!~'];

/** Takes the next symbol if it is one of these. */
function takeOperator<Operator extends string>(
  reader: TokenReader,
  operators: readonly Operator[],
): Readonly<{ operator: Operator; at: number }> | undefined {
  const { next } = reader;
  if (next.kind !== 'symbol' || !(operators as readonly string[]).includes(next.text)) return undefined;
  reader.take();
  return { operator: next.text as Operator, at: next.at };
}

function refuseLongChain(reader: TokenReader, length: number): void {
  if (length > maxDepth) throw reader.error(`more than ${maxDepth} operators in a row; use parentheses or fewer`);
}

/** `&&` and `||` bind alike, from left to right, as in Tempo. */
export function parseExpression(reader: TokenReader): Expression {
  let left = parseComparison(reader);
  let alternations = 0;
  /** The node that this loop made last, which further operands of the same operator join. */
  let open: Extract<Expression, { kind: 'all' | 'any' }> | undefined;
  for (let found = takeOperator(reader, ['&&', '||']); found !== undefined; found = takeOperator(reader, ['&&', '||'])) {
    const kind = found.operator === '&&' ? 'all' : 'any';
    const where = `${found.operator}`;
    const right = parseComparison(reader);
    requireType(reader.text, right, 'boolean', where);
    if (open?.kind === kind) (open.operands as Expression[]).push(right);
    else {
      requireType(reader.text, left, 'boolean', where);
      refuseLongChain(reader, ++alternations);
      open = { kind, operands: [left, right], at: left.at };
      left = open;
    }
  }
  return left;
}

function parseComparison(reader: TokenReader): Expression {
  const left = parseSum(reader);
  const found = takeOperator(reader, comparisons as readonly ComparisonOperator[]);
  if (found === undefined) return left;
  const right = parseSum(reader);
  if (reader.isSymbol(...comparisons)) throw reader.error('comparisons cannot be chained; join them with &&');
  const comparison = { kind: 'compare', operator: found.operator, left, right, at: found.at } as const;
  checkComparison(reader.text, comparison);
  return comparison;
}

function parseSum(reader: TokenReader): Expression {
  return parseChain(reader, ['+', '-'], () => parseChain(reader, ['*', '/', '%'], () => parsePower(reader)));
}

function parseChain(reader: TokenReader, operators: readonly ArithmeticOperator[], operand: () => Expression): Expression {
  let left = operand();
  let length = 0;
  for (let found = takeOperator(reader, operators); found !== undefined; found = takeOperator(reader, operators)) {
    refuseLongChain(reader, ++length);
    left = calculation(reader, found.operator, left, operand());
  }
  return left;
}

function parsePower(reader: TokenReader): Expression {
  const base = parseUnary(reader);
  if (!reader.accept('^')) return base;
  return calculation(
    reader,
    '^',
    base,
    reader.nested(() => parsePower(reader)),
  );
}

function calculation(reader: TokenReader, operator: ArithmeticOperator, left: Expression, right: Expression): Expression {
  for (const side of [left, right]) requireType(reader.text, side, 'number', operator);
  if (left.kind !== 'literal' || right.kind !== 'literal') return { kind: 'calculate', operator, left, right, at: left.at };
  const value = calculate(operator, Number(left.value), Number(right.value));
  if (value === undefined) throw reader.error('this calculation has no result', left.at);
  return { kind: 'literal', value, at: left.at };
}

function parseUnary(reader: TokenReader): Expression {
  const { at } = reader.next;
  if (reader.accept('-')) {
    const operand = reader.nested(() => parseUnary(reader));
    requireType(reader.text, operand, 'number', '-');
    if (operand.kind !== 'literal') return { kind: 'negate', operand, at };
    return { kind: 'literal', value: typeof operand.value === 'bigint' ? -operand.value : 0 - Number(operand.value), at };
  }
  if (reader.accept('!')) {
    const operand = reader.nested(() => parseUnary(reader));
    requireType(reader.text, operand, 'boolean', '!');
    return { kind: 'not', operand, at };
  }
  return parsePrimary(reader);
}

function parsePrimary(reader: TokenReader): Expression {
  const { at } = reader.next;
  if (reader.accept('(')) {
    const inner = reader.nested(() => parseExpression(reader));
    reader.expect(')', `to close the parenthesis at position ${at + 1}`);
    return inner;
  }
  const field = takeField(reader);
  if (field !== undefined) return { kind: 'field', field, at };
  const token = reader.next;
  if (token.kind === 'string' || token.kind === 'number') {
    reader.take();
    return { kind: 'literal', value: token.value, at };
  }
  if (token.kind === 'word') {
    const value = Object.hasOwn(constants, token.text) ? constants[token.text] : enumValues.get(token.text);
    if (value === undefined) {
      throw reader.error(
        `${JSON.stringify(token.text)} is no field and no value; attributes begin with a dot (.${token.text}), and text stands in quotes`,
      );
    }
    reader.take();
    return { kind: 'literal', value, at };
  }
  throw reader.error('a field or a value was expected');
}

/** Takes a field if one is next. Throws for a scoped name that does not exist. */
export function takeField(reader: TokenReader): Field | undefined {
  const token = reader.next;
  if (token.kind === 'attribute') {
    reader.take();
    const intrinsic = token.ofParent && token.scope === 'any' ? bareIntrinsics.get(token.name) : undefined;
    if (intrinsic !== undefined) return { of: 'intrinsic', intrinsic, ofParent: true };
    return { of: 'attribute', scope: token.scope, name: token.name, ofParent: token.ofParent };
  }
  const intrinsic =
    token.kind === 'scoped' ? scopedIntrinsics.get(token.text) : token.kind === 'word' ? bareIntrinsics.get(token.text) : undefined;
  if (intrinsic !== undefined) {
    reader.take();
    return { of: 'intrinsic', intrinsic, ofParent: false };
  }
  if (token.kind === 'scoped') throw reader.error(`there is no field ${token.text}; there are ${[...scopedIntrinsics.keys()].join(', ')}`);
  return undefined;
}
