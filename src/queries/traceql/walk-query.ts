import { knownAttribute } from './mesh-names.ts';
import type { Expression, Field, Scalar, Spanset, Stage, TraceQuery } from './query.ts';

/** Every expression of a query, with all that is inside it. */
export const expressionsOf = (query: TraceQuery): readonly Expression[] => query.stages.flatMap(ofStage);

function ofStage(stage: Stage): readonly Expression[] {
  switch (stage.kind) {
    case 'spanset':
      return ofSpanset(stage.spanset);
    case 'scalar':
      return [...ofScalar(stage.left), ...ofScalar(stage.right)];
    case 'by':
      return withInner(stage.of);
    default:
      return [];
  }
}

function ofSpanset(spanset: Spanset): readonly Expression[] {
  if (spanset.kind === 'filter') return spanset.condition === undefined ? [] : withInner(spanset.condition);
  if (spanset.kind === 'pipeline') return spanset.stages.flatMap(ofStage);
  return [...ofSpanset(spanset.left), ...ofSpanset(spanset.right)];
}

function ofScalar(scalar: Scalar): readonly Expression[] {
  if (scalar.kind === 'calculate') return [...ofScalar(scalar.left), ...ofScalar(scalar.right)];
  return scalar.kind === 'aggregate' && scalar.of !== undefined ? withInner(scalar.of) : [];
}

export function innerOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'field':
      return [];
    case 'not':
    case 'negate':
      return [expression.operand];
    case 'all':
    case 'any':
      return expression.operands;
    default:
      return [expression.left, expression.right];
  }
}

const withInner = (expression: Expression): readonly Expression[] => [expression, ...innerOf(expression).flatMap(withInner)];

/** Whether attributes, events or links of spans are looked at; they are most of a span's bytes. */
export function needsDetail(query: TraceQuery): boolean {
  const selected = query.stages.flatMap((stage) => (stage.kind === 'select' ? stage.fields.map(({ field }) => field) : []));
  const asked = expressionsOf(query).flatMap((expression) => (expression.kind === 'field' ? [expression.field] : []));
  return [...selected, ...asked].some((field: Field) =>
    field.of === 'intrinsic' ? /^(?:event|link|scope)/.test(field.intrinsic) : knownAttribute(field.scope, field.name)?.alone !== true,
  );
}
