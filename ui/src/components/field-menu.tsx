import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { type FilterKind, useSearch } from '../state/use-search.ts';
import styles from './field-menu.module.css';

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
  const onAction = (key: React.Key) => {
    if (key === 'copy') void navigator.clipboard.writeText(value);
    else if (key === 'column') onAddColumn?.(field);
    else addFilter(field, value, key as FilterKind);
  };
  return (
    <MenuTrigger>
      <Button className={styles.value} aria-label={`${field}: ${value}`}>
        {children}
      </Button>
      <Popover className={styles.popover} placement="bottom start">
        <Menu className={styles.menu} aria-label={field} onAction={onAction}>
          {filters.map(([kind, label]) => (
            <MenuItem key={kind} id={kind} className={styles.item}>
              {label}
            </MenuItem>
          ))}
          {onAddColumn !== undefined && (
            <MenuItem id="column" className={styles.item}>
              Add as column
            </MenuItem>
          )}
          <MenuItem id="copy" className={styles.item}>
            Copy value
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
