import type { Span, Trace } from '../../../model/trace.ts';
import { emptyContent } from '../../traces/testing/empty-content.ts';

/** A span with every member set to what says nothing, for tests to fill. */
export const exampleSpan = (members: Partial<Span> = {}): Span => ({
  ...emptyContent,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'call',
  service: 'agent',
  state: 'ended',
  startNanos: 1_763_700_000_123_456_789n,
  endNanos: 1_763_700_000_138_456_789n,
  durationNanos: 15_000_000n,
  parentIndex: undefined,
  orphan: false,
  duplicates: 0,
  ...members,
});

/** Parents by id alone; what names itself or a later span is left to the test. */
const link = (span: Span, at: number, spans: readonly Span[]): Span => {
  if (span.parentIndex !== undefined || span.parentId === '' || span.orphan) return span;
  const found = spans.findIndex(({ spanId }) => spanId === span.parentId);
  return found === -1 || found === at ? { ...span, orphan: true } : { ...span, parentIndex: found };
};

/** A trace of these spans; `parentIndex` is filled from `parentId`. */
export const exampleTrace = (spans: readonly Span[], members: Partial<Trace> = {}): Trace => {
  const first = spans[0] ?? exampleSpan();
  const times = spans.flatMap(({ startNanos, endNanos }) => [startNanos, endNanos ?? startNanos]).sort((a, b) => (a < b ? -1 : 1));
  const startNanos = times[0] ?? first.startNanos;
  const endNanos = times.at(-1) ?? first.startNanos;
  return {
    traceId: first.traceId,
    state: 'complete',
    startNanos,
    endNanos,
    durationNanos: endNanos - startNanos,
    success: spans.every(({ status }) => status !== 'error'),
    spans: spans.map(link),
    services: [...new Set(spans.map(({ service }) => service))].sort(),
    lastSeenMillis: 1_763_700_001_000,
    ...members,
  };
};
