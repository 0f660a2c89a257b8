/** The part of a trace that is shown, in nanoseconds since it began. */
export type TimeWindow = Readonly<{ from: number; to: number }>;

/** Share of the width, from 0 to 1 within the window, beyond it outside. */
export const shareOf = ({ from, to }: TimeWindow, time: number): number => (time - from) / (to - from);

/** Where a bar stands in per cent of the width, cut at the edges; `undefined` when all of it lies outside. */
export function barOf(window: TimeWindow, start: number, end: number): Readonly<{ left: number; width: number }> | undefined {
  const left = shareOf(window, start);
  const right = shareOf(window, end);
  if (right < 0 || left > 1) return undefined;
  const from = Math.max(0, left);
  return { left: round(from * 100), width: round((Math.min(1, right) - from) * 100) };
}

const round = (value: number) => Math.round(value * 1000) / 1000;

/** The window with the factor of its length, around a time, within the whole. */
export function zoomed(window: TimeWindow, whole: TimeWindow, factor: number, around: number): TimeWindow {
  const length = Math.max(shortest, (window.to - window.from) * factor);
  if (length >= whole.to - whole.from) return whole;
  const share = Math.max(0, Math.min(1, shareOf(window, around)));
  const from = Math.max(whole.from, Math.min(whole.to - length, around - share * length));
  return { from, to: from + length };
}

const shortest = 1000;

/** As it stands in the URL, in microseconds, such as `120_4500`; negative for what began before the trace says it did. */
export const printWindow = ({ from, to }: TimeWindow): string => `${Math.round(from / 1000)}_${Math.round(to / 1000)}`;

/** The whole where the text says nothing, or nothing within it. */
export function parseWindow(text: string, whole: TimeWindow): TimeWindow {
  const found = /^(-?\d{1,15})_(-?\d{1,15})$/.exec(text);
  if (found === null) return whole;
  const from = Math.max(whole.from, Number(found[1]) * 1000);
  const to = Math.min(whole.to, Number(found[2]) * 1000);
  return to - from >= shortest ? { from, to } : whole;
}

/** Round times for the lines of a scale, in nanoseconds within the window; at most `most`. */
export function scaleOf({ from, to }: TimeWindow, most: number): readonly number[] {
  const smallest = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, smallest)));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= smallest) as number);
  const lines: number[] = [];
  for (let line = Math.ceil(from / step) * step; line <= to; line += step) lines.push(line);
  return lines;
}
