import { calculate } from './calculate.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { fieldValue } from './field-value.ts';
import type { Expression, Scalar, Spanset, Stage, TraceQuery } from './query.ts';
import { notRelated, related, relatedPairs, union } from './relate-spans.ts';
import type { TraceView } from './trace-view.ts';
import { compareValues, keyOf, type Matches, numbersOf, type Value } from './values.ts';

/** Spans of a trace that belong together: positions, ascending. `by`: what `by()` sorted them by. */
export type SpanGroup = Readonly<{ spans: readonly number[]; by: readonly Readonly<{ text: string; value: Value }>[] }>;

/** The sets of spans that the query leaves of a trace. None of them is empty; no set at all: the trace does not match. */
export function evaluateQuery(query: TraceQuery, view: TraceView, matches: Matches): readonly SpanGroup[] {
  const everything = [...view.trace.spans.keys()];
  if (everything.length === 0) return [];
  return runStages(query.stages, [{ spans: everything, by: [] }], view, matches);
}

function runStages(stages: readonly Stage[], given: readonly SpanGroup[], view: TraceView, matches: Matches): readonly SpanGroup[] {
  let groups = given;
  for (const stage of stages) {
    if (groups.length === 0) return groups;
    groups = runStage(stage, groups, view, matches);
  }
  return groups;
}

function runStage(stage: Stage, groups: readonly SpanGroup[], view: TraceView, matches: Matches): readonly SpanGroup[] {
  switch (stage.kind) {
    case 'spanset':
      return groups
        .map(({ spans, by }) => ({ spans: evaluateSpanset(stage.spanset, spans, view, matches), by }))
        .filter(({ spans }) => spans.length > 0);
    case 'scalar':
      return groups.filter(({ spans }) => {
        const [left, right] = [stage.left, stage.right].map((side) => evaluateScalar(side, spans, view, matches));
        return compareValues(stage.operator, left, right, matches);
      });
    case 'by':
      return groups.flatMap((group) => splitGroup(group, stage, view, matches));
    case 'coalesce':
      return [{ spans: union(groups.map(({ spans }) => spans)), by: [] }];
    case 'select':
      return groups;
  }
}

const valueIn = (expression: Expression, at: number, view: TraceView, matches: Matches): Value =>
  evaluateExpression(expression, (field) => fieldValue(view, at, field), matches);

const relate = { plain: related, negated: notRelated, union: relatedPairs } as const;

function evaluateSpanset(spanset: Spanset, spans: readonly number[], view: TraceView, matches: Matches): readonly number[] {
  switch (spanset.kind) {
    case 'filter': {
      const { condition } = spanset;
      return condition === undefined ? spans : spans.filter((at) => valueIn(condition, at, view, matches) === true);
    }
    case 'pipeline':
      return union(runStages(spanset.stages, [{ spans, by: [] }], view, matches).map((group) => group.spans));
    case 'both':
    case 'either':
    case 'related': {
      const left = evaluateSpanset(spanset.left, spans, view, matches);
      const right = evaluateSpanset(spanset.right, spans, view, matches);
      if (spanset.kind === 'related') return relate[spanset.mode](view, left, right, spanset.relation);
      return spanset.kind === 'both' && (left.length === 0 || right.length === 0) ? [] : union([left, right]);
    }
  }
}

function splitGroup(
  { spans, by }: SpanGroup,
  { of, text }: Extract<Stage, { kind: 'by' }>,
  view: TraceView,
  matches: Matches,
): readonly SpanGroup[] {
  const groups = new Map<string, { spans: number[]; value: Value }>();
  for (const at of spans) {
    const value = valueIn(of, at, view, matches);
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.spans.push(at);
    else groups.set(key, { spans: [at], value });
  }
  return [...groups.values()].map((group) => ({ spans: group.spans, by: [...by, { text, value: group.value }] }));
}

/** Undefined when no span has a number, or a calculation has no result. */
export function evaluateScalar(scalar: Scalar, spans: readonly number[], view: TraceView, matches: Matches): number | undefined {
  switch (scalar.kind) {
    case 'number':
      return scalar.value;
    case 'calculate': {
      const left = evaluateScalar(scalar.left, spans, view, matches);
      const right = evaluateScalar(scalar.right, spans, view, matches);
      return left === undefined || right === undefined ? undefined : calculate(scalar.operator, left, right);
    }
    case 'aggregate': {
      const { aggregate, of } = scalar;
      if (of === undefined) return spans.length;
      let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const at of spans) {
        for (const value of numbersOf(valueIn(of, at, view, matches))) {
          count++;
          sum += value;
          min = Math.min(min, value);
          max = Math.max(max, value);
        }
      }
      if (count === 0) return undefined;
      return { count, sum, min, max, avg: sum / count }[aggregate];
    }
  }
}
