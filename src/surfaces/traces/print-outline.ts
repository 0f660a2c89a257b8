import { z } from 'zod';
import type { Span, Trace } from '../../model/trace.ts';
import { clockSkew } from '../../queries/traces/clock-skew.ts';
import { traceTree, treeOrder } from '../../queries/traces/trace-tree.ts';
import { pathSegments } from '../../queries/traces-analysis/critical-path.ts';
import { humanNanos, waitKind, waitKinds } from '../../queries/traces-analysis/wait-kind.ts';
import { instant, nanos } from './print-trace.ts';

const position = z.int().min(0);
const whole = z.int();

export const outlineSchema = z.strictObject({
  trace_id: z.string(),
  state: z.enum(['running', 'complete', 'abandoned']),
  success: z.boolean(),
  start_nanos: instant,
  duration_nanos: nanos,
  services: z.array(z.string()),
  last_seen: z.iso.datetime(),
  now: z.iso.datetime().describe('When this was found out, by the clock of the server.'),
  operations: z
    .array(
      z.strictObject({
        service: z.string(),
        name: z.string(),
        kind: z.string(),
        work: z.enum(waitKinds as [string, ...string[]]).describe('What it is for the one that waits for it.'),
      }),
    )
    .describe('Each once.'),
  spans: z
    .strictObject({
      id: z.array(z.string()),
      parent: z.array(z.int().min(-1)).describe('Position of the caller; -1 for roots and orphans.'),
      operation: z.array(position).describe('Position in operations.'),
      start: z.array(whole).describe('Nanoseconds since start_nanos, with clock shifts added; may be negative.'),
      duration: z.array(whole.min(-1)).describe('Nanoseconds; -1 while it has not ended.'),
    })
    .describe('Columns of equal length, in the order of the tree: callers before what they called.'),
  failed: z.array(z.strictObject({ at: position, message: z.string().describe('Up to 300 characters.') })),
  orphans: z.array(position),
  human: z.array(z.strictObject({ at: position, nanos: whole })).describe('Time in which a person was asked within the span.'),
  critical_path: z.strictObject({
    at: z.array(z.int().min(-1)).describe('Positions of the spans that worked, one stretch after another; -1 between two roots.'),
    start: z.array(whole),
    end: z.array(whole),
    waiting: z
      .array(position)
      .describe('Positions within these lists of stretches in which the span had ended and its callee had not begun.'),
  }),
});

const shownMessage = 300;

/** Times become numbers here: 2^53 nanoseconds are 104 days, and what lies further from the start of its trace is a broken clock. */
const since = (start: bigint, time: bigint): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(time - start)));

/** A trace in columns: 100,000 spans are some megabytes, not a hundred. */
export function printOutline(trace: Trace, nowMillis: number): z.output<typeof outlineSchema> {
  const tree = traceTree(trace);
  const { order } = treeOrder(tree);
  const positions = new Int32Array(order.length);
  for (let position = 0; position < order.length; position++) positions[order[position] as number] = position;
  const shifts = clockSkew(trace, tree);
  const start = trace.startNanos;
  const operations = new Map<string, z.output<typeof outlineSchema>['operations'][number] & { at: number }>();
  const operationOf = (span: Span): number => {
    const { service, name, kind } = span;
    const work = waitKind(span);
    const key = `${work}\0${kind}\0${service}\0${name}`;
    const known = operations.get(key);
    if (known !== undefined) return known.at;
    operations.set(key, { service, name, kind, work, at: operations.size });
    return operations.size - 1;
  };
  const spans = Array.from(order, (at) => trace.spans[at] as Span);
  const failed: { at: number; message: string }[] = [];
  const human: { at: number; nanos: number }[] = [];
  const orphans: number[] = [];
  for (const [at, span] of spans.entries()) {
    if (span.status === 'error') failed.push({ at, message: span.statusMessage.slice(0, shownMessage).toWellFormed() });
    if (span.orphan) orphans.push(at);
    const asked = humanNanos(span);
    if (asked > 0) human.push({ at, nanos: asked });
  }
  const segments = pathSegments(trace, tree, shifts);
  const columns = {
    id: spans.map(({ spanId }) => spanId),
    parent: spans.map(({ parentIndex }) => (parentIndex === undefined ? -1 : (positions[parentIndex] as number))),
    operation: spans.map(operationOf),
    start: spans.map(({ startNanos }, position) => since(start, startNanos + (shifts[order[position] as number] ?? 0n))),
    duration: spans.map(({ state, durationNanos }) => (state !== 'ended' || durationNanos === undefined ? -1 : since(0n, durationNanos))),
  };
  return {
    trace_id: trace.traceId,
    state: trace.state,
    success: trace.success,
    start_nanos: String(start),
    duration_nanos: String(trace.durationNanos),
    services: [...trace.services],
    last_seen: new Date(trace.lastSeenMillis).toISOString(),
    now: new Date(nowMillis).toISOString(),
    operations: [...operations.values()].map(({ service, name, kind, work }) => ({ service, name, kind, work })),
    spans: columns,
    failed,
    orphans,
    human,
    critical_path: {
      at: segments.map(({ at }) => (at === undefined ? -1 : (positions[at] as number))),
      start: segments.map(({ startNanos }) => since(start, startNanos)),
      end: segments.map(({ endNanos }) => since(start, endNanos)),
      waiting: segments.flatMap(({ isWaiting }, at) => (isWaiting ? [at] : [])),
    },
  };
}
