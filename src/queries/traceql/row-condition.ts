import type { Comparand } from './attribute-condition.ts';
import { fieldCondition, type Subject } from './field-condition.ts';
import type { ComparisonOperator, Expression } from './query.ts';
import { type Approximation, allOf, and, anyOf, exactly, noneOf, or, type Sql, unknown } from './sql-approximation.ts';

/** With the operator that a comparison has when its sides are exchanged. */
const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '=',
  '!=': '!=',
  '>': '<',
  '>=': '<=',
  '<': '>',
  '<=': '>=',
  '=~': '=~',
  '!~': '!~',
};

type Leaf = Readonly<{ field: Extract<Expression, { kind: 'field' }>['field']; operator: ComparisonOperator; value: Comparand }>;

/** A comparison of a field with a constant, whichever stands first. */
function leafOf(expression: Expression): Leaf | undefined {
  if (expression.kind === 'field') return { field: expression.field, operator: '=', value: true };
  if (expression.kind === 'not' && expression.operand.kind === 'field')
    return { field: expression.operand.field, operator: '=', value: false };
  if (expression.kind !== 'compare') return undefined;
  const { left, right, operator } = expression;
  if (left.kind === 'field' && right.kind === 'literal') return { field: left.field, operator, value: right.value };
  if (right.kind === 'field' && left.kind === 'literal') return { field: right.field, operator: mirrored[operator], value: left.value };
  return undefined;
}

/** A condition on one span as SQL over the row of a whole span. */
export function approximate(expression: Expression, subject: Subject): Approximation {
  const inner = (operand: Expression) => approximate(operand, subject);
  const leaf = leafOf(expression);
  if (leaf !== undefined) return fieldCondition(leaf.field, leaf.operator, leaf.value, subject);
  switch (expression.kind) {
    case 'literal':
      return exactly(expression.value === true);
    case 'all':
      return allOf(expression.operands.map(inner));
    case 'any':
      return anyOf(expression.operands.map(inner));
    case 'not':
      // What is neither true nor false, an attribute that is no boolean, stays so when it is negated.
      return expression.operand.kind === 'not'
        ? { over: inner(expression.operand.operand).over, under: false }
        : noneOf(inner(expression.operand));
    default:
      return unknown;
  }
}

/**
 * What one of the messages about a span says when the condition holds for the span: `span_start`, `span_end` and `error` events tell
 * only a part of it. It holds wherever `approximate(…).over` does.
 */
function ofMessage(expression: Expression, subject: Subject): Sql {
  const inner = (operand: Expression) => ofMessage(operand, subject);
  const leaf = leafOf(expression);
  if (leaf !== undefined) {
    const { field, operator, value } = leaf;
    if (value === null) return true;
    if (field.of === 'intrinsic' && field.intrinsic === 'duration') return true;
    if (field.of === 'intrinsic' && field.intrinsic === 'status') {
      const isError = typeof value === 'object' && value.name === 'error' && operator === '=';
      return isError ? or([fieldCondition(field, operator, value, subject).over, `record = 'error'`]) : true;
    }
    // An empty text is what no message told.
    if (value === '' && operator === '=') return true;
    return fieldCondition(field, operator, value, subject).over;
  }
  if (expression.kind === 'all') return expression.operands.map(inner).find((sql) => sql !== true) ?? true;
  return expression.kind === 'any' ? or(expression.operands.map(inner)) : true;
}

/**
 * The row is an event (`start`, `end`, `error`), not a whole span. Written as the index `record_length` has it: with it an `OR` can skip what holds
 * whole spans only.
 */
const isEvent = 'length(record) != 4';

/** SQL over rows of `spans`: when a span fulfils the condition, it holds for one row at least of the span, its parent or the trace's root. */
export function rowCondition(expression: Expression, subject: Subject = 'span'): Sql {
  const { over } = approximate(expression, subject);
  const message = ofMessage(expression, subject);
  return over === message ? over : and([message, or([over, isEvent])]);
}
