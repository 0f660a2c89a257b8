import type { Interval } from '../../state/time-range.ts';
import { type FoundTrace, millisOf } from './trace-api.ts';

/** A part of the scatter: time of the start, and duration, in milliseconds. */
export type ScatterBox = Readonly<{ startMillis: number; endMillis: number; least: number; most: number }>;

export const printBox = ({ startMillis, endMillis, least, most }: ScatterBox): string =>
  [Math.floor(startMillis), Math.ceil(endMillis), Number(least.toPrecision(4)), Number(most.toPrecision(4))].join('_');

/** `undefined` where the text of the URL is no box. */
export function parseBox(text: string): ScatterBox | undefined {
  const parts = text === '' ? [] : text.split('_').map(Number);
  const [startMillis, endMillis, least, most] = parts as [number, number, number, number];
  if (parts.length !== 4 || !parts.every(Number.isFinite)) return undefined;
  return endMillis > startMillis && most > least ? { startMillis, endMillis, least, most } : undefined;
}

export function isInBox({ start_nanos, duration_nanos }: FoundTrace, { startMillis, endMillis, least, most }: ScatterBox): boolean {
  const start = millisOf(start_nanos);
  const duration = millisOf(duration_nanos);
  return start >= startMillis && start <= endMillis && duration >= least && duration <= most;
}

/** The slowest tenth of the traces, over the whole time, for those who do not drag; `undefined` where they are too few, or all the same. */
export function slowestBox(traces: readonly FoundTrace[], interval: Interval): ScatterBox | undefined {
  const durations = traces.map(({ duration_nanos }) => millisOf(duration_nanos)).sort((one, other) => other - one);
  const [most, least] = [durations[0] ?? 0, durations[Math.ceil(durations.length / 10) - 1] ?? 0];
  if (durations.length < 10 || (durations.at(-1) as number) >= least) return undefined;
  // With room for the digits that the URL leaves out.
  return { ...interval, least: least * 0.999, most: most * 1.001 };
}

/** The trace nearest to a point of the screen, within some pixels. */
export function nearest(
  traces: readonly FoundTrace[],
  x: number,
  y: number,
  placeOf: (trace: FoundTrace) => readonly [number, number],
  reach = 12,
): FoundTrace | undefined {
  let found: FoundTrace | undefined;
  let least = reach * reach;
  for (const trace of traces) {
    const [left, top] = placeOf(trace);
    const distance = (left - x) ** 2 + (top - y) ** 2;
    if (distance < least) {
      least = distance;
      found = trace;
    }
  }
  return found;
}
