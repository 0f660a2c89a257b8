import { useLayoutEffect, useMemo, useRef } from 'react';
import { resolveColour } from '../../state/theme.ts';
import { drawOverlay, type LogTick } from './draw-overlay.ts';
import { pathRows } from './path-rows.ts';
import type { SpanTable } from './span-table.ts';
import type { TimeWindow } from './time-window.ts';
import { isErrorLevel, type TraceLog } from './trace-logs.ts';
import { prepareCanvas, useWidth } from './use-canvas.ts';
import type { VisibleRows } from './visible-rows.ts';
import styles from './waterfall.module.css';
import { rowHeight } from './waterfall-row.tsx';

const headHeight = 24;

type OverlayProps = Readonly<{
  table: SpanTable;
  view: VisibleRows;
  logs: readonly TraceLog[];
  window: TimeWindow;
  from: number;
  to: number;
}>;

/** Drawn over the rows in view, and scrolling with them. */
export function WaterfallOverlay({ table, view, logs, window, from, to }: OverlayProps) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const height = Math.max(0, to - from) * rowHeight;
  const positions = useMemo(() => new Map(table.outline.spans.id.map((id, at) => [id, at])), [table]);
  const ticks = useMemo((): readonly LogTick[] => {
    const began = Number(BigInt(table.outline.start_nanos) / 1000n) / 1000;
    return logs.flatMap(({ spanId, millis, level }) => {
      const at = positions.get(spanId);
      return at === undefined ? [] : [{ row: view.rowOf[at] as number, time: (millis - began) * 1e6, isError: isErrorLevel(level) }];
    });
  }, [table, positions, logs, view]);
  // Once: the browser would work out all styles anew to tell them. Another theme is another overlay.
  const colours = useMemo(
    () => ({ path: resolveColour('var(--text)'), tick: resolveColour('var(--text-2)'), error: resolveColour('var(--error)') }),
    [],
  );
  const path = useMemo(() => pathRows(table.outline.critical_path, view.rowOf, view.count), [table, view]);
  useLayoutEffect(() => {
    const context = prepareCanvas(canvas.current, width, height);
    if (context === undefined) return;
    drawOverlay(context, { path, ticks, window, from, to, rowHeight, width, colours });
  }, [path, ticks, window, from, to, width, height, colours]);
  return (
    <div ref={place} className={styles.overlay} style={{ top: headHeight + from * rowHeight, height }} aria-hidden="true">
      <canvas ref={canvas} style={{ width, height }} />
    </div>
  );
}
