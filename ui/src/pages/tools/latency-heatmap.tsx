import { useEffect, useMemo, useRef, useState } from 'react';
import type { Activity } from '../../api/tools.ts';
import { type Cell, CellGrid } from '../../components/cell-grid.tsx';
import { formatDuration } from '../../format/quantities.ts';
import { formatTime } from '../../format/times.ts';
import { resolveColour, useTheme } from '../../state/theme.ts';
import { useZone } from '../../state/zone.ts';
import { heatBars, heatGrid, strength } from './heat-grid.ts';
import styles from './tools.module.css';

type LatencyHeatmapProps = Readonly<{
  activity: Activity;
  /** Of durations in milliseconds and times in Unix milliseconds: what was clicked. */
  onPick: (part: Readonly<{ fromMillis: number; toMillis: number; startMillis: number; endMillis: number }>) => void;
}>;

/** How long calls took over time: each cell stronger the more calls it has; beside it how many each row has in all. */
export function LatencyHeatmap(props: LatencyHeatmapProps) {
  // A canvas has no variables: another theme is another picture.
  return <DrawnHeatmap key={useTheme()} {...props} />;
}

function DrawnHeatmap({ activity, onPick }: LatencyHeatmapProps) {
  const { steps, step_ms, start, detail } = activity;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [spot, setSpot] = useState<Cell | undefined>();
  const [zone] = useZone();
  const grid = useMemo(() => heatGrid(detail?.heatmap ?? [], steps), [detail, steps]);
  const rows = grid.calls.length;
  const rowHeight = Math.max(12, Math.min(22, Math.floor(150 / Math.max(1, rows))));
  const height = Math.max(1, rows) * rowHeight;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = () => {
      const ratio = window.devicePixelRatio;
      element.width = element.clientWidth * ratio;
      element.height = height * ratio;
      const context = element.getContext('2d');
      if (context === null) return;
      context.fillStyle = resolveColour('var(--accent)');
      const width = element.width / grid.columns;
      for (const [row, counts] of grid.calls.entries()) {
        const top = (rows - 1 - row) * rowHeight * ratio;
        for (const [column, count] of counts.entries()) {
          context.globalAlpha = strength(count, grid.most);
          if (count > 0) context.fillRect(Math.floor(column * width), top, Math.ceil(width), rowHeight * ratio - 1);
        }
      }
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid, rows, rowHeight, height]);

  if (rows === 0) return <p className={styles.soft}>No call in this time.</p>;
  const startMillis = Date.parse(start);
  const bars = heatBars(grid);
  const mostCalls = Math.max(...bars.map(({ calls }) => calls));
  const limits = (fromMillis: number, toMillis: number) => `${formatDuration(fromMillis)} to ${formatDuration(toMillis)}`;
  /** Of a cell: the shortest durations stand lowest. */
  const partOf = ({ row, column }: Cell) => ({
    fromMillis: grid.limitsMillis[rows - 1 - row] ?? 0,
    toMillis: grid.limitsMillis[rows - row] ?? 0,
    startMillis: startMillis + column * step_ms,
    endMillis: startMillis + (column + 1) * step_ms,
  });
  const textOf = (cell: Cell) => {
    const part = partOf(cell);
    const calls = grid.calls[rows - 1 - cell.row]?.[cell.column] ?? 0;
    return `${formatTime(part.startMillis, zone, startMillis)}: ${calls} ${calls === 1 ? 'call' : 'calls'} took ${limits(part.fromMillis, part.toMillis)}`;
  };
  return (
    <>
      <div className={styles.heat}>
        <div className={styles.heatAxis} aria-hidden="true" style={{ height }}>
          {grid.limitsMillis.map((limit, at) =>
            at % Math.max(1, Math.ceil(grid.limitsMillis.length / (height / 20))) === 0 ? (
              <span key={limit} style={{ bottom: at * rowHeight - 7 }}>
                {formatDuration(limit)}
              </span>
            ) : null,
          )}
        </div>
        <CellGrid
          label="Durations of calls over time; Enter shows the traces of a cell"
          rows={rows}
          columns={grid.columns}
          height={height}
          textOf={textOf}
          onCell={setSpot}
          onPick={(cell) => onPick(partOf(cell))}
        >
          <canvas ref={canvas} className={styles.heatCanvas} style={{ height }} />
        </CellGrid>
        <ol className={styles.histogram} aria-label="Calls by duration, the longest first">
          {bars.toReversed().map(({ fromMillis, toMillis, calls }) => (
            <li key={fromMillis} style={{ height: 2 * rowHeight }}>
              {calls > 0 && (
                <button
                  type="button"
                  aria-label={`${limits(fromMillis, toMillis)}: ${calls} calls; show traces`}
                  title={`${limits(fromMillis, toMillis)}: ${calls} calls`}
                  onClick={() => onPick({ fromMillis, toMillis, startMillis, endMillis: startMillis + steps * step_ms })}
                >
                  <span style={{ width: `max(3px, ${(calls / mostCalls) * 100}%)` }} />
                </button>
              )}
            </li>
          ))}
        </ol>
      </div>
      <p className={styles.heatNote}>{spot === undefined ? 'Click a cell or a bar for its traces.' : textOf(spot)}</p>
    </>
  );
}
