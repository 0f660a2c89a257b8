import type { SpanRow } from '../span-rows.ts';
import { emptyContent } from './empty-content.ts';

export const timing = { start: 1, end: 2, duration: 4 } as const;

/** Has all members, so that rows are copies of it, changed: objects that grow are slow, and tests make 100,000 of them. */
const nothing: SpanRow = {
  ...emptyContent,
  hash: '1',
  segment: 1,
  row: 0,
  ingestedMillis: 0,
  record: 'span',
  traceId: 't',
  spanId: 's',
  name: 'op',
  service: 'agent',
  startNanos: 0n,
  endNanos: 0n,
  durationNanos: 0n,
  timing: 0,
};

/** A row as the table would give it for a message with these times, in nanoseconds. */
export function spanRow(
  members: Partial<Omit<SpanRow, 'startNanos' | 'endNanos' | 'durationNanos'>> & { start?: number; end?: number; took?: number },
): SpanRow {
  const { start, end, took, ...others } = members;
  const first = start ?? (end === undefined ? 0 : end - (took ?? 0));
  return {
    ...nothing,
    ...others,
    startNanos: BigInt(first),
    endNanos: BigInt(end ?? first + (took ?? 0)),
    durationNanos: BigInt(took ?? (start !== undefined && end !== undefined ? end - start : 0)),
    timing: (start === undefined ? 0 : timing.start) + (end === undefined ? 0 : timing.end) + (took === undefined ? 0 : timing.duration),
  };
}
