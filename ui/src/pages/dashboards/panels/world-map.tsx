import { geoEqualEarth, geoGraticule10, geoPath } from 'd3-geo';
import { useMemo, useState } from 'react';
import { feature } from 'topojson-client';
import land from 'world-atlas/land-110m.json';
import controls from '../../../components/controls.module.css';
import { exactValue, formatMetric } from '../format-value.ts';
import type { Metric } from '../model/panel.ts';
import type { MapCell } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';
import styles from './panels.module.css';

const [width, height] = [960, 468];
const projection = geoEqualEarth().fitSize([width, height], { type: 'Sphere' });
const path = geoPath(projection).digits(1);
type Topology = Parameters<typeof feature>[0];
const topology = land as unknown as Topology;
const shapes = {
  land: path(feature(topology, topology.objects.land as Topology['objects'][string])) ?? '',
  lines: path(geoGraticule10()) ?? '',
  sea: path({ type: 'Sphere' }) ?? '',
};

type Box = Readonly<{ x: number; y: number; width: number; height: number }>;
const world: Box = { x: 0, y: 0, width, height };

type Circle = MapCell & Readonly<{ x: number; y: number; radius: number }>;

function circlesOf(cells: readonly MapCell[]): readonly Circle[] {
  const most = Math.max(1e-9, ...cells.map(({ value }) => Math.abs(value)));
  return cells
    .flatMap((cell) => {
      const place = projection([cell.lon, cell.lat]);
      return place === null ? [] : [{ ...cell, x: place[0], y: place[1], radius: 3 + 15 * Math.sqrt(Math.abs(cell.value) / most) }];
    })
    .toSorted((one, other) => other.radius - one.radius);
}

/** The part of the world in which there is something, with some room. */
function boxAround(circles: readonly Circle[]): Box {
  if (circles.length === 0) return world;
  const [xs, ys] = [circles.map(({ x }) => x), circles.map(({ y }) => y)];
  const [left, right, top, bottom] = [Math.min(...xs) - 30, Math.max(...xs) + 30, Math.min(...ys) - 30, Math.max(...ys) + 30];
  const scale = Math.min(1, Math.max((right - left) / width, (bottom - top) / height, 0.12));
  const [boxWidth, boxHeight] = [width * scale, height * scale];
  const within = (start: number, most: number) => Math.max(0, Math.min(start, most));
  return {
    x: within((left + right - boxWidth) / 2, width - boxWidth),
    y: within((top + bottom - boxHeight) / 2, height - boxHeight),
    width: boxWidth,
    height: boxHeight,
  };
}

/** Places on a map of the world (Natural Earth's land, which comes with the page), by the size of circles. */
export function WorldMap({ answered, metric }: Readonly<{ answered: AnsweredPanel; metric: Metric }>) {
  const { cells } = answered.data;
  const circles = useMemo(() => circlesOf(cells), [cells]);
  const [isNear, setNear] = useState(false);
  const box = isNear ? boxAround(circles) : world;
  const scale = box.width / width;
  return (
    <div className={styles.map}>
      <svg
        viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
        role="img"
        aria-label={`${answered.panel.title}: ${cells.length} places`}
      >
        <path className={styles.sea} d={shapes.sea} />
        <path className={styles.sea} d={shapes.lines} />
        <path className={styles.land} d={shapes.land} />
        {circles.map((circle) => (
          <circle key={`${circle.lon} ${circle.lat}`} className={styles.cell} cx={circle.x} cy={circle.y} r={circle.radius * scale}>
            <title>{`${circle.lat.toFixed(1)}, ${circle.lon.toFixed(1)}: ${exactValue(circle.value)}`}</title>
          </circle>
        ))}
      </svg>
      <p className={styles.scale} style={{ height: 24 }}>
        <button type="button" className={controls.button} onClick={() => setNear(!isNear)} disabled={circles.length === 0}>
          {isNear ? 'Show the world' : 'Zoom to the places'}
        </button>
        <span>
          {cells.length} {cells.length === 1 ? 'place' : 'places'}, largest {formatMetric(metric, circles[0]?.value ?? null)}
        </span>
      </p>
    </div>
  );
}
