import { z } from 'zod';
import type { Attributes, Span, Trace } from '../../model/trace.ts';
import { clockSkew } from '../../queries/traces/clock-skew.ts';
import { traceTree, walkTree } from '../../queries/traces/trace-tree.ts';

/** Nanoseconds as decimal text, because they do not fit a double. */
export const nanos = z
  .string()
  .regex(/^-?\d+$/)
  .describe('Nanoseconds, as decimal text.');
export const instant = z
  .string()
  .regex(/^-?\d+$/)
  .describe('Nanoseconds since the epoch, as decimal text.');
const attributes = z.record(z.string(), z.unknown()).describe('As sent; integers beyond 2^53 are decimal text.');
const state = z.enum(['running', 'complete', 'abandoned']);

export const spanSchema = z.strictObject({
  trace_id: z.string().describe('As this span wrote it.'),
  span_id: z.string(),
  parent_span_id: z.string().describe('Empty for a root.'),
  parent_index: z.int().min(0).nullable().describe('Position in spans of the span that called this one.'),
  depth: z.int().min(0).describe('0 for roots and orphans.'),
  orphan: z.boolean().describe('Its caller is named but has not arrived.'),
  name: z.string(),
  kind: z.string().describe('Empty when unspecified.'),
  status: z.string().describe('ok, error or empty.'),
  status_message: z.string(),
  state: z.enum(['open', 'ended', 'abandoned']),
  service: z.string(),
  instance: z.string(),
  address: z.string(),
  runtime: z.string(),
  capability: z.string(),
  target: z.string(),
  model: z.string(),
  provider: z.string(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  total_tokens: z.number().nullable(),
  request_bytes: z.number().nullable(),
  response_bytes: z.number().nullable(),
  start_nanos: instant.describe("As the agent's clock had it."),
  end_nanos: instant.nullable().describe('Null while it is open.'),
  duration_nanos: nanos.nullable(),
  clock_shift_nanos: nanos.describe('What a view may add to both times, so that the span lies within its caller although clocks differ.'),
  attributes,
  resource: attributes,
  scope: attributes,
  events: z.array(attributes),
  links: z.array(attributes),
  trace_state: z.string(),
  duplicates: z.int().min(0).describe('Further messages that said the same.'),
});

/** A span by itself: how it stands to others is not known. */
export const loneSpanSchema = spanSchema.omit({ parent_index: true, depth: true, orphan: true, clock_shift_nanos: true });

export const traceSchema = z.strictObject({
  trace_id: z.string(),
  state,
  success: z.boolean(),
  start_nanos: instant,
  end_nanos: instant,
  duration_nanos: nanos,
  services: z.array(z.string()),
  last_seen: z.iso.datetime().describe('When the last message about it came in.'),
  spans: z.array(spanSchema).describe('In the order of the tree: callers before what they called, by start.'),
});

/** JSON has no bigints. Attributes are not deeper than what could be parsed. */
export function printAttributes(value: Attributes): Attributes {
  return JSON.parse(JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member))) as Attributes;
}

export function printTrace(trace: Trace): z.output<typeof traceSchema> {
  const tree = traceTree(trace);
  const order = [...walkTree(tree)];
  const positions = new Map(order.map(({ at }, position) => [at, position]));
  const shifts = clockSkew(trace, tree);
  return {
    trace_id: trace.traceId,
    state: trace.state,
    success: trace.success,
    start_nanos: String(trace.startNanos),
    end_nanos: String(trace.endNanos),
    duration_nanos: String(trace.durationNanos),
    services: [...trace.services],
    last_seen: new Date(trace.lastSeenMillis).toISOString(),
    spans: order.map(({ at, depth }) => printSpan(trace.spans[at] as Span, depth, shifts[at] ?? 0n, positions)),
  };
}

const optional = (value: bigint | undefined): string | null => (value === undefined ? null : String(value));

const printSpan = (span: Span, depth: number, shift: bigint, positions: ReadonlyMap<number, number>): z.output<typeof spanSchema> => ({
  ...printLoneSpan(span),
  parent_index: span.parentIndex === undefined ? null : (positions.get(span.parentIndex) ?? null),
  depth,
  orphan: span.orphan,
  clock_shift_nanos: String(shift),
});

export function printLoneSpan(span: Span): z.output<typeof loneSpanSchema> {
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    parent_span_id: span.parentId,
    name: span.name,
    kind: span.kind,
    status: span.status,
    status_message: span.statusMessage,
    state: span.state,
    service: span.service,
    instance: span.instance,
    address: span.address,
    runtime: span.runtime,
    capability: span.capability,
    target: span.target,
    model: span.model,
    provider: span.provider,
    input_tokens: span.inputTokens ?? null,
    output_tokens: span.outputTokens ?? null,
    total_tokens: span.totalTokens ?? null,
    request_bytes: span.requestBytes ?? null,
    response_bytes: span.responseBytes ?? null,
    start_nanos: String(span.startNanos),
    end_nanos: optional(span.endNanos),
    duration_nanos: optional(span.durationNanos),
    attributes: printAttributes(span.attributes),
    resource: printAttributes(span.resource),
    scope: printAttributes(span.scope),
    events: span.events.map(printAttributes),
    links: span.links.map(printAttributes),
    trace_state: span.traceState,
    duplicates: span.duplicates,
  };
}
