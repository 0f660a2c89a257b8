import { useMemo, useState } from 'react';
import type { MeshEdge, MeshMap } from '../../api/mesh.ts';
import { formatDuration, formatRate, formatShare } from '../../format/quantities.ts';
import styles from './mesh.module.css';
import { drawMesh, nodeHeight, nodeWidth, troubleOf } from './mesh-drawing.ts';

type MeshPictureProps = Readonly<{
  map: MeshMap;
  seconds: number;
  /** Where the calls of an edge are shown. */
  hrefOf: (edge: MeshEdge) => string;
  onEdge: (edge: MeshEdge) => void;
  onNode: (service: string) => void;
}>;

const dashes = { none: undefined, some: '8 5', much: '3 3' } as const;

/** The map: callers to the left of what they call. The numbers of an edge stand below while it is pointed at or has the focus. */
export function MeshPicture({ map, seconds, hrefOf, onEdge, onNode }: MeshPictureProps) {
  const drawing = useMemo(() => drawMesh(map), [map]);
  const [shown, setShown] = useState<MeshEdge | undefined>();
  const textOf = ({ caller, callee, calls, errors, p50_ms, p95_ms }: MeshEdge) =>
    `${caller} → ${callee}: ${formatRate(calls / seconds)}, ${formatShare(errors / Math.max(1, calls))} failed, p50 ${formatDuration(p50_ms)}, p95 ${formatDuration(p95_ms)}`;
  return (
    <>
      <p className={styles.shown} role="status">
        {shown === undefined ? 'Point at a line for its numbers; click for its traces.' : textOf(shown)}
        {drawing.leftOut > 0 && ` ${drawing.leftOut} nodes with fewest calls are left out; the table has all edges.`}
      </p>
      <section className={styles.picture} aria-label="Map of the mesh">
        <svg width={drawing.width} height={drawing.height} viewBox={`0 0 ${drawing.width} ${drawing.height}`}>
          <title>Callers to the left of what they call</title>
          {drawing.edges.map(({ edge, path, width }) => {
            const trouble = troubleOf(edge);
            const isDim = shown !== undefined && shown !== edge;
            return (
              <a
                key={`${edge.caller} ${edge.callee} ${edge.inferred}`}
                href={hrefOf(edge)}
                aria-label={textOf(edge)}
                className={styles.edge}
                data-trouble={trouble}
                data-dim={isDim}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                  event.preventDefault();
                  onEdge(edge);
                }}
                onMouseEnter={() => setShown(edge)}
                onMouseLeave={() => setShown(undefined)}
                onFocus={() => setShown(edge)}
                onBlur={() => setShown(undefined)}
              >
                <path d={path} className={styles.reach} />
                <path d={path} className={styles.line} strokeWidth={width} strokeDasharray={dashes[trouble]} />
              </a>
            );
          })}
          {drawing.nodes.map(({ id, x, y, numbers }) => (
            <g key={id} transform={`translate(${x} ${y})`} className={styles.node}>
              <rect width={nodeWidth} height={nodeHeight} rx={3} data-trouble={numbers === undefined ? 'none' : troubleOf(numbers)} />
              <foreignObject width={nodeWidth} height={nodeHeight}>
                <button type="button" onClick={() => onNode(id)} title={id}>
                  <span className={styles.nodeName}>{id === '' ? '(no name)' : id}</span>
                  <span className={styles.nodeNumbers}>
                    {numbers === undefined
                      ? 'sends no spans'
                      : `${formatRate(numbers.calls / seconds)} · ${formatShare(numbers.errors / Math.max(1, numbers.calls))} · ${formatDuration(numbers.p95_ms)}`}
                  </span>
                </button>
              </foreignObject>
            </g>
          ))}
        </svg>
      </section>
    </>
  );
}
