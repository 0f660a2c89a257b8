import type { Interval } from '../state/time-range.ts';

/** Of a time below a chart, in CSS pixels; the axes are written in 11 px. */
const digitWidth = 6.2;

/** Of a chart, in CSS pixels: all of it, the axis of values on its left, and what is left free on its right. */
type ChartWidth = Readonly<{ width: number; axis: number; edge: number }>;

/** A time below a chart, or nothing where the right edge of the chart would cut it off. */
export function unlessCut(text: string, atMillis: number, { startMillis, endMillis }: Interval, { width, axis, edge }: ChartWidth): string {
  const room = ((endMillis - atMillis) / (endMillis - startMillis)) * (width - axis - edge) + edge;
  return room < (text.length / 2) * digitWidth ? '' : text;
}
