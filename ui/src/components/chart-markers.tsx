import type { Interval } from '../state/time-range.ts';
import styles from './chart-markers.module.css';

/** Something that happened at an instant (Unix milliseconds) and may explain what the chart shows. */
export type ChartMarker = Readonly<{ atMillis: number; text: string }>;

type ChartMarkersProps = Readonly<{ markers: readonly ChartMarker[]; interval: Interval; onZoom: (part: Interval) => void }>;

/** More would be no marks but a pattern. */
const mostMarkers = 20;

/** Dashed lines over a TimeChart, each with a button that says what happened and shows the time around it. */
export function ChartMarkers({ markers, interval: { startMillis, endMillis }, onZoom }: ChartMarkersProps) {
  const length = endMillis - startMillis;
  const shown = markers.filter(({ atMillis }) => atMillis >= startMillis && atMillis < endMillis).slice(-mostMarkers);
  if (shown.length === 0) return null;
  return (
    <ol className={styles.markers} aria-label="What changed in this time">
      {shown.map(({ atMillis, text }) => {
        const share = (atMillis - startMillis) / length;
        return (
          <li key={`${atMillis} ${text}`} style={{ left: `${share * 100}%` }} data-side={share > 0.5 ? 'right' : 'left'}>
            <button
              type="button"
              aria-label={`${text}; show the time around it`}
              onClick={() => onZoom({ startMillis: Math.floor(atMillis - length / 10), endMillis: Math.ceil(atMillis + length / 10) })}
            >
              <span aria-hidden="true">▼</span>
              <span aria-hidden="true" className={styles.tip}>
                {text}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
