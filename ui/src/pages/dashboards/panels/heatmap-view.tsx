import { useEffect, useMemo, useRef, useState } from 'react';
import { type Cell, CellGrid } from '../../../components/cell-grid.tsx';
import { formatTime } from '../../../format/times.ts';
import { resolveColour, useTheme } from '../../../state/theme.ts';
import { useZone } from '../../../state/zone.ts';
import { exactValue, formatMetric } from '../format-value.ts';
import { type ChartContent, count } from '../model/panel.ts';
import { type Axis, type Series, seriesOf } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';
import styles from './panels.module.css';
import { prepareCanvas } from './prepare-canvas.ts';

type HeatmapProps = Readonly<{ answered: AnsweredPanel; content: ChartContent; height: number }>;

const legendHeight = 24;
const below = 18;

/** How much there is of each value (rows) over time or another group (columns): the more, the stronger the colour. */
export function HeatmapView(props: HeatmapProps) {
  return <DrawnHeatmap key={useTheme()} {...props} />;
}

const labelsOf = (axis: Axis, print: (millis: number) => string): readonly string[] =>
  axis.type === 'time' ? axis.times.map(print) : axis.type === 'number' ? axis.starts.map(String) : axis.names;

function DrawnHeatmap({ answered, content, height }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [zone] = useZone();
  const { data, context } = answered;
  const { groups, metrics } = content;
  const { axis, series } = useMemo(() => seriesOf(groups, metrics.slice(0, 1), data.rows, context), [groups, metrics, data.rows, context]);
  const columns = useMemo(() => {
    const print = (millis: number) => formatTime(millis, zone, context.interval.endMillis).replace(/\.\d+$/, '');
    const labels = labelsOf(axis, print);
    // Columns of whole minutes need no seconds.
    return axis.type === 'time' && labels.every((label) => label.endsWith(':00')) ? labels.map((label) => label.slice(0, -3)) : labels;
  }, [axis, zone, context.interval.endMillis]);
  const most = Math.max(1e-9, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const [hovered, setHovered] = useState<Cell | undefined>();
  const metric = metrics[0] ?? count;
  const picture = height - legendHeight;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = () => drawCells(element, series, columns, most, picture);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [series, columns, most, picture]);
  const textOf = (cell: Cell): string => {
    const [row, place] = [series[cell.row], columns[cell.column]];
    return row === undefined || place === undefined ? '' : `${row.name}, ${place}: ${exactValue(row.values[cell.column] ?? null)}`;
  };
  return (
    <>
      <CellGrid
        label={`${answered.panel.title}: ${series.length} rows and ${columns.length} columns of ${data.total} records`}
        rows={series.length}
        columns={columns.length}
        height={picture - below}
        left={labelWidth}
        textOf={textOf}
        onCell={setHovered}
      >
        <canvas ref={canvas} style={{ width: '100%', height: picture, display: 'block' }} />
      </CellGrid>
      <p className={styles.scale} style={{ height: legendHeight }}>
        <span>{formatMetric(metric, 0)}</span>
        <span className={styles.ramp} aria-hidden="true" />
        <span title={exactValue(most)}>{formatMetric(metric, most)}</span>
        <span className={styles.hovered}>{hovered === undefined ? '' : textOf(hovered)}</span>
      </p>
    </>
  );
}

/** Of the names of the rows. */
const labelWidth = 'min(140px, 30%)';
const labelPixels = (width: number): number => Math.min(140, width * 0.3);

function drawCells(canvas: HTMLCanvasElement, series: readonly Series[], columns: readonly string[], most: number, height: number): void {
  const drawing = prepareCanvas(canvas, height);
  if (drawing === undefined || series.length === 0 || columns.length === 0) return;
  const { context, width } = drawing;
  const left = labelPixels(width);
  const cellWidth = (width - left) / columns.length;
  const cellHeight = (height - below) / series.length;
  const text = resolveColour('var(--text-2)');
  const [ground, accent] = [resolveColour('var(--surface-2)'), resolveColour('var(--accent)')];
  context.font = '11px system-ui';
  context.textBaseline = 'middle';
  const gap = cellWidth > 4 ? 1 : 0;
  for (const [row, { name, values }] of series.entries()) {
    const top = row * cellHeight;
    context.fillStyle = text;
    context.textAlign = 'right';
    if (cellHeight >= 9) context.fillText(fitted(context, name, left - 10), left - 6, top + cellHeight / 2);
    for (const [column, value] of values.entries()) {
      const x = left + column * cellWidth;
      context.fillStyle = ground;
      context.fillRect(x, top, cellWidth - gap, cellHeight - 1);
      if (value === null || value <= 0) continue;
      // The root shows small values that stand beside large ones.
      context.globalAlpha = 0.12 + 0.88 * Math.sqrt(value / most);
      context.fillStyle = accent;
      context.fillRect(x, top, cellWidth - gap, cellHeight - 1);
      context.globalAlpha = 1;
    }
  }
  context.fillStyle = text;
  context.textAlign = 'left';
  const widest = Math.min(120, Math.max(20, ...columns.slice(0, 200).map((label) => context.measureText(label).width))) + 12;
  const every = Math.max(1, Math.ceil(widest / cellWidth));
  for (let at = 0; at < columns.length; at += every) {
    const room = width - left - at * cellWidth;
    const label = columns[at] as string;
    if (every > 1 && context.measureText(label).width > room) break;
    context.fillText(fitted(context, label, Math.min(room, every * cellWidth - 4)), left + at * cellWidth, height - below / 2 + 1);
  }
}

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = Math.min(text.length, 60);
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}
