/** Chance that a seed decides: the same seed gives the same sequence. */
export type Chance = Readonly<{
  between: (min: number, max: number) => number;
  pick: <T>(values: readonly [T, ...T[]]) => T;
  /** True in such a share of cases, from 0 to 1. */
  happens: (share: number) => boolean;
}>;

/** mulberry32, a generator of 32 bits of state. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    between: (min, max) => min + next() * (max - min),
    pick: (values) => values[Math.floor(next() * values.length)] ?? values[0],
    happens: (share) => next() < share,
  };
}
