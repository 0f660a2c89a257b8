import { useState } from 'react';
import styles from './field-menu.module.css';
import { MenuButton } from './menu-button.tsx';

/** Things to give away: each by its name, made when it is asked for. */
export function CopyMenu({ copies }: Readonly<{ copies: Readonly<Record<string, () => string>> }>) {
  const [copied, setCopied] = useState('');
  return (
    <>
      <MenuButton
        className={styles.value}
        name="Copy as"
        placement="bottom end"
        actions={Object.entries(copies).map(([name, make]) => ({
          id: name,
          title: name,
          run: () => void navigator.clipboard.writeText(make()).then(() => setCopied(`Copied: ${name}`)),
        }))}
      >
        Copy as ▾
      </MenuButton>
      <span role="status" className="visually-hidden">
        {copied}
      </span>
    </>
  );
}
