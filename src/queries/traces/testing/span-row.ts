import type { SpanRow } from '../span-rows.ts';

export const timing = { start: 1, end: 2, duration: 4 } as const;

/** A row as the table would give it for a message with these times, in nanoseconds. */
export function spanRow(
  members: Partial<Omit<SpanRow, 'startNanos' | 'endNanos' | 'durationNanos'>> & { start?: number; end?: number; took?: number },
): SpanRow {
  const { start, end, took, ...others } = members;
  const first = start ?? (end === undefined ? 0 : end - (took ?? 0));
  return {
    hash: '1',
    segment: 1,
    row: 0,
    ingestedMillis: 0,
    record: 'span',
    traceId: 't',
    spanId: 's',
    parentId: '',
    name: 'op',
    kind: '',
    status: '',
    statusMessage: '',
    service: 'agent',
    instance: '',
    address: '',
    runtime: '',
    capability: '',
    target: '',
    model: '',
    provider: '',
    traceState: '',
    startNanos: BigInt(first),
    endNanos: BigInt(end ?? first + (took ?? 0)),
    durationNanos: BigInt(took ?? (start !== undefined && end !== undefined ? end - start : 0)),
    timing: (start === undefined ? 0 : timing.start) + (end === undefined ? 0 : timing.end) + (took === undefined ? 0 : timing.duration),
    inputTokens: undefined,
    outputTokens: undefined,
    totalTokens: undefined,
    requestBytes: undefined,
    responseBytes: undefined,
    attributes: {},
    resource: {},
    scope: {},
    events: [],
    links: [],
    ...others,
  };
}
