import { useEffect, useRef } from 'react';
import { resolveColour, useTheme } from '../../../state/theme.ts';
import type { Axis, Series } from '../model/panel-data.ts';
import { prepareCanvas } from './prepare-canvas.ts';

type ColumnsChartProps = Readonly<{
  label: string;
  axis: Exclude<Axis, { type: 'names' }>;
  series: readonly (Series & { colour: string })[];
  /** On each other; else beside each other. */
  stacked: boolean;
  format: (value: number) => string;
  formatPlace: (place: number) => string;
  height: number;
}>;

const left = 52;
const below = 20;
const above = 6;

/** Columns over numbers, and columns of several series beside each other over time. */
export function ColumnsChart(props: ColumnsChartProps) {
  // A canvas has no variables: another theme is another picture.
  return <DrawnColumns key={useTheme()} {...props} />;
}

function DrawnColumns(props: ColumnsChartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = () => drawColumns(element, props);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => observer.disconnect();
  }, [props]);
  return <canvas ref={canvas} role="img" aria-label={props.label} style={{ width: '100%', height: props.height, display: 'block' }} />;
}

/** Round numbers from 0 on, about `wanted` of them. */
function ticks(most: number, wanted: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(most / wanted));
  const step = power * (([1, 2, 5, 10].find((factor) => factor * power * wanted >= most) ?? 10) as number);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, at) => at * step);
}

function drawColumns(canvas: HTMLCanvasElement, { axis, series, stacked, format, formatPlace, height }: ColumnsChartProps): void {
  const drawing = prepareCanvas(canvas, height);
  if (drawing === undefined) return;
  const { context, width } = drawing;
  const places = axis.type === 'time' ? axis.times : axis.starts;
  const step = (axis.type === 'time' ? axis.stepMillis : axis.step) ?? 1;
  const start = places[0] ?? 0;
  const end = (places.at(-1) ?? 1) + step;
  const sums = places.map((_, at) => series.reduce((sum, { values }) => sum + Math.max(0, values[at] ?? 0), 0));
  const most = Math.max(1e-9, ...(stacked ? sums : series.flatMap(({ values }) => values.map((value) => value ?? 0)))) * 1.05;
  const x = (place: number) => left + ((place - start) / (end - start)) * (width - left - 6);
  const y = (value: number) => height - below - (value / most) * (height - below - above);
  context.font = '11px system-ui';
  context.fillStyle = resolveColour('var(--text-2)');
  context.strokeStyle = resolveColour('var(--line)');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const tick of ticks(most, 4)) {
    context.beginPath();
    context.moveTo(left, Math.round(y(tick)) + 0.5);
    context.lineTo(width, Math.round(y(tick)) + 0.5);
    context.stroke();
    context.fillText(format(tick), left - 6, y(tick));
  }
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const labels = Math.max(1, Math.floor((width - left) / 90));
  const every = Math.max(1, Math.ceil((end - start) / step / labels));
  for (let place = start; place < end; place += every * step)
    context.fillText(formatPlace(place), Math.max(left + 12, x(place)), height - 5);
  for (const [at, place] of places.entries()) {
    const room = Math.max(1, x(place + step) - x(place) - 1);
    let base = 0;
    for (const [number, { values, colour }] of series.entries()) {
      const value = Math.max(0, values[at] ?? 0);
      context.fillStyle = resolveColour(colour);
      if (stacked) {
        context.fillRect(x(place), y(base + value), room, y(base) - y(base + value));
        base += value;
      } else {
        const own = room / series.length;
        context.fillRect(x(place) + number * own, y(value), Math.max(1, own - 0.5), y(0) - y(value));
      }
    }
  }
}
