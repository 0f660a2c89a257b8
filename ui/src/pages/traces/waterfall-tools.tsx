import type { ComponentProps } from 'react';
import type { SpanTable } from './span-table.ts';
import controls from './traces.module.css';
import { waitNames, waitOrder } from './wait-split.ts';
import styles from './waterfall.module.css';

type ToolsProps = Readonly<{
  table: SpanTable;
  find: string;
  onFind: (text: string) => void;
  found: number;
  place: number;
  onJump: (step: number) => void;
  failed: number;
  onNextFailed: () => void;
  isUngrouped: boolean;
  onUngrouped: (isUngrouped: boolean) => void;
  isZoomed: boolean;
  /** To so much of the time that is shown. */
  onZoom: (factor: number) => void;
  onWhole: () => void;
  rows: number;
}>;

/** Search within the trace, jumps, and what the patterns mean. */
export function WaterfallTools(props: ToolsProps) {
  const { table, find, onFind, found, place, onJump, failed, onNextFailed, isUngrouped, onUngrouped, isZoomed, onZoom, onWhole, rows } =
    props;
  const works = new Set(table.operation.map(({ work }) => work));
  return (
    <div className={styles.tools}>
      <input
        type="search"
        className={styles.find}
        aria-label="Find in this trace"
        placeholder="Find operation, agent, error"
        value={find}
        onChange={(event) => onFind(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onJump(event.shiftKey ? -1 : 1);
        }}
      />
      <span className={styles.note} role="status">
        {find.trim() === '' ? '' : found === 0 ? 'not found' : `${place < 0 ? '' : `${place + 1} of `}${found.toLocaleString('en')}`}
      </span>
      {failed > 0 && (
        <ToolButton onClick={onNextFailed} title="e in the waterfall">
          <span className={styles.bad}>✕</span> Next error ({failed.toLocaleString('en')})
        </ToolButton>
      )}
      {table.groups.length > 0 && (
        <ToolButton aria-pressed={isUngrouped} onClick={() => onUngrouped(!isUngrouped)}>
          {isUngrouped ? 'Fold repeated calls' : 'Unfold repeated calls'}
        </ToolButton>
      )}
      <ToolButton onClick={() => onZoom(0.5)} aria-label="Zoom in around the chosen row" title="+ in the waterfall">
        +
      </ToolButton>
      {isZoomed && (
        <>
          <ToolButton onClick={() => onZoom(2)} aria-label="Zoom out around the chosen row" title="- in the waterfall">
            −
          </ToolButton>
          <ToolButton onClick={onWhole} title="0 in the waterfall">
            Whole time
          </ToolButton>
        </>
      )}
      <span className={styles.note}>{rows.toLocaleString('en')} rows</span>
      <span className={styles.space} />
      <span className={styles.legend}>
        <span>
          <span className={styles.pathSwatch} /> critical path
        </span>
        {waitOrder
          .filter((kind) => kind !== 'own' && works.has(kind))
          .map((kind) => (
            <span key={kind}>
              <span className={`${styles.swatch} ${styles[kind] ?? ''}`} /> {waitNames[kind].toLowerCase()}
            </span>
          ))}
      </span>
    </div>
  );
}

const ToolButton = (attributes: ComponentProps<'button'>) => <button type="button" className={controls.button} {...attributes} />;
