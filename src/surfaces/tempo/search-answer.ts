import type { Span } from '../../model/trace.ts';
import { hexTraceId, type SpanIds, spanIds } from '../../queries/trace-forms/span-ids.ts';
import { fieldValue } from '../../queries/traceql/field-value.ts';
import { intrinsics } from '../../queries/traceql/intrinsics.ts';
import type { Expression, Field, Intrinsic, Scalar, Spanset, Stage, TraceQuery } from '../../queries/traceql/query.ts';
import type { FoundTrace, SearchResult } from '../../queries/traceql/search-traceql.ts';
import { printValue, type Value } from '../../queries/traceql/values.ts';

/** What `/api/search` answers: Tempo's `SearchResponse` as JSON, in which 64-bit integers are texts and what is 0 or empty is left out. */
export function searchAnswer({ traces, examined }: SearchResult, query: TraceQuery, spansPerSet: number) {
  const fields = fieldsOf(query);
  return { traces: traces.map((found) => traceAnswer(found, fields, spansPerSet)), metrics: { inspectedTraces: examined } };
}

type Fields = ReadonlyMap<string, Field>;

const rootMissing = '<root span not yet received>';
const millis = (nanos: bigint) => Number(nanos / 1_000_000n);

function traceAnswer({ view, groups }: FoundTrace, fields: Fields, spansPerSet: number) {
  const { trace, root } = view;
  const ids = spanIds(trace);
  const durationMs = Math.min(millis(trace.durationNanos), 2 ** 32 - 1);
  const spanSets = groups.map(({ spans, by }) => ({
    spans: spans.slice(0, spansPerSet).map((at) => spanAnswer(trace.spans[at] as Span, ids[at] as SpanIds, fieldsAt(at))),
    matched: spans.length,
    ...(by.length > 0 && { attributes: by.map(({ text, value }) => ({ key: `by(${text})`, value: anyValue(value) })) }),
  }));
  function fieldsAt(at: number) {
    return [...fields].flatMap(([key, field]) => {
      const value = anyValue(fieldValue(view, at, field));
      return Object.keys(value).length === 0 ? [] : [{ key, value }];
    });
  }
  return {
    traceID: hexTraceId(trace.traceId),
    rootServiceName: root === undefined ? rootMissing : root.service,
    rootTraceName: root === undefined ? rootMissing : root.name,
    startTimeUnixNano: String(trace.startNanos < 0n ? 0n : trace.startNanos),
    ...(durationMs > 0 && { durationMs }),
    spanSet: spanSets[0],
    spanSets,
    serviceStats: serviceStats(trace.spans),
  };
}

const spanAnswer = (span: Span, { spanId }: SpanIds, attributes: readonly unknown[]) => ({
  spanID: spanId,
  name: span.name,
  startTimeUnixNano: String(span.startNanos < 0n ? 0n : span.startNanos),
  durationNanos: String(span.durationNanos ?? 0n),
  ...(attributes.length > 0 && { attributes }),
});

function serviceStats(spans: readonly Span[]): Readonly<Record<string, unknown>> {
  const stats: Record<string, { spanCount: number; errorCount?: number }> = Object.create(null);
  for (const { service, status } of spans) {
    stats[service] ??= { spanCount: 0 };
    const one = stats[service];
    one.spanCount++;
    if (status === 'error') one.errorCount = (one.errorCount ?? 0) + 1;
  }
  return stats;
}

/** OTLP's AnyValue; empty for nil and for objects. */
function anyValue(value: Value): Readonly<Record<string, unknown>> {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (typeof value === 'object' && ('list' in value || 'many' in value)) {
    const items = ('list' in value ? value.list : value.many).map(anyValue).filter((item) => Object.keys(item).length > 0);
    if ('many' in value) return items[0] ?? {};
    return { arrayValue: { values: items } };
  }
  const printed = printValue(value);
  return printed === null ? {} : { stringValue: String(printed) };
}

/** Those have members of their own in the answer. */
const shownApart: ReadonlySet<Intrinsic> = new Set(['name', 'duration', 'spanId', 'traceId', 'traceDuration', 'rootName', 'rootService']);

/** The fields that the query speaks of or selects, by the names under which Tempo gives their values. */
function fieldsOf(query: TraceQuery): Fields {
  const fields = new Map<string, Field>();
  const add = (field: Field) => {
    if (field.ofParent || (field.of === 'intrinsic' && shownApart.has(field.intrinsic))) return;
    const key = field.of === 'attribute' ? field.name : (intrinsics[field.intrinsic].bare ?? intrinsics[field.intrinsic].scoped ?? '');
    if (!fields.has(key)) fields.set(key, field);
  };
  const ofExpression = (expression: Expression): void => {
    if (expression.kind === 'field') add(expression.field);
    else if (expression.kind === 'not' || expression.kind === 'negate') ofExpression(expression.operand);
    else if (expression.kind === 'all' || expression.kind === 'any') expression.operands.forEach(ofExpression);
    else if ('left' in expression) [expression.left, expression.right].forEach(ofExpression);
  };
  const ofScalar = (scalar: Scalar): void => {
    if (scalar.kind === 'calculate') [scalar.left, scalar.right].forEach(ofScalar);
    else if (scalar.kind === 'aggregate' && scalar.of !== undefined) ofExpression(scalar.of);
  };
  const ofSpanset = (spanset: Spanset): void => {
    if (spanset.kind === 'pipeline') spanset.stages.forEach(ofStage);
    else if (spanset.kind !== 'filter') [spanset.left, spanset.right].forEach(ofSpanset);
    else if (spanset.condition !== undefined) ofExpression(spanset.condition);
  };
  const ofStage = (stage: Stage): void => {
    if (stage.kind === 'spanset') ofSpanset(stage.spanset);
    else if (stage.kind === 'scalar') [stage.left, stage.right].forEach(ofScalar);
    else if (stage.kind === 'by') ofExpression(stage.of);
    else if (stage.kind === 'select') for (const { field } of stage.fields) add(field);
  };
  query.stages.forEach(ofStage);
  return fields;
}
