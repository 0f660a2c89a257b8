import type { Span, Trace } from '../../model/trace.ts';
import { rfc3339Nano } from '../../queries/trace-forms/completed-trace.ts';
import { isInternalName } from '../../queries/traces/operations.ts';

const millisOf = (nanos: bigint | undefined) => (nanos === undefined ? undefined : Number(nanos / 1_000_000n));

/** The first operation that nobody called; of orphans only when there is no other. */
const rootOf = ({ spans }: Trace): Span =>
  (spans.find(({ parentId }) => parentId === '') ?? spans.find(({ parentIndex }) => parentIndex === undefined)) as Span;

/** A row of `/api/trace/recent`. */
export function recentTrace(trace: Trace): Readonly<Record<string, unknown>> {
  const root = rootOf(trace);
  return {
    trace_id: trace.traceId,
    root_agent: root.service,
    root_operation: root.name,
    duration_ms: millisOf(root.durationNanos ?? trace.durationNanos),
    start_time: rfc3339Nano(trace.startNanos),
    span_count: trace.spans.length,
    agent_count: trace.services.length,
    success: trace.success,
    agents: trace.services,
  };
}

/** How many spans a live view is sent of one trace. */
const maxSpans = 1000;

/** What `/api/traces/live` sends of a trace: upstream's own operations are left out, and what they called has their caller. */
export function traceSnapshot(trace: Trace): Readonly<Record<string, unknown>> {
  const { spans } = trace;
  const root = rootOf(trace);
  const isShown = spans.map(({ name }) => !isInternalName(name));
  // Chains of hidden spans are followed once each: a span's answer is its parent's when that is hidden.
  const callers: (string | undefined)[] = [];
  const callerOf = (at: number): string | undefined => {
    const path: number[] = [];
    let next: number | undefined = at;
    let found: string | undefined;
    for (;;) {
      const span = spans[next] as Span;
      path.push(next);
      if (span.parentIndex === undefined) found = span.parentId === '' ? undefined : span.parentId;
      else if (isShown[span.parentIndex]) found = (spans[span.parentIndex] as Span).spanId;
      else if (span.parentIndex in callers) found = callers[span.parentIndex];
      else {
        next = span.parentIndex;
        continue;
      }
      break;
    }
    for (const each of path) callers[each] = found;
    return found;
  };
  const shown = spans.flatMap((span, at) => (isShown[at] ? [{ span, at }] : []));
  const duration = millisOf(root.durationNanos);
  return {
    trace_id: trace.traceId,
    ...(root.service === '' ? {} : { root_agent: root.service }),
    ...(root.name === '' ? {} : { root_operation: root.name }),
    start_time: rfc3339Nano(trace.startNanos),
    completed: trace.state !== 'running',
    ...(duration === undefined ? {} : { duration_ms: duration }),
    has_error: !trace.success,
    span_count: shown.length,
    agents: trace.services,
    spans: shown.slice(0, maxSpans).map(({ span, at }) => snapshotSpan(span, callerOf(at))),
  };
}

function snapshotSpan(span: Span, caller: string | undefined): Readonly<Record<string, unknown>> {
  const duration = millisOf(span.durationNanos);
  const success = span.status === 'error' ? false : span.state === 'ended' ? true : undefined;
  return {
    span_id: span.spanId,
    ...(caller === undefined ? {} : { effective_parent: caller }),
    agent_name: span.service,
    operation: span.name,
    ...(duration === undefined ? {} : { duration_ms: duration }),
    ...(success === undefined ? {} : { success }),
    ...(span.runtime === '' ? {} : { runtime: span.runtime }),
  };
}
