import { type KeyboardEvent, useState } from 'react';
import styles from './facets.module.css';

const mostShown = 8;

/** Chooses one of many names by typing part of it; Enter takes the first. */
export function AddField({ names, label, onAdd }: Readonly<{ names: readonly string[]; label: string; onAdd: (name: string) => void }>) {
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const found = wanted === '' ? [] : names.filter((name) => name.toLowerCase().includes(wanted));
  const add = (name: string) => {
    onAdd(name);
    setTyped('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || found[0] === undefined) return;
    event.preventDefault();
    add(found[0]);
  };
  return (
    <div className={styles.add}>
      <input
        className={styles.input}
        aria-label={label}
        placeholder={`${label} …`}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {wanted !== '' && (
        <ul className={styles.values} aria-label={`Fields for: ${label}`}>
          {found.slice(0, mostShown).map((name) => (
            <li key={name}>
              <button type="button" className={styles.option} onClick={() => add(name)}>
                {name}
              </button>
            </li>
          ))}
          <li className={styles.note} role="status">
            {found.length === 0 ? 'No field has this in its name.' : found.length > mostShown ? `${found.length - mostShown} more` : ''}
          </li>
        </ul>
      )}
    </div>
  );
}
