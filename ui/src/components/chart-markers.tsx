import { useEffect, useState } from 'react';
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
      {shown.map((marker) => (
        <Mark
          key={`${marker.atMillis} ${marker.text}`}
          text={marker.text}
          share={(marker.atMillis - startMillis) / length}
          onShow={() =>
            onZoom({ startMillis: Math.floor(marker.atMillis - length / 10), endMillis: Math.ceil(marker.atMillis + length / 10) })
          }
        />
      ))}
    </ol>
  );
}

type MarkProps = Readonly<{ text: string; share: number; onShow: () => void }>;

/** Its words show while it is pointed at or has the focus; Escape hides them, because they cover a part of the chart (WCAG 1.4.13). */
function Mark({ text, share, onShow }: MarkProps) {
  const [isPointed, setPointed] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  const [isHidden, setHidden] = useState(false);
  const isShown = (isPointed || hasFocus) && !isHidden;
  useEffect(() => {
    if (!isShown) return;
    // Before anything else that Escape would close, and wherever the focus is.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      setHidden(true);
    };
    document.addEventListener('keydown', onKeyDown, true);
    return () => document.removeEventListener('keydown', onKeyDown, true);
  }, [isShown]);
  return (
    <li style={{ left: `${share * 100}%` }} data-side={share > 0.5 ? 'right' : 'left'}>
      <button
        type="button"
        aria-label={`${text}; show the time around it`}
        onClick={onShow}
        onPointerEnter={() => {
          setPointed(true);
          setHidden(false);
        }}
        onPointerLeave={() => setPointed(false)}
        onFocus={(event) => {
          setFocus(event.currentTarget.matches(':focus-visible'));
          setHidden(false);
        }}
        onBlur={() => setFocus(false)}
      >
        <span aria-hidden="true">▼</span>
        {isShown && (
          <span aria-hidden="true" className={styles.tip}>
            {text}
          </span>
        )}
      </button>
    </li>
  );
}
