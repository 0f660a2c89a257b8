import { useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import styles from './field-menu.module.css';

/** Things to give away: each by its name, made when it is asked for. */
export function CopyMenu({ copies }: Readonly<{ copies: Readonly<Record<string, () => string>> }>) {
  const [copied, setCopied] = useState('');
  return (
    <MenuTrigger>
      <Button className={styles.value}>Copy as ▾</Button>
      <span role="status" className="visually-hidden">
        {copied}
      </span>
      <Popover className={styles.popover} placement="bottom end">
        <Menu
          className={styles.menu}
          aria-label="Copy as"
          onAction={(key) => {
            const make = copies[String(key)];
            if (make === undefined) return;
            void navigator.clipboard.writeText(make()).then(() => setCopied(`Copied: ${key}`));
          }}
        >
          {Object.keys(copies).map((name) => (
            <MenuItem key={name} id={name} className={styles.item}>
              {name}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
