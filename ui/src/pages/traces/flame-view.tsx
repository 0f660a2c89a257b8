import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { formatDuration, formatShare } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { resolveColour, useTheme } from '../../state/theme.ts';
import { type FlameNode, flameNodes } from './flame.ts';
import type { SpanTable } from './span-table.ts';
import styles from './traces.module.css';
import { prepareCanvas, useWidth } from './use-canvas.ts';

const boxHeight = 20;

/** Work by the way of calls that led to it; the width is the time. The table says the same to those who do not see it. */
export function FlameView({ table }: Readonly<{ table: SpanTable }>) {
  // A canvas has no variables: another theme is another drawing.
  return <DrawnFlame key={useTheme()} table={table} />;
}

function DrawnFlame({ table }: Readonly<{ table: SpanTable }>) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(place) - 24;
  const nodes = useMemo(() => flameNodes(table), [table]);
  const [zoom, setZoom] = useState<FlameNode | undefined>();
  const [pointed, setPointed] = useState<FlameNode | undefined>();
  const whole = nodes.reduce((sum, node) => (node.parent < 0 ? sum + node.total : sum), 0);
  const from = zoom?.offset ?? 0;
  const length = zoom?.total ?? whole;
  const height = (nodes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 1) * boxHeight;
  const scale = width / Math.max(1, length);
  useEffect(() => {
    const context = prepareCanvas(canvas.current, width, height);
    if (context !== undefined) drawFlame(context, nodes, { from, scale, width });
  }, [nodes, from, scale, width, height]);

  const nodeAt = (event: PointerEvent<HTMLElement>): FlameNode | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top) / boxHeight);
    const time = from + (event.clientX - box.left) / scale;
    return nodes.find(({ depth, offset, total }) => depth === level && time >= offset && time < offset + total);
  };
  const shown = pointed ?? zoom;
  return (
    <div className={styles.flame}>
      <div className={styles.flameNote}>
        {zoom !== undefined && (
          <button type="button" className={styles.button} onClick={() => setZoom(undefined)}>
            Show all
          </button>
        )}{' '}
        {shown === undefined ? (
          'Width is time worked; calls side by side add up. Click to zoom.'
        ) : (
          <>
            <b>
              {shown.operation.service} › {shown.operation.name}
            </b>
            : {formatDuration(shown.total / 1e6)} ({formatShare(shown.total / Math.max(1, whole))}), itself{' '}
            {formatDuration(shown.self / 1e6)}, {shown.spans.toLocaleString('en')} {shown.spans === 1 ? 'call' : 'calls'}
            {shown.failed > 0 ? `, ${shown.failed.toLocaleString('en')} failed` : ''}
          </>
        )}
      </div>
      <div ref={place} className={styles.flameScroll}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Flame graph of ${nodes.length} ways of calls; the view Table has the numbers`}
          style={{ width: Math.max(0, width), height }}
          onPointerMove={(event) => setPointed(nodeAt(event))}
          onPointerLeave={() => setPointed(undefined)}
          onPointerUp={(event) => setZoom(nodeAt(event))}
        />
      </div>
    </div>
  );
}

type Drawn = Readonly<{ from: number; scale: number; width: number }>;

function drawFlame(context: CanvasRenderingContext2D, nodes: readonly FlameNode[], { from, scale, width }: Drawn): void {
  const failed = resolveColour('var(--error)');
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  for (const { operation, depth, offset, total, failed: failures } of nodes) {
    const x = Math.max(0, (offset - from) * scale);
    const wide = Math.min(width, (offset + total - from) * scale) - x;
    if (wide < 0.5) continue;
    const y = depth * boxHeight;
    context.fillStyle = seriesColour(operation.service);
    context.fillRect(x, y, Math.max(1, wide - 1), boxHeight - 1);
    if (failures > 0) {
      context.fillStyle = failed;
      context.fillRect(x, y + boxHeight - 4, Math.max(1, wide - 1), 3);
    }
    if (wide < 30) continue;
    context.save();
    context.beginPath();
    context.rect(x, y, wide - 3, boxHeight);
    context.clip();
    const text = `${failures > 0 ? '✕ ' : ''}${operation.name || operation.service}`;
    // Upon a strip of its own, because names must be read on any agent's colour.
    context.fillStyle = 'rgb(0 0 0 / 62%)';
    context.fillRect(x + 2, y + 2, Math.min(wide - 5, context.measureText(text).width + 6), boxHeight - 6);
    context.fillStyle = '#ffffff';
    context.fillText(text, x + 5, y + boxHeight / 2 - 1);
    context.restore();
  }
}
