import { sqlNumber } from '../../lib/sql-text.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import type { Expression, Field, Scalar, Spanset, Stage, TraceQuery } from './query.ts';
import { rowCondition } from './row-condition.ts';
import { and, or, type Sql } from './sql-approximation.ts';
import { innerOf } from './walk-query.ts';

/**
 * What a trace must have to match, in SQL. It may have all of it and not match.
 * `rows`: for each, at least `atLeast` rows of `spans` fulfil `sql`. `pairs`: one row that fulfils `parent` is the parent of one that fulfils `child`.
 * `trace`: conditions on `s`, `e` and `records`, the trace's start, end and number of messages.
 */
export type Requirements = Readonly<{ rows: readonly RowRequirement[]; pairs: readonly Pair[]; trace: readonly string[] }>;
export type Pair = Readonly<{ parent: string; child: string }>;
export type RowRequirement = Readonly<{ sql: string; atLeast: number }>;

type Parts = Readonly<{ rows: readonly Sql[]; pairs: readonly Pair[]; trace: readonly string[] }>;

const nothing: Parts = { rows: [], pairs: [], trace: [] };
const join = (parts: readonly Parts[]): Parts => ({
  rows: parts.flatMap(({ rows }) => rows),
  pairs: parts.flatMap(({ pairs }) => pairs),
  trace: parts.flatMap(({ trace }) => trace),
});

export function requirementsOf(query: TraceQuery): Requirements {
  const { rows, pairs, trace } = join(query.stages.map(ofStage));
  const counted = countOfFirst(query.stages);
  if (rows.includes(false)) return { rows: [{ sql: 'false', atLeast: 1 }], pairs: [], trace };
  const real = [...new Set(rows)]
    .filter((sql) => typeof sql === 'string')
    .map((sql) => ({ sql, atLeast: sql === counted?.sql ? counted.atLeast : 1 }));
  return { rows: real, pairs, trace: counted?.sql === true ? [...trace, `records >= ${counted.atLeast}`] : trace };
}

const ofStage = (stage: Stage): Parts => (stage.kind === 'spanset' ? ofSpanset(stage.spanset) : nothing);

function ofSpanset(spanset: Spanset): Parts {
  switch (spanset.kind) {
    case 'filter':
      return spanset.condition === undefined ? nothing : ofCondition(spanset.condition);
    case 'pipeline':
      return join(spanset.stages.map(ofStage));
    case 'both':
      return join([ofSpanset(spanset.left), ofSpanset(spanset.right)]);
    case 'related':
      return join([spanset.mode === 'negated' ? nothing : ofSpanset(spanset.left), ofSpanset(spanset.right), ofRelation(spanset)]);
    case 'either': {
      // Either side may be the reason, so a row of either will do: of each side the one that says most.
      const sides = [ofSpanset(spanset.left), ofSpanset(spanset.right)].map(({ rows }) =>
        rows.reduce((a, b) => (weight(b) > weight(a) ? b : a), true as Sql),
      );
      return { ...nothing, rows: [or(sides)] };
    }
  }
}

/** Of what is called directly, and what calls it, when both are plain filters. */
function ofRelation({ relation, mode, left, right }: Extract<Spanset, { kind: 'related' }>): Parts {
  if (mode === 'negated' || (relation !== 'child' && relation !== 'parent') || left.kind !== 'filter' || right.kind !== 'filter')
    return nothing;
  const [parent, child] = relation === 'child' ? [left, right] : [right, left];
  return pair(
    parent.condition === undefined ? true : rowCondition(parent.condition),
    child.condition === undefined ? true : rowCondition(child.condition),
  );
}

const pair = (parent: Sql, child: Sql): Parts =>
  typeof parent === 'string' && typeof child === 'string' ? { ...nothing, pairs: [{ parent, child }] } : nothing;

/** A guess at how few rows fulfil it. */
const weight = (sql: Sql): number =>
  sql === true ? -1 : sql === false ? 1e9 : (sql.match(/ = /g)?.length ?? 0) * 1000 + Math.min(999, sql.length);

type Subjects = 'span' | 'parent' | 'root' | 'trace' | 'several' | 'none';

function subjectOf(field: Field): Subjects {
  if (field.of === 'intrinsic' && (field.intrinsic === 'rootName' || field.intrinsic === 'rootService')) return 'root';
  if (field.of === 'intrinsic' && field.intrinsic === 'traceDuration') return 'trace';
  return field.ofParent ? 'parent' : 'span';
}

function subjectsOf(expression: Expression): Subjects {
  if (expression.kind === 'field') return subjectOf(expression.field);
  return innerOf(expression)
    .map(subjectsOf)
    .reduce<Subjects>((a, b) => (a === 'none' ? b : b === 'none' || a === b ? a : 'several'), 'none');
}

/** Whether the condition needs what it speaks of to exist: it does not hold when all fields are missing. */
const needsPresence = (expression: Expression): boolean =>
  evaluateExpression(
    expression,
    () => undefined,
    () => false,
  ) !== true;

function ofCondition(condition: Expression): Parts {
  const parts = condition.kind === 'all' ? condition.operands : [condition];
  const own = rowCondition(condition);
  return join([{ ...nothing, rows: [own] }, ...parts.map((part) => ofPart(part, own))]);
}

/** What a part of a condition needs beside the span itself, whose own row fulfils `own`. */
function ofPart(part: Expression, own: Sql): Parts {
  const subject = subjectsOf(part);
  if (subject === 'trace') return { ...nothing, trace: traceCondition(part) };
  if ((subject !== 'parent' && subject !== 'root') || !needsPresence(part)) return nothing;
  const sql = rowCondition(part, subject);
  if (subject === 'parent') return join([{ ...nothing, rows: [sql] }, pair(sql, own)]);
  return { ...nothing, rows: [and([sql, `(empty(parent_id) OR record != 'span')`])] };
}

/**
 * Conditions on the rows of a trace together. Spans of one id may be each other's parents, and events tell their parent in another row than
 * the rest, so these pass.
 */
export const havingSql = ({ rows, pairs }: Pick<Requirements, 'rows' | 'pairs'>): readonly string[] => [
  ...rows.map(({ sql, atLeast }) => `countIf(${sql}) >= ${atLeast}`),
  ...pairs.map(
    ({ parent, child }) =>
      `(hasAny(groupArrayIf(span_id, ${parent}), arrayFlatten(groupArrayIf([parent_id, span_id], ${child}))) OR countIf(record != 'span' AND (${child})) > 0)`,
  ),
];

const traceTook = '(toUnixTimestamp64Nano(greatest(e, s)) - toUnixTimestamp64Nano(s))';

/** Of a comparison of the trace's duration with a number. */
function traceCondition(part: Expression): readonly string[] {
  if (part.kind !== 'compare' || part.left.kind !== 'field' || part.right.kind !== 'literal') return [];
  const { value } = part.right;
  return typeof value === 'number' || typeof value === 'bigint' ? [`${traceTook} ${part.operator} ${sqlNumber(value)}`] : [];
}

/** `{…} | count() > 2`, as long as each message may be a span. */
function countOfFirst(stages: readonly Stage[]): Readonly<{ sql: Sql; atLeast: number }> | undefined {
  const [first, second] = stages;
  const scalar = first?.kind === 'scalar' ? first : second;
  if (scalar?.kind !== 'scalar') return undefined;
  const atLeast = leastCount(scalar);
  if (atLeast === undefined || atLeast <= 1) return undefined;
  if (first?.kind === 'scalar') return { sql: true, atLeast };
  if (first?.kind !== 'spanset' || first.spanset.kind !== 'filter') return undefined;
  const { condition } = first.spanset;
  const sql = condition === undefined ? true : rowCondition(condition);
  return { sql, atLeast };
}

function leastCount({ operator, left, right }: Extract<Stage, { kind: 'scalar' }>): number | undefined {
  const isCount = (scalar: Scalar) => scalar.kind === 'aggregate' && scalar.of === undefined;
  if (!isCount(left) || right.kind !== 'number' || right.value > Number.MAX_SAFE_INTEGER) return undefined;
  if (operator === '>') return Math.floor(right.value) + 1;
  return operator === '>=' || operator === '=' ? Math.ceil(right.value) : undefined;
}
