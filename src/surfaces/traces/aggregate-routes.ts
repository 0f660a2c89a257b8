import { z } from 'zod';
import { maxQueryLength } from '../../queries/traceql/parse-traceql.ts';
import type { MapEdge } from '../../queries/traces-analysis/service-map.ts';
import type { TraceAnalysis } from '../../queries/traces-analysis/trace-analysis.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { nanos } from './print-trace.ts';
import { rangeQuery, recentRange, wholeNumber } from './request-parts.ts';

const count = z.int().min(0);
const numbers = { calls: count, errors: count, p50_ms: z.number(), p95_ms: z.number(), p99_ms: z.number() };
const map = z.strictObject({
  nodes: z
    .array(z.strictObject({ service: z.string(), spans: count, ...numbers }))
    .describe('calls: spans that another service called, or nobody.'),
  edges: z.array(
    z.strictObject({
      caller: z.string(),
      callee: z.string(),
      inferred: z.boolean().describe('The callee sends no spans; its caller names it.'),
      ...numbers,
    }),
  ),
});
const running = z.strictObject({
  total: count.describe('Operations that run; those that fell silent are not counted.'),
  operations: z
    .array(
      z.strictObject({
        trace_id: z.string(),
        span_id: z.string(),
        service: z.string(),
        name: z.string(),
        start: z.string(),
        running_ms: z.number(),
        silent: z.boolean().describe('Nothing was heard of its trace for TRACE_TIMEOUT.'),
      }),
    )
    .describe('The one that runs longest first; those that fell silent last.'),
});
const latencies = z.strictObject({
  exact: z
    .boolean()
    .describe('False: the counts may include spans that do not match, because the condition asks for more than SQL can tell.'),
  buckets: z.array(
    z.strictObject({
      from_nanos: nanos,
      to_nanos: nanos,
      spans: count,
      errors: count,
      exemplars: z.array(z.strictObject({ trace_id: z.string(), span_id: z.string(), duration_nanos: nanos })),
    }),
  ),
});
const names = z.strictObject({
  intrinsic: z.array(z.string()),
  mesh: z.array(z.string()).describe('Names of MCP Mesh and OpenTelemetry that are found whoever sent the span.'),
  span: z.array(z.string()),
  resource: z.array(z.string()),
});
const values = z.strictObject({
  values: z.array(
    z.strictObject({
      value: z.union([z.string(), z.number(), z.boolean()]),
      type: z.enum(['string', 'number', 'boolean', 'status', 'kind']),
      spans: count,
    }),
  ),
});

const recent = { start: rangeQuery.start.describe('As for /api/traces; without it: an hour before the end.'), end: rangeQuery.end };

const printNumbers = ({
  calls,
  errors,
  p50Millis,
  p95Millis,
  p99Millis,
}: Pick<MapEdge, 'calls' | 'errors' | 'p50Millis' | 'p95Millis' | 'p99Millis'>) => ({
  calls,
  errors,
  p50_ms: p50Millis,
  p95_ms: p95Millis,
  p99_ms: p99Millis,
});

/** Questions about many spans at once. Without `start` they are about the last hour. */
export function aggregateRoutes(queries: TraceAnalysis): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/traces/map', {
      id: 'serviceMap',
      summary: 'Which service (agent) calls which, how often, how long, and how many calls fail.',
      query: z.strictObject(recent),
      answers: { 200: { description: 'Nodes and edges, the busiest first.', schema: map } },
      handle: async ({ query }) => {
        const { nodes, edges } = await queries.map(recentRange(query, queries.now()));
        return {
          json: {
            nodes: nodes.map(({ service, spans, ...rest }) => ({ service, spans, ...printNumbers(rest) })),
            edges: edges.map(({ caller, callee, isInferred, ...rest }) => ({
              caller,
              callee,
              inferred: isInferred,
              ...printNumbers(rest),
            })),
          } satisfies z.output<typeof map>,
        };
      },
    }),
    apiRoute('GET', '/api/traces/running', {
      id: 'runningOperations',
      summary: 'What has begun and not ended yet, of senders that tell when something begins (MCP Mesh).',
      query: z.strictObject({ limit: wholeNumber(1, 1000, 50) }),
      answers: { 200: { description: 'The operations that run now.', schema: running } },
      handle: async ({ query: { limit } }) => {
        const { operations, total } = await queries.running(limit);
        const now = queries.now();
        return {
          json: {
            total,
            operations: operations.map(({ traceId, spanId, service, name, startMillis, isSilent }) => ({
              trace_id: traceId,
              span_id: spanId,
              service,
              name,
              start: new Date(startMillis).toISOString(),
              running_ms: Math.max(0, now - startMillis),
              silent: isSilent,
            })),
          } satisfies z.output<typeof running>,
        };
      },
    }),
    apiRoute('GET', '/api/traces/exemplars', {
      id: 'latencyExemplars',
      summary: 'How long the spans of a filter took, in buckets that double, with examples of each.',
      query: z.strictObject({
        q: z.string().max(maxQueryLength).default('{}').describe('One TraceQL filter in braces.'),
        ...recent,
        per_bucket: wholeNumber(1, 20, 3),
      }),
      answers: { 200: { description: 'The buckets that have spans.', schema: latencies } },
      handle: async ({ query: { q, per_bucket: perBucket, ...range } }) => {
        const { buckets, isExact } = await queries.exemplars({ text: q, range: recentRange(range, queries.now()), perBucket });
        return {
          json: {
            exact: isExact,
            buckets: buckets.map(({ fromNanos, toNanos, spans, errors, exemplars }) => ({
              from_nanos: String(fromNanos),
              to_nanos: String(toNanos),
              spans,
              errors,
              exemplars: exemplars.map(({ traceId, spanId, durationNanos }) => ({
                trace_id: traceId,
                span_id: spanId,
                duration_nanos: String(durationNanos),
              })),
            })),
          } satisfies z.output<typeof latencies>,
        };
      },
    }),
    apiRoute('GET', '/api/traces/tags', {
      id: 'traceTags',
      summary: 'Names of fields, to complete a query with.',
      query: z.strictObject({ ...recent, limit: wholeNumber(1, 10_000, 1000) }),
      answers: { 200: { description: 'The names, by where they belong.', schema: names } },
      handle: async ({ query: { limit, ...range } }) => {
        const found = await queries.tagNames(recentRange(range, queries.now()), limit);
        return {
          json: {
            intrinsic: [...found.intrinsic],
            mesh: [...found.mesh],
            span: [...found.span],
            resource: [...found.resource],
          } satisfies z.output<typeof names>,
        };
      },
    }),
    apiRoute('GET', '/api/traces/tags/{name}/values', {
      id: 'traceTagValues',
      summary: 'Values that a field has had, to complete a query with.',
      query: z.strictObject({ ...recent, limit: wholeNumber(1, 10_000, 100) }),
      answers: { 200: { description: 'The most frequent first.', schema: values } },
      handle: async ({ query: { limit, ...range }, param }) => ({
        json: { values: [...(await queries.tagValues(param('name'), recentRange(range, queries.now()), limit))] } satisfies z.output<
          typeof values
        >,
      }),
    }),
  ];
}
