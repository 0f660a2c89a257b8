import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import styles from './data-grid.module.css';

export type Column<Row> = Readonly<{
  id: string;
  title: string;
  /** A CSS grid track: `90px`, `minmax(120px, 1fr)`. */
  width: string;
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
  sort?: GridSort;
  onSort?: (sort: GridSort) => void;
  /** The last rows came into view. */
  onEnd?: () => void;
  /** For live tails: whether the newest row is in view. */
  onScrollTop?: (isAtTop: boolean) => void;
}>;

const rowHeight = 26;

/**
 * A table of any length: only the rows in view are in the document. A grid to screen readers; j, k, arrows, Home, End and Page keys move, Enter
 * opens. It fills its parent, which MUST have a height.
 */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { label, columns, rows, rowKey, onOpen, onKey, detail, selectedKey, sort, onSort, onEnd, onScrollTop } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const id = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (at) => rowKey(rows[at] as Row),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 20) onEnd?.();
  }, [last, rows.length, onEnd]);

  const moveTo = (at: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
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
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className={styles.place}
              style={{ transform: `translateY(${start}px)` }}
              role="presentation"
            >
              <div
                id={`${id}-${index}`}
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                aria-selected={rowKey(row) === selectedKey}
                data-active={index === active}
                className={styles.row}
                style={{ gridTemplateColumns: template }}
                onClick={(event) => {
                  setActive(index);
                  if (!isControl(event)) onOpen?.(row, index);
                }}
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
        })}
      </div>
    </div>
  );
}

/** A button or a link in a cell has a click of its own; so has what floats above the row, whose events come here by way of React. */
const isControl = ({ target, currentTarget }: MouseEvent): boolean =>
  !(target instanceof Element) || !currentTarget.contains(target) || target.closest('button, a, input, select, label') !== null;

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
