import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTick } from '../format/times.ts';
import { resolveColour, useTheme } from '../state/theme.ts';
import type { Interval } from '../state/time-range.ts';
import { useZone } from '../state/zone.ts';
import { type ChartMarker, ChartMarkers } from './chart-markers.tsx';
import { unlessCut } from './tick-room.ts';
import styles from './time-chart.module.css';

export type ChartSeries = Readonly<{
  name: string;
  /** A CSS colour, or `var(--name)`. */
  colour: string;
  /** One for each of the times; null where nothing is known. */
  values: readonly (number | null)[];
}>;

export type TimeChartProps = Readonly<{
  /** Says to those who do not see it what the chart shows. */
  label: string;
  interval: Interval;
  /** Starts of the columns, or instants of the points, in Unix milliseconds, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  /** `bars` stand on each other, as do `areas`; `lines` do not. */
  kind: 'bars' | 'areas' | 'lines';
  format: (value: number) => string;
  height?: number;
  /** The part that was brushed with the pointer. */
  onZoom?: (part: Interval) => void;
  /** What happened meanwhile; shown where there is an `onZoom`. */
  markers?: readonly ChartMarker[];
}>;

/** In CSS pixels; `chart-markers.module.css` says them too. */
const edge = 6;
const valueAxis = 52;

const noMarkers: readonly ChartMarker[] = [];

/** Values over time. Its height is reserved before there is data, so nothing jumps. */
export function TimeChart({ markers = noMarkers, ...props }: TimeChartProps) {
  return (
    <div className={styles.marked}>
      {/* A canvas has no variables: another theme is another chart. */}
      <DrawnChart key={useTheme()} {...props} />
      {props.onZoom !== undefined && <ChartMarkers markers={markers} interval={props.interval} onZoom={props.onZoom} />}
    </div>
  );
}

function DrawnChart({ label, interval, times, series, kind, format, height = 96, onZoom }: Omit<TimeChartProps, 'markers'>) {
  const place = useRef<HTMLDivElement>(null);
  const [zone] = useZone();
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const stacked = kind !== 'lines';
    const data = [
      times.map((time) => time / 1000),
      ...(stacked ? cumulated(series) : series.map(({ values }) => [...values])),
    ] as uPlot.AlignedData;
    const line = resolveColour('var(--line)');
    const axis: uPlot.Axis = {
      stroke: resolveColour('var(--text-2)'),
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        padding: [edge, edge, 0, 0],
        // Where the day begins, and with it the ticks.
        tzDate: (seconds) => (zone === undefined ? new Date(seconds * 1000) : uPlot.tzDate(new Date(seconds * 1000), zone)),
        legend: { show: false },
        cursor: { y: false, drag: { x: zoom.current !== undefined, y: false, setScale: false }, points: { show: !stacked } },
        scales: {
          x: { time: true, range: [interval.startMillis / 1000, interval.endMillis / 1000] },
          y: { range: (_chart, _least, most) => [0, most > 0 ? most * 1.05 : 1] },
        },
        axes: [
          {
            ...axis,
            size: 24,
            values: (_chart, splits, _at, _space, step) =>
              splits.map((at) =>
                unlessCut(formatTick(at * 1000, step * 1000, zone), at * 1000, interval, {
                  width: element.clientWidth,
                  axis: valueAxis,
                  edge,
                }),
              ),
          },
          { ...axis, size: valueAxis, values: (_chart, splits) => splits.map(format) },
        ],
        series: [
          {},
          ...drawnOrder(series, stacked).map((one): uPlot.Series => {
            const colour = resolveColour(one.colour);
            const filled = stacked ? { fill: colour } : {};
            const paths = kind === 'bars' ? uPlot.paths.bars?.({ size: [0.9, 60], align: 1 }) : undefined;
            return {
              label: one.name,
              stroke: colour,
              width: kind === 'bars' ? 0 : 1.5,
              points: { show: false },
              ...filled,
              ...(paths === undefined ? {} : { paths }),
            };
          }),
        ],
        hooks: {
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              const startMillis = Math.round(self.posToVal(self.select.left, 'x') * 1000);
              const endMillis = Math.round(self.posToVal(self.select.left + self.select.width, 'x') * 1000);
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              zoom.current?.({ startMillis, endMillis });
            },
          ],
        },
      },
      data,
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [interval, times, series, kind, format, height, zone]);
  return <div ref={place} role="img" aria-label={label} className={styles.chart} style={{ height }} />;
}

/** The tallest is drawn first, so that what stands below covers it. */
const drawnOrder = (series: readonly ChartSeries[], stacked: boolean) => (stacked ? series.toReversed() : series);

function cumulated(series: readonly ChartSeries[]): (number | null)[][] {
  const below: number[] = [];
  return series
    .map(({ values }) =>
      values.map((value, at) => {
        below[at] = (below[at] ?? 0) + (value ?? 0);
        return below[at] as number;
      }),
    )
    .toReversed();
}
