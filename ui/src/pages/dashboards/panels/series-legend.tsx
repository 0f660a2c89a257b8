import { type PointerEvent, type ReactNode, useState } from 'react';
import { FieldMenu } from '../../../components/field-menu.tsx';
import { exactValue, formatMetric } from '../format-value.ts';
import { type ChartContent, count } from '../model/panel.ts';
import type { Series } from '../model/panel-data.ts';
import styles from './panels.module.css';

export const legendHeight = 24;

/** Of the charts, in pixels: what stands left and right of the picture. */
const left = 52;
const right = 6;

type HoverLegendProps = Readonly<{
  series: readonly (Series & { colour: string })[];
  content: ChartContent;
  /** Where the columns or points are, in the unit of the axis; ascending. */
  places: readonly number[];
  from: number;
  to: number;
  formatPlace: (place: number) => string;
  children: ReactNode;
}>;

/** A chart with its series below: their sums, or what they are where the pointer is. */
export function HoverLegend({ series, content, places, from, to, formatPlace, children }: HoverLegendProps) {
  const [hovered, setHovered] = useState<number | undefined>();
  const onMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - left) / Math.max(1, box.width - left - right);
    const at = places.findLastIndex((place) => place <= from + share * (to - from));
    setHovered(share < 0 || share > 1 || at < 0 ? undefined : at);
  };
  const place = hovered === undefined ? undefined : places[hovered];
  return (
    <>
      <div onPointerMove={onMove} onPointerLeave={() => setHovered(undefined)}>
        {children}
      </div>
      <ul className={styles.legend} style={{ height: legendHeight }}>
        {place !== undefined && <li className={styles.count}>{formatPlace(place)}</li>}
        {series.map((one) => (
          <LegendEntry
            key={`${one.metric} ${one.name}`}
            series={one}
            content={content}
            hovered={place === undefined ? undefined : hovered}
          />
        ))}
      </ul>
    </>
  );
}

type LegendEntryProps = Readonly<{ series: Series & { colour: string }; content: ChartContent; hovered: number | undefined }>;

function LegendEntry({ series: { name, colour, values, metric }, content, hovered }: LegendEntryProps) {
  const splits = content.groups.filter(({ role }) => role === 'split');
  const field = splits.length === 1 && splits[0]?.by === 'terms' && content.metrics.length === 1 ? splits[0].field : undefined;
  const asked = content.metrics[metric] ?? count;
  const isCount = asked.operation === 'count';
  const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0);
  // Only counts add up.
  const value = hovered === undefined ? (isCount ? sum : undefined) : (values[hovered] ?? null);
  const title = value === undefined ? name : `${name}: ${exactValue(value)}${isCount ? ' records' : ''}`;
  return (
    <li title={title}>
      <span className={styles.swatch} style={{ background: colour }} aria-hidden="true" />
      {field === undefined ? (
        name
      ) : (
        <FieldMenu field={field} value={name}>
          {name}
        </FieldMenu>
      )}
      {value !== undefined && <span className={styles.count}>{formatMetric(asked, value)}</span>}
    </li>
  );
}
