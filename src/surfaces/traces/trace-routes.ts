import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { Trace } from '../../model/trace.ts';
import { compareTraces } from '../../queries/traces-analysis/compare-traces.ts';
import { criticalPath } from '../../queries/traces-analysis/critical-path.ts';
import type { TraceAnalysis } from '../../queries/traces-analysis/trace-analysis.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { aggregateRoutes } from './aggregate-routes.ts';
import { differencesRoute } from './differences-route.ts';
import { outlineSchema, printOutline } from './print-outline.ts';
import { instant, loneSpanSchema, nanos, printLoneSpan, printTrace, traceSchema } from './print-trace.ts';
import { searchRoute } from './search-route.ts';

const named = z.strictObject({ span_id: z.string(), service: z.string(), name: z.string() });
const path = z.strictObject({
  trace_id: z.string(),
  duration_nanos: nanos,
  segments: z
    .array(
      z.strictObject({
        span: named.nullable().describe('Null between two roots.'),
        start_nanos: instant,
        end_nanos: instant,
        waiting: z.boolean().describe('The span had ended; what it had started had not begun yet.'),
      }),
    )
    .describe('One after another without gaps, from the start of the trace to its end, with clock shifts added.'),
  spans: z.array(z.strictObject({ span: named, nanos })).describe('What each span adds to the duration, the largest first.'),
});
const comparison = z.strictObject({
  left: z.string(),
  right: z.string(),
  duration_change_nanos: nanos.describe('Right minus left.'),
  matched: z.array(
    z.strictObject({
      left: named,
      right: named,
      left_status: z.string(),
      right_status: z.string(),
      status_changed: z.boolean(),
      duration_change_nanos: nanos.nullable(),
    }),
  ),
  added: z.array(named).describe('Only in the right trace.'),
  removed: z.array(named).describe('Only in the left trace.'),
});

const unknownTrace = { description: 'No span of such a trace is stored.' };

/** Our own API of traces. */
export function traceRoutes(queries: TraceAnalysis): readonly ApiRoute[] {
  const known = (id: string, trace: Trace | undefined): Trace => {
    if (trace === undefined) throw new AppError('not_found', `There is no trace ${JSON.stringify(id.slice(0, 200))}.`);
    return trace;
  };
  const find = async (id: string): Promise<Trace> => known(id, await queries.read(id));
  return [
    searchRoute(queries),
    ...aggregateRoutes(queries),
    differencesRoute(queries),
    apiRoute('GET', '/api/traces/{id}', {
      id: 'showTrace',
      summary: 'One trace with everything that is known of each span, by its id in any spelling.',
      answers: { 200: { description: 'The trace as it is now.', schema: traceSchema }, 404: unknownTrace },
      handle: async ({ param }) => ({ json: printTrace(await find(param('id'))) }),
    }),
    apiRoute('GET', '/api/traces/{id}/outline', {
      id: 'outlineTrace',
      summary: 'What a waterfall of a trace needs, in columns, with the critical path: for traces of 100,000 spans and more.',
      answers: { 200: { description: 'The trace as it is now, without attributes.', schema: outlineSchema }, 404: unknownTrace },
      handle: async ({ param }) => ({ json: printOutline(known(param('id'), await queries.outline(param('id'))), queries.now()) }),
    }),
    apiRoute('GET', '/api/traces/{id}/spans/{span}', {
      id: 'showSpans',
      summary: 'The operations of a trace with one span id, with everything that is known of them.',
      answers: {
        200: {
          description: 'Usually one; several in MCP Mesh v0.4.0 and Zipkin.',
          schema: z.strictObject({ spans: z.array(loneSpanSchema) }),
        },
        404: { description: 'No such span is stored.' },
      },
      handle: async ({ param }) => {
        const spans = await queries.spans(param('id'), param('span'));
        if (spans.length === 0) throw new AppError('not_found', 'There is no such span in this trace.');
        return { json: { spans: spans.map(printLoneSpan) } };
      },
    }),
    apiRoute('GET', '/api/traces/{id}/critical-path', {
      id: 'criticalPath',
      summary: 'The stretches of work that determine how long a trace took.',
      answers: { 200: { description: 'The path.', schema: path }, 404: unknownTrace },
      handle: async ({ param }) => ({ json: printPath(await find(param('id'))) }),
    }),
    apiRoute('GET', '/api/traces/{id}/compare/{other}', {
      id: 'compareTraces',
      summary: 'What differs between two traces; spans are matched by their path of services and names.',
      answers: { 200: { description: 'The differences.', schema: comparison }, 404: unknownTrace },
      handle: async ({ param }) => ({ json: printComparison(await find(param('id')), await find(param('other'))) }),
    }),
  ];
}

function nameOf(trace: Trace, at: number): z.output<typeof named> {
  const span = trace.spans[at];
  return { span_id: span?.spanId ?? '', service: span?.service ?? '', name: span?.name ?? '' };
}

function printPath(trace: Trace): z.output<typeof path> {
  const { segments, durationNanos, spans } = criticalPath(trace);
  return {
    trace_id: trace.traceId,
    duration_nanos: String(durationNanos),
    segments: segments.map(({ at, startNanos, endNanos, isWaiting }) => ({
      span: at === undefined ? null : nameOf(trace, at),
      start_nanos: String(startNanos),
      end_nanos: String(endNanos),
      waiting: isWaiting,
    })),
    spans: spans.map(({ at, nanos: share }) => ({ span: nameOf(trace, at), nanos: String(share) })),
  };
}

function printComparison(left: Trace, right: Trace): z.output<typeof comparison> {
  const { matched, added, removed } = compareTraces(left, right);
  return {
    left: left.traceId,
    right: right.traceId,
    duration_change_nanos: String(right.durationNanos - left.durationNanos),
    matched: matched.map((pair) => ({
      left: nameOf(left, pair.left),
      right: nameOf(right, pair.right),
      left_status: left.spans[pair.left]?.status ?? '',
      right_status: right.spans[pair.right]?.status ?? '',
      status_changed: pair.statusChanged,
      duration_change_nanos: pair.durationChangeNanos === undefined ? null : String(pair.durationChangeNanos),
    })),
    added: added.map((at) => nameOf(right, at)),
    removed: removed.map((at) => nameOf(left, at)),
  };
}
