import { type PathRows, stepsInView } from './path-rows.ts';
import { shareOf, type TimeWindow } from './time-window.ts';

/** A log record on the row of its span; nanoseconds since the trace began. */
export type LogTick = Readonly<{ row: number; time: number; isError: boolean }>;

export type Overlay = Readonly<{
  path: PathRows;
  ticks: readonly LogTick[];
  window: TimeWindow;
  /** Rows that are drawn: from, up to. */
  from: number;
  to: number;
  rowHeight: number;
  width: number;
  colours: Readonly<{ path: string; tick: string; error: string }>;
}>;

/** Lines closer than this are one, in pixels. */
const finest = 0.75;

/** Where the path jumps more often than each so many pixels, fewer jumps are drawn, so that the bars can be seen. */
const crowded = 7;

/** The critical path along the feet of the bars and from bar to bar, and logs as ticks above the bars, for the rows in view. */
export function drawOverlay(context: CanvasRenderingContext2D, overlay: Overlay): void {
  drawPath(context, overlay);
  drawTicks(context, overlay);
}

function drawPath(context: CanvasRenderingContext2D, { path, window, from, to, rowHeight, width, colours }: Overlay): void {
  const foot = (row: number) => (row - from) * rowHeight + 22;
  context.fillStyle = colours.path;
  const apart = path.row.length > width / crowded ? crowded : finest;
  let drawnRow = -1;
  let drawnUntil = Number.NEGATIVE_INFINITY;
  let column = Number.NEGATIVE_INFINITY;
  let top = 0;
  let bottom = 0;
  const isDrawn = (x: number, upper: number, lower: number) =>
    Math.abs(x - column) < apart && ((upper >= top && lower <= bottom) || apart === crowded);
  for (const place of stepsInView(path, from, to)) {
    const row = path.row[place] as number;
    const before = place === 0 ? row : (path.row[place - 1] as number);
    const isSeen = row >= from && row < to;
    const x1 = shareOf(window, path.start[place] as number) * width;
    const x2 = shareOf(window, path.end[place] as number) * width;
    if (x1 > width) continue;
    if (isSeen && x2 >= 0 && (row !== drawnRow || x2 - drawnUntil > finest)) {
      context.fillRect(Math.max(0, x1), foot(row), Math.max(1, Math.min(width, x2) - Math.max(0, x1)), 2);
      drawnRow = row;
      drawnUntil = x2;
    }
    if (before === row || x1 < 0) continue;
    const upper = Math.max(from, Math.min(before, row));
    const lower = Math.min(to, Math.max(before, row));
    if (upper >= lower || isDrawn(x1, upper, lower)) continue;
    context.globalAlpha = 0.45;
    context.fillRect(Math.round(x1), foot(upper), 1, (lower - upper) * rowHeight + 2);
    context.globalAlpha = 1;
    column = x1;
    top = upper;
    bottom = lower;
  }
}

function drawTicks(context: CanvasRenderingContext2D, { ticks, window, from, to, rowHeight, width, colours }: Overlay): void {
  for (const { row, time, isError } of ticks) {
    if (row < from || row >= to) continue;
    const x = Math.round(shareOf(window, time) * width);
    if (x < 0 || x > width) continue;
    const y = (row - from) * rowHeight;
    context.fillStyle = isError ? colours.error : colours.tick;
    if (isError) {
      context.beginPath();
      context.moveTo(x - 4, y + 1);
      context.lineTo(x + 4, y + 1);
      context.lineTo(x, y + 8);
      context.fill();
    } else context.fillRect(x, y + 1, 2, 5);
  }
}
