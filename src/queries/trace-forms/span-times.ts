import type { Span } from '../../model/trace.ts';

/** Nanoseconds, 0 or later and no longer than a fixed64 holds: forms have no others. */
export const unsignedNanos = (nanos: bigint): bigint => (nanos < 0n ? 0n : nanos);

/**
 * When a span ended, in nanoseconds since the epoch; `undefined` while it has not. An agent's clock may have jumped, and then what it
 * measured counts from the start.
 */
export function endOf(span: Span): bigint | undefined {
  if (span.endNanos !== undefined && span.endNanos >= span.startNanos) return span.endNanos;
  return span.durationNanos === undefined
    ? span.endNanos === undefined
      ? undefined
      : span.startNanos
    : span.startNanos + span.durationNanos;
}

/** Decimal nanoseconds of an event, or `undefined` when it is none. */
export function eventNanos(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}

/** Microseconds, rounded down: as numbers they are exact for any time until the year 2255. */
export const micros = (nanos: bigint): number => Number(nanos / 1000n);
