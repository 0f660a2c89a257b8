import type { ReactNode } from 'react';
import { type FilterKind, useSearch } from '../state/use-search.ts';
import styles from './field-menu.module.css';
import { MenuButton } from './menu-button.tsx';

type FieldMenuProps = Readonly<{
  field: string;
  value: string;
  children: ReactNode;
  /** Shown where a table of the page can have this field as a column. */
  onAddColumn?: (field: string) => void;
}>;

const filters: readonly (readonly [FilterKind, string])[] = [
  ['is', 'Is'],
  ['isNot', 'Is not'],
  ['only', 'Only this'],
  ['exists', 'Field exists'],
  ['notExists', 'Field is missing'],
];

/** A value that can be filtered by, with the same small menu everywhere. */
export function FieldMenu({ field, value, children, onAddColumn }: FieldMenuProps) {
  const { addFilter } = useSearch();
  return (
    <MenuButton
      className={styles.value}
      label={`${field}: ${value}`}
      name={field}
      placement="bottom start"
      actions={[
        ...filters.map(([kind, title]) => ({ id: kind, title, run: () => addFilter(field, value, kind) })),
        ...(onAddColumn === undefined ? [] : [{ id: 'column', title: 'Add as column', run: () => onAddColumn(field) }]),
        { id: 'copy', title: 'Copy value', run: () => void navigator.clipboard.writeText(value) },
      ]}
    >
      {children}
    </MenuButton>
  );
}
