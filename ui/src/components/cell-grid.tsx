import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useState } from 'react';
import styles from './cell-grid.module.css';

/** Row 0 is the uppermost. */
export type Cell = Readonly<{ row: number; column: number }>;

type CellGridProps = Readonly<{
  label: string;
  rows: number;
  columns: number;
  /** Of all rows together, in pixels; the picture may be higher. */
  height: number;
  /** Where the columns begin, in pixels or any other CSS length; they end at the right edge of the picture. */
  left?: string;
  /** What a cell says to those who do not see it. */
  textOf: (cell: Cell) => string;
  /** The cell that is pointed at or has the keyboard's focus. */
  onCell: (cell: Cell | undefined) => void;
  /** Clicked, or Enter pressed. */
  onPick?: (cell: Cell) => void;
  /** The picture, drawn on a canvas. */
  children: ReactNode;
}>;

/**
 * Makes the cells of a drawn picture reachable: a grid to screen readers, one stop of the Tab key, in which arrows, Home, End and Page keys move. Only the
 * cell that has the focus is in the document.
 */
export function CellGrid({ label, rows, columns, height, left = '0px', textOf, onCell, onPick, children }: CellGridProps) {
  const [wanted, setWanted] = useState<Cell>({ row: rows - 1, column: columns - 1 });
  const [hasFocus, setFocus] = useState(false);
  const id = useId();
  const within = ({ row, column }: Cell): Cell => ({
    row: Math.max(0, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  });
  const cell = within(wanted);
  const moveTo = (to: Cell) => {
    setWanted(within(to));
    onCell(within(to));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, column } = cell;
    const moves: Readonly<Record<string, Cell>> = {
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      Home: { row, column: 0 },
      End: { row, column: columns - 1 },
      PageUp: { row: 0, column },
      PageDown: { row: rows - 1, column },
    };
    const move = moves[event.key];
    if (move !== undefined) moveTo(move);
    else if ((event.key === 'Enter' || event.key === ' ') && onPick !== undefined) onPick(cell);
    else return;
    event.preventDefault();
  };
  const cellAt = (event: PointerEvent<HTMLElement>): Cell | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = event.currentTarget.querySelector('[data-columns]')?.getBoundingClientRect() ?? box;
    const column = Math.floor(((event.clientX - place.left) / place.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / height) * rows);
    const isWithin = column >= 0 && column < columns && row >= 0 && row < rows;
    return isWithin ? { row, column } : undefined;
  };
  return (
    <div
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows}
      aria-colcount={columns}
      aria-activedescendant={id}
      className={styles.grid}
      onKeyDown={onKeyDown}
      onFocus={() => {
        setFocus(true);
        onCell(cell);
      }}
      onBlur={() => {
        setFocus(false);
        onCell(undefined);
      }}
      onPointerMove={(event) => onCell(cellAt(event))}
      onPointerLeave={() => onCell(hasFocus ? cell : undefined)}
      onPointerUp={(event) => {
        const picked = cellAt(event);
        if (picked === undefined) return;
        setWanted(picked);
        onPick?.(picked);
      }}
    >
      <div aria-hidden="true">{children}</div>
      <div className={styles.columns} style={{ left }} data-columns="" aria-hidden="true" />
      <div role="row" tabIndex={-1} aria-rowindex={cell.row + 1}>
        <div
          id={id}
          role="gridcell"
          tabIndex={-1}
          aria-colindex={cell.column + 1}
          aria-label={textOf(cell)}
          className={styles.cell}
          data-shown={hasFocus}
          style={{
            left: `calc(${left} + (100% - ${left}) * ${cell.column / columns})`,
            width: `calc((100% - ${left}) / ${columns})`,
            top: (cell.row * height) / rows,
            height: height / rows,
          }}
        />
      </div>
    </div>
  );
}
