import { traceKey } from '../../model/trace-id.ts';
import { calculate } from './calculate.ts';
import type { Expression, Field } from './query.ts';
import { compareValues, isNil, type Matches, type Value } from './values.ts';

/** Answers what a field of the span in question is. */
export type FieldReader = (field: Field) => Value;

const isNilLiteral = (expression: Expression) => expression.kind === 'literal' && expression.value === null;

const isTraceId = (expression: Expression) =>
  expression.kind === 'field' &&
  expression.field.of === 'intrinsic' &&
  (expression.field.intrinsic === 'traceId' || expression.field.intrinsic === 'linkTraceId');

/** Conditions are true or false; what is neither, such as a missing attribute, is undefined. */
export function evaluateExpression(expression: Expression, read: FieldReader, matches: Matches): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value ?? undefined;
    case 'field':
      return read(expression.field);
    case 'not': {
      const value = evaluateExpression(expression.operand, read, matches);
      return typeof value === 'boolean' ? !value : undefined;
    }
    case 'negate': {
      const value = evaluateExpression(expression.operand, read, matches);
      return typeof value === 'number' || typeof value === 'bigint' ? -value : undefined;
    }
    case 'all':
      return expression.operands.every((operand) => evaluateExpression(operand, read, matches) === true);
    case 'any':
      return expression.operands.some((operand) => evaluateExpression(operand, read, matches) === true);
    case 'calculate': {
      const [left, right] = [expression.left, expression.right].map((side) => evaluateExpression(side, read, matches));
      const isNumber = (value: Value) => typeof value === 'number' || typeof value === 'bigint';
      return isNumber(left) && isNumber(right) ? calculate(expression.operator, Number(left), Number(right)) : undefined;
    }
    case 'compare':
      return evaluateComparison(expression, read, matches);
  }
}

function evaluateComparison(expression: Extract<Expression, { kind: 'compare' }>, read: FieldReader, matches: Matches): boolean {
  const { operator, left, right } = expression;
  if (isNilLiteral(left) || isNilLiteral(right)) {
    const other = isNilLiteral(left) ? right : left;
    const value = evaluateExpression(other, read, matches);
    // A text that every span has is missing when it is empty. An attribute may well be empty text.
    const missing = isNil(value) || (value === '' && other.kind === 'field' && other.field.of === 'intrinsic');
    return missing === (operator === '=');
  }
  const valueOfSide = (side: Expression, other: Expression): Value => {
    const value = evaluateExpression(side, read, matches);
    return typeof value === 'string' && side.kind === 'literal' && isTraceId(other) && operator !== '=~' && operator !== '!~'
      ? traceKey(value)
      : value;
  };
  return compareValues(operator, valueOfSide(left, right), valueOfSide(right, left), matches);
}
