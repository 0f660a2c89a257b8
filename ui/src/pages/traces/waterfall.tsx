import { type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useNarrow } from '../../components/use-narrow.ts';
import { formatDuration } from '../../format/quantities.ts';
import { useTheme } from '../../state/theme.ts';
import { Minimap } from './minimap.tsx';
import type { SpanTable } from './span-table.ts';
import { scaleOf, shareOf, type TimeWindow, zoomed } from './time-window.ts';
import type { TraceLog } from './trace-logs.ts';
import { useRowRange } from './use-row-range.ts';
import { findSpans, isRowOpen, nothingFolded, revealed, visibleRows, withToggled } from './visible-rows.ts';
import { waitKinds } from './wait-split.ts';
import styles from './waterfall.module.css';
import { WaterfallOverlay } from './waterfall-overlay.tsx';
import { rowHeight, WaterfallRow } from './waterfall-row.tsx';
import { WaterfallTools } from './waterfall-tools.tsx';

type WaterfallProps = Readonly<{
  table: SpanTable;
  logs: readonly TraceLog[];
  window: TimeWindow;
  onWindow: (window: TimeWindow) => void;
  find: string;
  onFind: (text: string) => void;
  onOpenSpan: (spanId: string) => void;
}>;

/** Every operation of a trace as a bar in its time. A tree grid: arrows move, open and close, Enter shows the call, + and - zoom. */
export function Waterfall({ table, logs, window, onWindow, find, onFind, onOpenSpan }: WaterfallProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [folding, setFolding] = useState(nothingFolded);
  const [active, setActive] = useState(0);
  const [place, setPlace] = useState(-1);
  const id = useId();
  const theme = useTheme();
  const isNarrow = useNarrow();
  const kinds = useMemo(() => waitKinds(table), [table]);
  const view = useMemo(() => visibleRows(table, folding), [table, folding]);
  const found = useMemo(() => findSpans(table, find), [table, find]);
  const isFound = useMemo(() => new Set(found), [found]);
  const { from, to, slots, update } = useRowRange(scroller, view.count, rowHeight);
  const whole = useMemo(() => ({ from: table.first, to: table.last }), [table]);

  const showRow = useCallback((index: number, isJump = false) => {
    setActive(index);
    const element = scroller.current;
    if (element === null) return;
    const top = index * rowHeight;
    const room = element.clientHeight - headHeight - rowHeight;
    // Steps scroll as little as they can; a jump shows what is around it.
    const isSeen = top >= element.scrollTop && top <= element.scrollTop + room;
    if (!isSeen && isJump) element.scrollTop = top - room / 2;
    else if (top < element.scrollTop) element.scrollTop = top;
    else if (!isSeen) element.scrollTop = top - room;
  }, []);
  // A span that is folded away gets its row first, and is shown once the row is there.
  const wanted = useRef(-1);
  const showSpan = (at: number) => {
    wanted.current = at;
    setFolding((before) => revealed(table, before, at));
  };
  useEffect(() => {
    if (wanted.current < 0) return;
    showRow(view.rowOf[wanted.current] as number, true);
    wanted.current = -1;
  }, [view, showRow]);
  const jump = (spans: readonly number[], next: number) => {
    if (spans.length === 0) return;
    const at = (next + spans.length) % spans.length;
    setPlace(at);
    showSpan(spans[at] as number);
  };
  const failed = useMemo(() => [...table.messages.keys()].sort((one, other) => one - other), [table]);
  const nextFailed = () => {
    const current = view.rows[active] ?? 0;
    jump(
      failed,
      Math.max(
        0,
        failed.findIndex((at) => at > current),
      ),
    );
  };

  const onToggle = useCallback((row: number) => setFolding((before) => withToggled(table, before, row)), [table]);
  const onOpen = useCallback(
    (row: number, index: number) => {
      setActive(index);
      if (row < 0) onToggle(row);
      else onOpenSpan(table.outline.spans.id[row] as string);
    },
    [table, onToggle, onOpenSpan],
  );
  const zoomBy = (factor: number) => {
    const row = view.rows[active] ?? 0;
    const around = row < 0 ? (table.groups[-1 - row]?.first ?? 0) : ((table.start[row] as number) + (table.end[row] as number)) / 2;
    onWindow(zoomed(window, whole, factor, around));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = view.rows[active];
    if (row === undefined) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 3);
    const isOpen = isRowOpen(table, folding, row);
    const depth = view.depth[active] as number;
    const last = view.count - 1;
    const actions = new Map<string, () => void>([
      ['ArrowDown', () => showRow(Math.min(last, active + 1))],
      ['j', () => showRow(Math.min(last, active + 1))],
      ['ArrowUp', () => showRow(Math.max(0, active - 1))],
      ['k', () => showRow(Math.max(0, active - 1))],
      ['PageDown', () => showRow(Math.min(last, active + page))],
      ['PageUp', () => showRow(Math.max(0, active - page))],
      ['Home', () => showRow(0)],
      ['End', () => showRow(last)],
      ['ArrowRight', () => (isOpen === false ? onToggle(row) : isOpen && showRow(Math.min(last, active + 1)))],
      [
        'ArrowLeft',
        () => {
          if (isOpen) return onToggle(row);
          let caller = active - 1;
          while (caller >= 0 && (view.depth[caller] as number) >= depth) caller -= 1;
          if (caller >= 0) showRow(caller);
        },
      ],
      ['Enter', () => onOpen(row, active)],
      [' ', () => isOpen !== undefined && onToggle(row)],
      ['e', nextFailed],
      ['n', () => jump(found, place + 1)],
      ['N', () => jump(found, place - 1)],
      ['+', () => zoomBy(0.5)],
      ['-', () => zoomBy(2)],
      ['0', () => onWindow(whole)],
    ]);
    const act = actions.get(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  };

  const rows = [];
  for (let index = from; index < to; index += 1) {
    const row = view.rows[index] as number;
    rows.push(
      <WaterfallRow
        // A row that comes into view takes the elements of one that left it: less work than making them anew.
        key={index % slots}
        table={table}
        kinds={kinds}
        window={window}
        id={`${id}-${index}`}
        row={row}
        index={index}
        depth={view.depth[index] as number}
        isOpen={isRowOpen(table, folding, row)}
        isActive={index === active}
        isFound={isFound.has(row)}
        onToggle={onToggle}
        onOpen={onOpen}
      />,
    );
  }
  return (
    <div className={styles.waterfall}>
      <WaterfallTools
        table={table}
        find={find}
        onFind={(text) => {
          setPlace(-1);
          onFind(text);
        }}
        found={found.length}
        place={place}
        onJump={(step) => jump(found, place + step)}
        failed={failed.length}
        onNextFailed={nextFailed}
        isUngrouped={folding.isUngrouped}
        onUngrouped={(isUngrouped) => setFolding({ ...nothingFolded, isUngrouped })}
        isZoomed={window.from > whole.from || window.to < whole.to}
        onZoom={zoomBy}
        onWhole={() => onWindow(whole)}
        rows={view.count}
      />
      <Minimap key={theme} table={table} whole={whole} window={window} onWindow={onWindow} />
      <div
        ref={scroller}
        role="treegrid"
        aria-label="Operations of the trace"
        aria-rowcount={view.count + 1}
        tabIndex={0}
        aria-activedescendant={active >= from && active < to ? `${id}-${active}` : undefined}
        className={styles.scroller}
        onKeyDown={onKeyDown}
        onScroll={update}
      >
        <div role="row" tabIndex={-1} aria-rowindex={1} className={`${styles.head} ${styles.columns}`}>
          <div role="columnheader" tabIndex={-1}>
            Operation
          </div>
          <div role="columnheader" tabIndex={-1}>
            Took
          </div>
          <div role="columnheader" tabIndex={-1} className={styles.scale} aria-label="Time">
            {scaleOf(window, isNarrow ? 2 : 6).map((line) => (
              <span key={line} style={{ left: `${shareOf(window, line) * 100}%` }}>
                {formatDuration(line / 1e6)}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={`${styles.body} ${styles.columns}`} style={{ height: view.count * rowHeight }}>
          {rows}
        </div>
        <WaterfallOverlay key={theme} table={table} view={view} logs={logs} window={window} from={from} to={to} />
      </div>
    </div>
  );
}

const headHeight = 24;
