import { useCallback, useMemo } from 'react';
import { useUrlState } from '../../state/use-url-state.ts';
import { columnsOf, defaultColumns } from './log-record.ts';

/** The columns of the table, kept in the URL (`cols`). */
export function useColumns(): Readonly<{
  columns: readonly string[];
  setColumns: (columns: readonly string[]) => void;
  addColumn: (field: string) => void;
}> {
  const [text, setText] = useUrlState('cols', defaultColumns.join(','));
  const columns = useMemo(() => columnsOf(text), [text]);
  const setColumns = useCallback((wanted: readonly string[]) => setText(wanted.join(',')), [setText]);
  const addColumn = useCallback(
    (field: string) => {
      if (columns.includes(field)) return;
      // The message takes what is left of the width, so it stays the last.
      const at = columns.at(-1) === 'msg' ? columns.length - 1 : columns.length;
      setColumns(columns.toSpliced(at, 0, field));
    },
    [columns, setColumns],
  );
  return { columns, setColumns, addColumn };
}
