import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { seriesColour } from '../../format/series-colour.ts';
import { resolveColour } from '../../state/theme.ts';
import { operationOf, type SpanTable } from './span-table.ts';
import { shareOf, type TimeWindow } from './time-window.ts';
import { prepareCanvas, useWidth } from './use-canvas.ts';
import styles from './waterfall.module.css';

const height = 44;

type MinimapProps = Readonly<{ table: SpanTable; whole: TimeWindow; window: TimeWindow; onWindow: (window: TimeWindow) => void }>;

/** The whole trace, small. Dragging zooms; a click, or Escape in the waterfall, shows the whole again. */
export function Minimap({ table, whole, window, onWindow }: MinimapProps) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place);
  const [brush, setBrush] = useState<readonly [number, number] | undefined>();
  useEffect(() => {
    const context = prepareCanvas(canvas.current, width, height);
    if (context !== undefined) drawMinimap(context, table, whole, width);
  }, [table, whole, width]);

  const shareAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const finish = () => {
    if (brush === undefined) return;
    setBrush(undefined);
    const [from, to] = [Math.min(...brush), Math.max(...brush)];
    const length = whole.to - whole.from;
    onWindow((to - from) * width < 4 ? whole : { from: whole.from + from * length, to: whole.from + to * length });
  };
  const left = shareOf(whole, window.from) * 100;
  const right = 100 - shareOf(whole, window.to) * 100;
  return (
    <div
      ref={place}
      className={styles.minimap}
      role="img"
      aria-label="The whole trace in small; drag to zoom"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setBrush([shareAt(event), shareAt(event)]);
      }}
      onPointerMove={(event) => brush !== undefined && setBrush([brush[0], shareAt(event)])}
      onPointerUp={finish}
      onPointerCancel={() => setBrush(undefined)}
    >
      <canvas ref={canvas} />
      {left > 0 && <div className={styles.outside} data-side="left" style={{ width: `${left}%` }} />}
      {right > 0 && <div className={styles.outside} data-side="right" style={{ width: `${right}%` }} />}
      {brush !== undefined && (
        <div className={styles.brush} style={{ left: `${Math.min(...brush) * 100}%`, width: `${Math.abs(brush[1] - brush[0]) * 100}%` }} />
      )}
    </div>
  );
}

/** One line for each depth; what would fall on a pixel that has its colour already is left out, so that any number of spans is quick. */
function drawMinimap(context: CanvasRenderingContext2D, table: SpanTable, whole: TimeWindow, width: number): void {
  const levels = Math.min(table.deepest + 1, height / 2);
  const step = Math.min(6, (height - 4) / levels);
  const colours = table.operation.map(({ service }) => seriesColour(service));
  const failed = resolveColour('var(--error)');
  const painted = new Map<number, number>();
  for (let at = 0; at < table.size; at += 1) {
    const level = Math.floor(((table.depth[at] as number) / (table.deepest + 1)) * levels);
    const x1 = shareOf(whole, table.start[at] as number) * width;
    const x2 = Math.max(x1 + 1, shareOf(whole, table.end[at] as number) * width);
    if (x2 - (painted.get(level) ?? -1) < 0.5) continue;
    painted.set(level, x2);
    context.fillStyle = colours[table.operationAt[at] as number] ?? seriesColour(operationOf(table, at).service);
    context.fillRect(x1, 2 + level * step, x2 - x1, Math.max(1, step - 1));
  }
  context.fillStyle = failed;
  for (const at of table.messages.keys()) context.fillRect(shareOf(whole, table.start[at] as number) * width, height - 5, 2, 5);
}
