import { useMemo, useState } from 'react';
import { type Column, DataGrid } from '../../components/data-grid.tsx';
import { formatBytes, formatDuration } from '../../format/quantities.ts';
import { formatExactTime } from '../../format/times.ts';
import { useZone } from '../../state/zone.ts';
import { MessageDetail } from './message-detail.tsx';
import type { SessionMessage } from './session-messages.ts';
import styles from './sessions.module.css';

/** Client on the left, server on the right, an arrow for each message between them. */
export function MessageLanes({ messages, onEnd }: Readonly<{ messages: readonly SessionMessage[]; onEnd: () => void }>) {
  const [zone] = useZone();
  const [openKey, setOpenKey] = useState<string | undefined>();
  const begin = messages[0]?.atMillis ?? 0;
  const columns = useMemo<readonly Column<SessionMessage>[]>(
    () => [
      {
        id: 'at',
        title: 'After',
        width: '90px',
        align: 'end',
        render: ({ atMillis }) => (
          <span className="mono" title={formatExactTime(atMillis, zone)}>
            {atMillis > begin ? `+${formatDuration(atMillis - begin)}` : 0}
          </span>
        ),
      },
      { id: 'message', title: 'Client → server', width: 'minmax(300px, 1fr)', render: (message) => <Arrow message={message} /> },
      {
        id: 'took',
        title: 'Took',
        width: '120px',
        align: 'end',
        render: ({ tookMillis, humanMillis }) =>
          tookMillis === undefined ? (
            ''
          ) : (
            <span title={humanMillis > 0 ? `of it ${formatDuration(humanMillis)} in which a person was asked` : undefined}>
              {formatDuration(tookMillis)}
              {humanMillis > 0 ? ' ☺' : ''}
            </span>
          ),
      },
      { id: 'bytes', title: 'Size', width: '90px', align: 'end', render: ({ bytes }) => (bytes === undefined ? '' : formatBytes(bytes)) },
    ],
    [begin, zone],
  );
  return (
    <DataGrid
      label="Messages"
      columns={columns}
      rows={messages}
      rowKey={({ key }) => key}
      onEnd={onEnd}
      onOpen={({ key }) => setOpenKey(key === openKey ? undefined : key)}
      detail={(message) => (message.key === openKey ? <MessageDetail message={message} /> : undefined)}
    />
  );
}

function Arrow({ message: { kind, from, label, isFailed } }: Readonly<{ message: SessionMessage }>) {
  const isAside = kind === 'stderr' || kind === 'note';
  const direction = from === 'client' ? '→' : '←';
  return (
    <span className={styles.arrow} data-from={from} data-kind={kind} data-failed={isFailed}>
      <span className={styles.line} aria-hidden="true">
        {isAside ? '·' : kind === 'request' || kind === 'notification' ? direction : `${direction} `}
      </span>
      <span className="visually-hidden">{isAside ? 'note' : from === 'client' ? 'client to server' : 'server to client'}: </span>
      <span className={styles.label}>
        {isFailed ? '● ' : ''}
        {label}
      </span>
    </span>
  );
}
