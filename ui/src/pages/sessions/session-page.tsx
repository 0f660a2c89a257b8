import { useMemo } from 'react';
import { Link, useSearch as useQueryString } from 'wouter';
import controls from '../../components/controls.module.css';
import layout from '../../components/page-layout.module.css';
import { formatDuration } from '../../format/quantities.ts';
import { formatExactTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import { SessionConversation } from './session-conversation.tsx';
import type { MessageKind, SessionMessage } from './session-messages.ts';
import styles from './sessions.module.css';
import { useSession } from './use-session.ts';

const kinds: readonly (readonly [MessageKind | 'failed', string])[] = [
  ['request', 'Requests'],
  ['response', 'Responses'],
  ['notification', 'Notifications'],
  ['log', 'Logs'],
  ['stderr', 'Standard error'],
  ['failed', 'Only failures'],
];

/** One conversation: who said what to whom, in the order of time. */
export function SessionPage({ id }: Readonly<{ id: string }>) {
  const session = useSession(id);
  const { messages, total } = session;
  const queryString = useQueryString();
  const [zone] = useZone();
  const [hidden, setHidden] = useUrlState('hide');
  const [within, setWithin] = useUrlState('within');
  const off = useMemo(() => new Set(hidden.split(',').filter((name) => name !== '')), [hidden]);
  const shown = useMemo(() => (messages ?? []).filter((message) => isShown(message, off, within.toLowerCase())), [messages, off, within]);
  const [first, last] = [messages?.[0], messages?.at(-1)];
  const toggle = (name: string) => {
    const next = new Set(off);
    if (!next.delete(name)) next.add(name);
    setHidden([...next].join(','), { replace: true });
  };
  return (
    <div className={layout.page}>
      <header className={styles.head}>
        <h1>
          <Link href={pageLink('/sessions', queryString)}>Sessions</Link> › <code>{id}</code>
        </h1>
        {first !== undefined && last !== undefined && (
          <p className={styles.note}>
            {total} records, {formatDuration(last.atMillis - first.atMillis)}, began {formatExactTime(first.atMillis, zone)}
          </p>
        )}
        <fieldset className={styles.filters}>
          <legend className="visually-hidden">Shown</legend>
          {kinds.map(([name, title]) => (
            <label key={name}>
              <input type="checkbox" checked={name === 'failed' ? off.has(name) : !off.has(name)} onChange={() => toggle(name)} /> {title}
            </label>
          ))}
          <input
            type="search"
            className={controls.field}
            aria-label="Search within the session"
            placeholder="Search within"
            value={within}
            onChange={(event) => setWithin(event.target.value, { replace: true })}
          />
        </fieldset>
      </header>
      <SessionConversation session={session} shown={shown} />
    </div>
  );
}

function isShown(message: SessionMessage, off: ReadonlySet<string>, within: string): boolean {
  if (off.has(message.kind) || (off.has('failed') && !message.isFailed)) return false;
  return (
    within === '' ||
    `${message.method} ${message.label} ${JSON.stringify(message.line.request?.params ?? '')}`.toLowerCase().includes(within)
  );
}
