import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, memo, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import styles from './data-grid.module.css';
import { useNarrow } from './use-narrow.ts';

export type Column<Row> = Readonly<{
  id: string;
  title: string;
  /** A CSS grid track: `90px`, `minmax(120px, 1fr)`. */
  width: string;
  /** Its track on a phone. Columns that have one come first there, so that they are seen without scrolling sideways. */
  onPhone?: string;
  align?: 'end';
  render: (row: Row, at: number) => ReactNode;
  /** The title becomes a button that sorts. */
  sortable?: boolean;
}>;

export type GridSort = Readonly<{ column: string; descending: boolean }>;

type DataGridProps<Row> = Readonly<{
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row, at: number) => void;
  /** Further keys of the active row; true: it was for something. */
  onKey?: (key: string, row: Row) => boolean;
  /** What stands below a row that is open. */
  detail?: (row: Row) => ReactNode | undefined;
  selectedKey?: string | undefined;
  /** Each row is one line high, so that nothing needs to be measured while someone scrolls; only what is open below a row is. */
  isUniform?: boolean;
  sort?: GridSort;
  onSort?: (sort: GridSort) => void;
  /** The last rows came into view. */
  onEnd?: () => void;
  /** For live tails: whether the newest row is in view. */
  onScrollTop?: (isAtTop: boolean) => void;
}>;

const rowHeight = 26;

/** The next rows are asked for when so many are left, so that who reads on does not wait for them. */
const rowsAhead = 400;

/**
 * A table of any length: only the rows in view are in the document. A grid to screen readers; j, k, arrows, Home, End and Page keys move, Enter
 * opens. It fills its parent, which MUST have a height.
 */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { label, rows, rowKey, onOpen, onKey, detail, selectedKey, isUniform = false } = props;
  const { sort, onSort, onEnd, onScrollTop } = props;
  const columns = useShownColumns(props.columns);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const id = useId();
  const keyOf = useRef(rowKey);
  keyOf.current = rowKey;
  // Another function would be other keys: the places of all rows would be worked out again at each step of scrolling.
  const getItemKey = useCallback((at: number) => keyOf.current(rows[at] as Row), [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: constantHeight,
    overscan: 12,
    getItemKey,
  });
  /** Keys of rows that had something open: their heights are measured from then on. */
  const opened = useRef(new Set<string>());
  const items = virtual.getVirtualItems();
  // Of rows that are so many apart never two are in the document, so they can share their elements: less work than making them anew.
  const slots = useRef(0);
  if (items.length > slots.current) slots.current = Math.ceil(items.length / 16) * 16 + 16;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - Math.max(20, Math.min(rowsAhead, rows.length / 4))) onEnd?.();
  }, [last, rows.length, onEnd]);

  const moveTo = (at: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOfGrid(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const moves: Readonly<Record<string, number>> = {
      j: active + 1,
      ArrowDown: active + 1,
      k: active - 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const move = moves[event.key];
    if (move !== undefined) moveTo(move);
    else if (event.key === 'Enter' && rows[active] !== undefined) onOpen?.(rows[active], active);
    else if (rows[active] === undefined || onKey?.(event.key, rows[active]) !== true) return;
    event.preventDefault();
  };

  const template = columns.map(({ width }) => width).join(' ');
  // Head and rows are grids of their own: only with the same least width do their columns stay in line when the table scrolls sideways.
  const minWidth = columns.reduce((sum, { width }) => sum + Number(/(\d+)px/.exec(width)?.[1] ?? 0), 0);
  return (
    <div
      ref={scroller}
      className={styles.grid}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      aria-activedescendant={rows.length > 0 ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const at = rowAt(event);
        if (at === undefined || rows[at] === undefined) return;
        setActive(at);
        if (!isControl(event)) onOpen?.(rows[at], at);
      }}
      onScroll={(event) => onScrollTop?.(event.currentTarget.scrollTop < rowHeight)}
    >
      <div className={styles.head} role="row" tabIndex={-1} aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth }}>
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), minWidth }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index] as Row;
          const open = detail?.(row);
          if (open !== undefined) opened.current.add(String(key));
          const isMeasured = !isUniform || opened.current.has(String(key));
          return (
            <GridRow
              key={isMeasured ? `row ${key}` : index % slots.current}
              id={`${id}-${index}`}
              row={row}
              index={index}
              start={start}
              columns={columns}
              template={template}
              isActive={index === active}
              isSelected={key === selectedKey}
              open={open}
              measure={isMeasured ? virtual.measureElement : undefined}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The same array as long as nothing changes: rows that get it are not rendered again. */
function useShownColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  const isNarrow = useNarrow();
  return useMemo(() => {
    const first = columns.flatMap((column) => (column.onPhone === undefined ? [] : [{ ...column, width: column.onPhone }]));
    return isNarrow ? [...first, ...columns.filter(({ onPhone }) => onPhone === undefined)] : columns;
  }, [columns, isNarrow]);
}

const constantHeight = () => rowHeight;

type GridRowProps<Row> = Readonly<{
  id: string;
  row: Row;
  index: number;
  /** Pixels from the first row. */
  start: number;
  columns: readonly Column<Row>[];
  template: string;
  isActive: boolean;
  isSelected: boolean;
  open: ReactNode | undefined;
  /** Undefined: it is one line high. */
  measure: ((place: HTMLElement | null) => void) | undefined;
}>;

/** Rendered once while it is in view, however often the table around it is. */
const GridRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>({ id, row, index, start, columns, template, isActive, isSelected, open, measure }: GridRowProps<Row>) {
  return (
    <div
      ref={measure}
      data-index={index}
      className={styles.place}
      data-uniform={measure === undefined}
      style={{ transform: `translateY(${start}px)` }}
      role="presentation"
    >
      <div
        id={id}
        role="row"
        tabIndex={-1}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        data-active={isActive}
        className={styles.row}
        style={{ gridTemplateColumns: template }}
      >
        {columns.map((column) => (
          <div key={column.id} role="gridcell" tabIndex={-1} className={styles.cell} data-align={column.align}>
            {column.render(row, index)}
          </div>
        ))}
      </div>
      {open !== undefined && (
        <div role="row" tabIndex={-1}>
          <div role="gridcell" tabIndex={-1} className={styles.detail}>
            {open}
          </div>
        </div>
      )}
    </div>
  );
}

/** The row that was clicked; not what is open below one, nor what floats above one, whose events come here by way of React. */
function rowAt({ target, currentTarget }: MouseEvent): number | undefined {
  const row = target instanceof Element ? target.closest(`.${styles.row}`) : null;
  const index = row?.closest('[role=grid]') === currentTarget ? row?.parentElement?.dataset.index : undefined;
  return index === undefined ? undefined : Number(index);
}

/** Not of a control in a cell, nor of what is open below a row. A click leaves the focus in a cell. */
const isOfGrid = ({ target, currentTarget }: KeyboardEvent): boolean =>
  target === currentTarget || (target instanceof Element && target.matches(`.${styles.row}, .${styles.row} > [role=gridcell]`));

/** A button or a link in a cell has a click of its own. */
const isControl = ({ target }: MouseEvent): boolean =>
  target instanceof Element && target.closest('button, a, input, select, label') !== null;

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: Readonly<{ column: Column<Row>; sort: GridSort | undefined; onSort: ((sort: GridSort) => void) | undefined }>) {
  const isSorted = sort?.column === column.id;
  const direction = isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none';
  if (!column.sortable || onSort === undefined) {
    return (
      <div role="columnheader" tabIndex={-1} className={styles.cell} data-align={column.align}>
        {column.title}
      </div>
    );
  }
  return (
    <div role="columnheader" tabIndex={-1} aria-sort={direction} className={styles.cell} data-align={column.align}>
      <button
        type="button"
        className={styles.sort}
        onClick={() => onSort({ column: column.id, descending: isSorted ? !sort.descending : true })}
      >
        {column.title}
        <span aria-hidden="true">{isSorted ? (sort.descending ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </div>
  );
}
