import { Fragment, type ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import styles from './floating.module.css';

/** `startsGroup`: a line stands above it. */
export type MenuAction = Readonly<{ id: string; title: string; run: () => void; startsGroup?: boolean }>;

type MenuButtonProps = Readonly<{
  /** What the button shows; `label` says it to screen readers, where it is not enough. */
  children: ReactNode;
  label?: string;
  /** Of the menu. */
  name: string;
  className: string | undefined;
  placement: 'bottom start' | 'bottom end';
  actions: readonly MenuAction[];
}>;

/** A button with a menu of things to do. */
export function MenuButton({ children, label, name, className, placement, actions }: MenuButtonProps) {
  return (
    <MenuTrigger>
      <Button className={className} aria-label={label}>
        {children}
      </Button>
      <Popover className={styles.popover} placement={placement}>
        <Menu className={styles.menu} aria-label={name} onAction={(key) => actions.find(({ id }) => id === key)?.run()}>
          {actions.map(({ id, title, startsGroup }) => (
            <Fragment key={id}>
              {startsGroup === true && <Separator className={styles.separator} />}
              <MenuItem id={id} className={styles.item}>
                {title}
              </MenuItem>
            </Fragment>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
