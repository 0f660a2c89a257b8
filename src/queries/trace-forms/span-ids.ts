import { createHash } from 'node:crypto';
import type { Span, Trace } from '../../model/trace.ts';
import { traceKey } from '../../model/trace-id.ts';

/**
 * Ids as other programs want them: 32 and 16 hexadecimal digits in lower case, not all zero. Ids of any other form get one that is
 * derived from their text, the same in every export, so that an update meets what was exported before and a link meets its target.
 */
const derived = (kind: string, text: string, digits: number): string =>
  createHash('sha256').update(`${kind}\0${text.toWellFormed()}`).digest('hex').slice(0, digits);

const isZero = (id: string) => /^0+$/.test(id);

/** A 64-bit id, as Zipkin's, is the lower half of a 128-bit one (W3C Trace Context, section 3.2.2.3, says so too). */
export function hexTraceId(id: string): string {
  const key = traceKey(id).toLowerCase();
  if (!/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(key) || isZero(key)) return derived('trace', traceKey(id), 32);
  return key.padStart(32, '0');
}

export function hexSpanId(id: string): string {
  const lower = id.toLowerCase();
  return /^[0-9a-f]{16}$/.test(lower) && !isZero(lower) ? lower : derived('span', id, 16);
}

export type SpanIds = Readonly<{ traceId: string; spanId: string; parentId: string | undefined }>;

/**
 * Ids for each span of a trace, in its order. Spans that share an id (agents of MCP Mesh 0.4 reuse one within a request, the two sides
 * of Zipkin's calls have one) are told apart: the first keeps it. A parent that is not there is still named, so that a part of a trace
 * fits to the rest, which another program may have.
 */
export function spanIds(trace: Trace): readonly SpanIds[] {
  const traceId = hexTraceId(trace.traceId);
  const taken = new Set<string>();
  const times = new Map<string, number>();
  const own = trace.spans.map((span) => {
    let spanId = hexSpanId(span.spanId);
    while (taken.has(spanId)) {
      const same = `${span.spanId}\0${span.name}\0${span.startNanos}`;
      const time = (times.get(same) ?? 0) + 1;
      times.set(same, time);
      spanId = derived('again', `${same}\0${time}`, 16);
    }
    taken.add(spanId);
    return spanId;
  });
  return trace.spans.map((span, at) => ({ traceId, spanId: own[at] as string, parentId: parentOf(span, own, taken) }));
}

function parentOf({ parentIndex, parentId, orphan }: Span, own: readonly string[], taken: ReadonlySet<string>): string | undefined {
  if (parentIndex !== undefined) return own[parentIndex];
  const missing = orphan ? hexSpanId(parentId) : undefined;
  return missing === undefined || taken.has(missing) ? undefined : missing;
}
