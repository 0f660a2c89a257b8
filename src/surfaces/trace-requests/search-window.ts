/** The most traces that one answer holds: each is put together as a whole. */
export const maxTraces = 1500;

/** Nanoseconds of a count of larger units, within what times of spans can be. */
export function nanosOf(count: bigint, unitNanos: bigint): bigint {
  const nanos = count * unitNanos;
  const limit = 2n ** 63n - 1n;
  return nanos > limit ? limit : nanos < -limit ? -limit : nanos;
}
