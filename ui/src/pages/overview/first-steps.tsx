import { useState } from 'react';
import type { ServerStatus } from '../../state/server-status.ts';
import { type FirstCommand, firstCommands } from './first-commands.ts';
import styles from './overview.module.css';

/** What stands here until something has come in: lines that send the first data. */
export function FirstSteps({ status }: Readonly<{ status: ServerStatus }>) {
  const open = status.listeners.filter(({ problem }) => problem === undefined);
  return (
    <div className={styles.first}>
      <h1>Nothing has come in yet</h1>
      <p>meshscope {status.version} runs and waits. Any of these lines sends the first data; this page then shows it by itself.</p>
      <ol className={styles.commands}>
        {firstCommands(window.location.origin, status.listeners, status.needs_credentials).map((command) => (
          <Command key={command.title} command={command} />
        ))}
      </ol>
      <h2>What listens where</h2>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Protocol</th>
              <th scope="col">Address</th>
            </tr>
          </thead>
          <tbody>
            {open.map(({ name, address, protocol }) => (
              <tr key={`${name} ${address}`}>
                <th scope="row">
                  {name} <span className={styles.soft}>{protocol}</span>
                </th>
                <td>
                  <code>{address}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={styles.soft}>
        Data is kept in <code>{status.data_folder}</code>.
      </p>
    </div>
  );
}

function Command({ command: { title, note, code } }: Readonly<{ command: FirstCommand }>) {
  const [copied, setCopied] = useState(false);
  return (
    <li>
      <h2>{title}</h2>
      <p className={styles.soft}>{note}</p>
      <div className={styles.command}>
        <pre>{code}</pre>
        <button
          type="button"
          aria-label={`Copy: ${title}`}
          onClick={() => void navigator.clipboard.writeText(code).then(() => setCopied(true))}
        >
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </li>
  );
}
