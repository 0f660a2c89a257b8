export type Bounds = Readonly<{ least: number; most: number }>;

const mostRanges = 16;

/** 1, 2 or 5 times a power of ten, not above `value`. */
const roundBelow = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [5, 2, 1].find((one) => one * power <= value * (1 + 1e-9)) ?? 1;
  return Number((digit * power).toPrecision(1));
};

const roundAbove = (value: number): number => {
  const below = roundBelow(value);
  if (below >= value) return below;
  const power = 10 ** Math.floor(Math.log10(below) + 1e-9);
  const digit = Math.round(below / power);
  return Number((digit === 1 ? 2 * power : digit === 2 ? 5 * power : 10 * power).toPrecision(1));
};

/**
 * Edges of ranges that cover all values, readable and at most 16 ranges: 1, 2, 5, 10 … where values differ by more than a factor of 100, as
 * durations and sizes do; else of one width. The last edge is above the largest value.
 */
export function rangeEdges({ least, most }: Bounds): readonly number[] {
  if (!(Number.isFinite(least) && Number.isFinite(most)) || most < least) return [];
  const size = Math.max(Math.abs(least), Math.abs(most));
  // So close together that rounded edges could not tell them apart.
  if (most - least <= size * 1e-9) return [least, Number.isInteger(most) && size < 1e9 ? most + 1 : most + size * 1e-6];
  if (least >= 0 && most / Math.max(least, most / 1e4) > 100) return logarithmic(least, most);
  const width = roundAbove((most - least) / (mostRanges - 2));
  const first = Math.floor(least / width) * width;
  const count = Math.floor((most - first) / width) + 1;
  return Array.from({ length: count + 1 }, (_, at) => Number((first + at * width).toPrecision(12)));
}

function logarithmic(least: number, most: number): readonly number[] {
  const edges: number[] = [];
  const start = roundBelow(Math.max(least, most / 1e4));
  if (least < start) edges.push(0);
  let edge = start;
  while (edge <= most) {
    edges.push(edge);
    edge = roundAbove(edge * 1.01);
  }
  edges.push(edge);
  return edges;
}
