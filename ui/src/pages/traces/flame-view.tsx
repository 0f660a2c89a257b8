import { type KeyboardEvent, type PointerEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { formatDuration, formatShare } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { resolveColour, useTheme } from '../../state/theme.ts';
import { type FlameNode, flameNodes } from './flame.ts';
import { moveInFlame, zoomedOut } from './flame-keys.ts';
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
  const chosen = useRef<HTMLDivElement>(null);
  const width = Math.max(0, useWidth(place) - 24);
  const nodes = useMemo(() => flameNodes(table), [table]);
  const [zoom, setZoom] = useState<number | undefined>();
  const [pointed, setPointed] = useState<number | undefined>();
  const [focused, setFocused] = useState(0);
  const [hasFocus, setFocus] = useState(false);
  const id = useId();
  const whole = nodes.reduce((sum, node) => (node.parent < 0 ? sum + node.total : sum), 0);
  const shownAlone = zoom === undefined ? undefined : nodes[zoom];
  const from = shownAlone?.offset ?? 0;
  const length = shownAlone?.total ?? whole;
  const height = (nodes.reduce((deepest, { depth }) => Math.max(deepest, depth), 0) + 1) * boxHeight;
  const scale = width / Math.max(1, length);
  useEffect(() => {
    const context = prepareCanvas(canvas.current, width, height);
    if (context !== undefined) drawFlame(context, nodes, { from, scale, width });
  }, [nodes, from, scale, width, height]);

  const nodeAt = (event: PointerEvent<HTMLElement>): number | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const level = Math.floor((event.clientY - box.top) / boxHeight);
    const time = from + (event.clientX - box.left) / scale;
    const found = nodes.findIndex(({ depth, offset, total }) => depth === level && time >= offset && time < offset + total);
    return found < 0 ? undefined : found;
  };
  const zoomTo = (target: number | undefined) => {
    setZoom(target);
    if (target !== undefined) setFocused(target);
  };
  const moveTo = (target: number) => {
    setFocus(true);
    setFocused(target);
    setPointed(undefined);
    requestAnimationFrame(() => chosen.current?.scrollIntoView({ block: 'nearest' }));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveInFlame(nodes, focused, event.key, { from, length });
    if (move !== undefined) moveTo(move);
    else if (event.key === 'Enter' || event.key === ' ') zoomTo(focused);
    else if ((event.key === 'Escape' || event.key === 'Backspace') && zoom !== undefined) setZoom(zoomedOut(nodes, zoom, whole));
    else return;
    event.preventDefault();
  };
  const node = nodes[focused] ?? nodes[0];
  const shown = nodes[pointed ?? (hasFocus ? focused : zoom) ?? -1];
  const boxOf = ({ offset, total, depth }: FlameNode) => {
    const left = Math.max(0, Math.min(width - 3, (offset - from) * scale));
    return { left, width: Math.max(3, Math.min(width, (offset + total - from) * scale) - left), top: depth * boxHeight, height: boxHeight };
  };
  return (
    <div className={styles.flame}>
      <div className={styles.flameNote}>
        {zoom !== undefined && (
          <button type="button" className={styles.button} onClick={() => setZoom(undefined)}>
            Show all
          </button>
        )}{' '}
        {shown === undefined ? (
          'Width is time worked; calls side by side add up. Click to zoom, or move by arrows; Enter zooms, Esc zooms out.'
        ) : (
          <>
            <b>{nameOf(shown)}</b>: {figuresOf(shown, whole)}
          </>
        )}
      </div>
      <div ref={place} className={styles.flameScroll}>
        <div
          role="tree"
          tabIndex={0}
          aria-label={`Flame graph of ${nodes.length} ways of calls; the view Table has the numbers`}
          aria-activedescendant={node === undefined ? undefined : `${id}-${focused}`}
          className={styles.flameTree}
          style={{ width, height }}
          onKeyDown={onKeyDown}
          onFocus={(event) => setFocus(event.currentTarget.matches(':focus-visible'))}
          onBlur={() => setFocus(false)}
          onPointerMove={(event) => setPointed(nodeAt(event))}
          onPointerLeave={() => setPointed(undefined)}
          onPointerUp={(event) => zoomTo(nodeAt(event))}
        >
          <div aria-hidden="true">
            <canvas ref={canvas} style={{ width, height }} />
          </div>
          {node !== undefined && (
            // By its place, so that a screen reader is told of another one.
            <div
              key={focused}
              ref={chosen}
              id={`${id}-${focused}`}
              role="treeitem"
              tabIndex={-1}
              aria-level={node.depth + 1}
              aria-selected={zoom === focused}
              aria-label={`${nameOf(node)}: ${figuresOf(node, whole)}`}
              className={styles.flameFrame}
              style={boxOf(node)}
            />
          )}
        </div>
      </div>
    </div>
  );
}

const nameOf = ({ operation: { service, name } }: FlameNode) => `${service} › ${name}`;

const figuresOf = ({ total, self, spans, failed }: FlameNode, whole: number) =>
  `${formatDuration(total / 1e6)} (${formatShare(total / Math.max(1, whole))}), itself ${formatDuration(self / 1e6)}, ` +
  `${spans.toLocaleString('en')} ${spans === 1 ? 'call' : 'calls'}${failed > 0 ? `, ${failed.toLocaleString('en')} failed` : ''}`;

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
