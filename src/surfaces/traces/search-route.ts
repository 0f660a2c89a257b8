import { z } from 'zod';
import type { Span } from '../../model/trace.ts';
import type { SpanGroup } from '../../queries/traceql/evaluate-query.ts';
import { fieldValue } from '../../queries/traceql/field-value.ts';
import { maxQueryLength } from '../../queries/traceql/parse-traceql.ts';
import type { Selected, TraceQuery } from '../../queries/traceql/query.ts';
import type { FoundTrace } from '../../queries/traceql/search-traceql.ts';
import type { TraceView } from '../../queries/traceql/trace-view.ts';
import { printValue } from '../../queries/traceql/values.ts';
import type { TraceAnalysis } from '../../queries/traces-analysis/trace-analysis.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { instant, nanos } from './print-trace.ts';
import { parseCursor, printCursor, rangeOf, rangeQuery, wholeNumber } from './request-parts.ts';

const matchedSpan = z.strictObject({
  span_id: z.string(),
  name: z.string(),
  service: z.string(),
  status: z.string(),
  start_nanos: instant,
  duration_nanos: nanos.nullable(),
  selected: z.record(z.string(), z.unknown()).describe('The fields that select() names.'),
});
const spanSet = z.strictObject({
  by: z.record(z.string(), z.unknown()).describe('The values by which by() made this set.'),
  matched: z.int().min(1).describe('How many spans it has; spans shows the first of them.'),
  spans: z.array(matchedSpan),
});
const foundTrace = z.strictObject({
  trace_id: z.string(),
  root_service: z.string().nullable(),
  root_name: z.string().nullable().describe('Null while the root has not arrived.'),
  state: z.enum(['running', 'complete', 'abandoned']),
  success: z.boolean(),
  start_nanos: instant,
  duration_nanos: nanos,
  span_count: z.int().min(1),
  error_count: z.int().min(0).describe('Spans that failed.'),
  services: z.array(z.string()),
  span_sets: z.array(spanSet),
});
const answer = z.strictObject({
  traces: z.array(foundTrace).describe('By start, the newest first.'),
  partial: z.boolean().describe('The search stopped before everything was looked at; partial_reason says why.'),
  partial_reason: z.string().nullable(),
  next_cursor: z.string().nullable().describe('Asks for the next page; null when nothing follows.'),
  examined_traces: z.int().min(0),
});

const query = z.strictObject({
  q: z.string().max(maxQueryLength).default('{}').describe('TraceQL; docs/query/traces.md describes it.'),
  ...rangeQuery,
  limit: wholeNumber(1, 500, 20).describe('Traces, 1 to 500.'),
  spans_per_set: wholeNumber(0, 1000, 3).describe('How many of the matching spans are shown of each set.'),
  cursor: z.string().max(100).optional().describe('next_cursor of the page before, with the same other parameters.'),
});

export const searchRoute = (queries: TraceAnalysis): ApiRoute =>
  apiRoute('GET', '/api/traces', {
    id: 'searchTraces',
    summary: 'Traces that match a TraceQL query and started in a range of time.',
    query,
    answers: { 200: { description: 'A page of them.', schema: answer } },
    handle: async ({ query: { q, start, end, limit, cursor, spans_per_set: spansPerSet } }) => {
      const range = rangeOf({ start, end }, queries.now());
      const found = await queries.search({ text: q, range, limit, cursor: parseCursor(cursor) });
      const selected = selectedFields(found.query);
      return {
        json: {
          traces: found.traces.map((trace) => printFound(trace, selected, spansPerSet)),
          partial: found.partial !== undefined,
          partial_reason: found.partial ?? null,
          next_cursor: found.next === undefined ? null : printCursor(found.next),
          examined_traces: found.examined,
        } satisfies z.output<typeof answer>,
      };
    },
  });

const selectedFields = (parsed: TraceQuery): readonly Selected[] =>
  parsed.stages.flatMap((stage) => (stage.kind === 'select' ? stage.fields : []));

function printFound({ view, groups }: FoundTrace, selected: readonly Selected[], spansPerSet: number): z.output<typeof foundTrace> {
  const { trace, root } = view;
  return {
    trace_id: trace.traceId,
    root_service: root?.service ?? null,
    root_name: root?.name ?? null,
    state: trace.state,
    success: trace.success,
    start_nanos: String(trace.startNanos),
    duration_nanos: String(trace.durationNanos),
    span_count: trace.spans.length,
    error_count: trace.spans.filter(({ status }) => status === 'error').length,
    services: [...trace.services],
    span_sets: groups.map((group) => printGroup(group, view, selected, spansPerSet)),
  };
}

function printGroup(
  { spans, by }: SpanGroup,
  view: TraceView,
  selected: readonly Selected[],
  spansPerSet: number,
): z.output<typeof spanSet> {
  return {
    by: Object.fromEntries(by.map(({ text, value }) => [text, printValue(value)])),
    matched: spans.length,
    spans: spans.slice(0, spansPerSet).map((at) => {
      const { spanId, name, service, status, startNanos, durationNanos } = view.trace.spans[at] as Span;
      return {
        span_id: spanId,
        name,
        service,
        status,
        start_nanos: String(startNanos),
        duration_nanos: durationNanos === undefined ? null : String(durationNanos),
        selected: Object.fromEntries(selected.map(({ text, field }) => [text, printValue(fieldValue(view, at, field))])),
      };
    }),
  };
}
