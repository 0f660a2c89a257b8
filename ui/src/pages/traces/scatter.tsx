import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { unlessCut } from '../../components/tick-room.ts';
import { formatDuration } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { formatTime, type Zone } from '../../format/times.ts';
import { resolveColour, useTheme } from '../../state/theme.ts';
import type { Interval } from '../../state/time-range.ts';
import { nearest, type ScatterBox } from './scatter-box.ts';
import styles from './search-page.module.css';
import { type FoundTrace, millisOf } from './trace-api.ts';

type ScatterProps = Readonly<{
  traces: readonly FoundTrace[];
  interval: Interval;
  box: ScatterBox | undefined;
  zone: Zone;
  onBox: (box: ScatterBox) => void;
  onOpen: (trace: FoundTrace) => void;
}>;

/** In CSS pixels. */
const height = 220;
const edge = 8;
const durationAxis = 64;

/** Traces by start and duration. The list beside it says the same to those who do not see it. */
export function Scatter(props: ScatterProps) {
  return <DrawnScatter key={useTheme()} {...props} />;
}

function DrawnScatter({ traces, interval, box, zone, onBox, onOpen }: ScatterProps) {
  const place = useRef<HTMLDivElement>(null);
  const actions = useRef({ onBox, onOpen });
  actions.current = { onBox, onOpen };
  const [pointed, setPointed] = useState<Readonly<{ trace: FoundTrace; left: number; top: number }> | undefined>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const sorted = traces.toSorted((one, other) => millisOf(one.start_nanos) - millisOf(other.start_nanos));
    const chart = new uPlot(optionsOf(element, sorted, { interval, box, zone }, actions, setPointed), dataOf(sorted), element);
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [traces, interval, box, zone]);
  return (
    <div
      ref={place}
      role="img"
      aria-label={`Duration of ${traces.length} traces over time; drag to select some`}
      className={styles.scatter}
      data-pointed={pointed !== undefined}
    >
      {pointed !== undefined && (
        <div className={styles.tip} style={{ left: pointed.left, top: pointed.top }}>
          {pointed.trace.success ? '' : '✕ '}
          {pointed.trace.root_service} › {pointed.trace.root_name} <b>{formatDuration(millisOf(pointed.trace.duration_nanos))}</b>
        </div>
      )}
    </div>
  );
}

const least = 0.001;
const durationOf = (trace: FoundTrace) => Math.max(least, millisOf(trace.duration_nanos));

const dataOf = (sorted: readonly FoundTrace[]): uPlot.AlignedData => [
  sorted.map(({ start_nanos }) => millisOf(start_nanos) / 1000),
  sorted.map(durationOf),
];

type Actions = { current: Pick<ScatterProps, 'onBox' | 'onOpen'> };
type Pointed = Readonly<{ trace: FoundTrace; left: number; top: number }> | undefined;

function optionsOf(
  element: HTMLElement,
  sorted: readonly FoundTrace[],
  { interval, box, zone }: Pick<ScatterProps, 'interval' | 'box' | 'zone'>,
  actions: Actions,
  onPoint: (pointed: Pointed) => void,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: resolveColour('var(--text-2)'),
    grid: { stroke: resolveColour('var(--line)'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  const at = (chart: uPlot): FoundTrace | undefined =>
    nearest(sorted, chart.cursor.left ?? -1, chart.cursor.top ?? -1, (trace) => [
      chart.valToPos(millisOf(trace.start_nanos) / 1000, 'x'),
      chart.valToPos(durationOf(trace), 'y'),
    ]);
  return {
    width: element.clientWidth,
    height,
    padding: [edge, edge, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: true, y: true, uni: 8, setScale: false }, points: { show: false } },
    scales: {
      x: { time: true, range: [interval.startMillis / 1000, interval.endMillis / 1000] },
      y: { distr: 3, log: 10, range: (_chart, low, high) => [Math.max(least, low ?? 1) / 1.5, Math.max(least, high ?? 1000) * 1.5] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        values: (_chart, splits) =>
          splits.map((seconds) =>
            unlessCut(formatTick(seconds * 1000, splits, zone), seconds * 1000, interval, {
              width: element.clientWidth,
              axis: durationAxis,
              edge,
            }),
          ),
      },
      {
        ...axis,
        size: durationAxis,
        filter: wholePowers,
        grid: { ...axis.grid, filter: wholePowers },
        values: (_chart, splits) => splits.map((value) => (value === null ? '' : formatDuration(value))),
      },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: {
      draw: [(chart) => drawPoints(chart, sorted, box)],
      setCursor: [
        (chart) => {
          const trace = at(chart);
          const inset = { left: chart.over.offsetLeft, top: chart.over.offsetTop };
          onPoint(trace && { trace, left: inset.left + (chart.cursor.left ?? 0), top: inset.top + (chart.cursor.top ?? 0) });
        },
      ],
      ready: [
        (chart) =>
          chart.over.addEventListener('click', () => {
            const trace = at(chart);
            if (trace !== undefined) actions.current.onOpen(trace);
          }),
      ],
      setSelect: [
        (chart) => {
          const { left, top, width, height: high } = chart.select;
          if (width < 6 && high < 6) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          actions.current.onBox({
            startMillis: chart.posToVal(left, 'x') * 1000,
            endMillis: chart.posToVal(left + width, 'x') * 1000,
            least: chart.posToVal(top + high, 'y'),
            most: chart.posToVal(top, 'y'),
          });
        },
      ],
    },
  };
}

/** The lines between powers of ten say nothing. */
const wholePowers: uPlot.Axis.Filter = (_chart, splits) =>
  splits.map((value) => (Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? value : null));

/** Minutes, or seconds where the lines are closer; the day where there are several. */
function formatTick(millis: number, splits: readonly number[], zone: Zone): string {
  const step = ((splits[1] ?? 0) - (splits[0] ?? 0)) * 1000;
  const time = formatTime(millis, zone, millis);
  if (step >= 86_400_000) return formatTime(millis, zone, 0).slice(5, 10);
  return step < 60_000 ? time.slice(0, 8) : time.slice(0, 5);
}

/** Circles in the colour of the agent; failed ones are red crosses, running ones are hollow. */
function drawPoints(chart: uPlot, sorted: readonly FoundTrace[], box: ScatterBox | undefined): void {
  const { ctx: context } = chart;
  const ratio = devicePixelRatio || 1;
  const failed = resolveColour('var(--error)');
  context.save();
  context.beginPath();
  context.rect(chart.bbox.left, chart.bbox.top, chart.bbox.width, chart.bbox.height);
  context.clip();
  if (box !== undefined) {
    const x1 = chart.valToPos(box.startMillis / 1000, 'x', true);
    const x2 = chart.valToPos(box.endMillis / 1000, 'x', true);
    const y1 = chart.valToPos(box.most, 'y', true);
    const y2 = chart.valToPos(box.least, 'y', true);
    context.fillStyle = resolveColour('var(--accent-surface)');
    context.fillRect(x1, y1, x2 - x1, y2 - y1);
    context.strokeStyle = resolveColour('var(--accent)');
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  // Failures last, so that nothing covers them.
  for (const trace of [...sorted.filter(({ success }) => success), ...sorted.filter(({ success }) => !success)]) {
    const x = chart.valToPos(millisOf(trace.start_nanos) / 1000, 'x', true);
    const y = chart.valToPos(durationOf(trace), 'y', true);
    const size = 3.5 * ratio;
    context.beginPath();
    if (!trace.success) {
      context.strokeStyle = failed;
      context.lineWidth = 2 * ratio;
      context.moveTo(x - size, y - size);
      context.lineTo(x + size, y + size);
      context.moveTo(x + size, y - size);
      context.lineTo(x - size, y + size);
      context.stroke();
      continue;
    }
    const colour = seriesColour(trace.root_service ?? '');
    context.arc(x, y, size, 0, 7);
    context.lineWidth = 1.5 * ratio;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    if (trace.state === 'running') context.stroke();
    else {
      context.globalAlpha = 0.75;
      context.fill();
      context.globalAlpha = 1;
    }
  }
  context.restore();
}
