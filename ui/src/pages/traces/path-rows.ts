import type { Outline } from './trace-api.ts';

/** The critical path upon the rows of a waterfall, so that the steps in view are found without going through all of them. */
export type PathRows = Readonly<{
  /** Of each step, in the order of time; steps of spans that are not known are left out. */
  row: Int32Array;
  start: Float64Array;
  end: Float64Array;
  /** Steps by their rows; those of row `r` stand from `stepsFrom[r]` up to `stepsFrom[r + 1]`, in the order of time. */
  steps: Int32Array;
  stepsFrom: Int32Array;
}>;

export function pathRows(path: Pick<Outline['critical_path'], 'at' | 'start' | 'end'>, rowOf: Int32Array, rows: number): PathRows {
  const known = Int32Array.from(path.at.keys()).filter((place) => (path.at[place] as number) >= 0);
  const row = known.map((place) => rowOf[path.at[place] as number] as number);
  const stepsFrom = new Int32Array(rows + 1);
  for (const at of row) stepsFrom[at + 1] = (stepsFrom[at + 1] as number) + 1;
  for (let at = 1; at <= rows; at += 1) stepsFrom[at] = (stepsFrom[at] as number) + (stepsFrom[at - 1] as number);
  const next = stepsFrom.slice();
  const steps = new Int32Array(known.length);
  for (const [step, at] of row.entries()) {
    const place = next[at] as number;
    steps[place] = step;
    next[at] = place + 1;
  }
  return {
    row,
    start: Float64Array.from(known, (place) => path.start[place] as number),
    end: Float64Array.from(known, (place) => path.end[place] as number),
    steps,
    stepsFrom,
  };
}

/** Steps on rows in view and those that come right behind them, in the order of time. A jump between two rows out of view would only cross what is in view. */
export function stepsInView({ row, steps, stepsFrom }: PathRows, from: number, to: number): Int32Array {
  const rows = stepsFrom.length - 1;
  const seen = steps.subarray(stepsFrom[Math.min(from, rows)], stepsFrom[Math.min(to, rows)]);
  const behind = seen
    .map((step) => step + 1)
    .filter((step) => step < row.length && !((row[step] as number) >= from && (row[step] as number) < to));
  const all = new Int32Array(seen.length + behind.length);
  all.set(seen);
  all.set(behind, seen.length);
  return all.sort();
}
