import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { deleteJson, getJson, postJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import { ErrorNote, StateView } from '../../components/state-view.tsx';
import { formatBytes } from '../../format/quantities.ts';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import styles from './pipeline.module.css';

type DeadLetter = Readonly<{
  id: string;
  source: string;
  index: string;
  reason: string;
  received: string;
  payload: string;
  payload_encoding: 'utf8' | 'base64';
  payload_bytes: number;
}>;

type Letters = Readonly<{ dead_letters: readonly DeadLetter[]; total: number }>;
type Replayed = Readonly<{ replayed: number; failed: readonly Readonly<{ id: string; reason: string }>[] }>;

const pageSize = 50;

/** Records that could not be read: nothing is dropped silently, so here they are, to be replayed after a fix or dropped for good. */
export function DeadLetters() {
  const now = useNow();
  const client = useQueryClient();
  const [offset, setOffset] = useState(0);
  const asked = useQuery({
    queryKey: ['dead letters', offset, now],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: ({ signal }) => getJson<Letters>('/api/dead-letters', { limit: pageSize, offset }, signal),
  });
  const again = () => client.invalidateQueries({ queryKey: ['dead letters'] });
  const replay = useMutation({
    mutationFn: (ids: readonly string[] | undefined) => postJson<Replayed>('/api/dead-letters/replay', ids === undefined ? {} : { ids }),
    onSettled: again,
  });
  const drop = useMutation({
    mutationFn: (id: string) => deleteJson<unknown>(`/api/dead-letters/${encodeURIComponent(id)}`),
    onSettled: again,
  });
  return (
    <section aria-labelledby="dead-letters">
      <h2 id="dead-letters">Dead letters</h2>
      {replay.data !== undefined && (
        <p role="status" className={styles.note}>
          {replay.data.replayed} were read and stored. {replay.data.failed.length} still cannot be read
          {replay.data.failed[0] === undefined ? '.' : `: ${replay.data.failed[0].reason}`}
        </p>
      )}
      {[replay.error, drop.error].map((error) => error !== null && <ErrorNote key={error.message} error={error} />)}
      <StateView query={asked} isEmpty={({ total }) => total === 0} empty="None: everything that was sent could be read.">
        {({ dead_letters: letters, total }) => (
          <>
            <p className={styles.actions}>
              {offset + 1}–{Math.min(total, offset + letters.length)} of {total}{' '}
              <button
                type="button"
                className={controls.button}
                disabled={offset === 0}
                onClick={() => setOffset(Math.max(0, offset - pageSize))}
              >
                Newer
              </button>
              <button
                type="button"
                className={controls.button}
                disabled={offset + pageSize >= total}
                onClick={() => setOffset(offset + pageSize)}
              >
                Older
              </button>
              <button type="button" className={controls.button} disabled={replay.isPending} onClick={() => replay.mutate(undefined)}>
                Replay all
              </button>
            </p>
            <ul className={styles.letters}>
              {letters.map((letter) => (
                <Letter key={letter.id} letter={letter} onReplay={() => replay.mutate([letter.id])} onDrop={() => drop.mutate(letter.id)} />
              ))}
            </ul>
          </>
        )}
      </StateView>
    </section>
  );
}

function Letter({ letter, onReplay, onDrop }: Readonly<{ letter: DeadLetter; onReplay: () => void; onDrop: () => void }>) {
  const now = useNow();
  const [zone] = useZone();
  const [isSure, setSure] = useState(false);
  const millis = Date.parse(letter.received);
  return (
    <li>
      <p>
        <time className="mono" dateTime={letter.received} title={formatExactTime(millis, zone)}>
          {formatTime(millis, zone, now)}
        </time>{' '}
        from {letter.source} for <code>{letter.index === '' ? '–' : letter.index}</code>:{' '}
        <span className={styles.problem}>{letter.reason}</span>
      </p>
      <details>
        <summary>
          {formatBytes(letter.payload_bytes)}, {letter.payload_encoding === 'utf8' ? 'text' : 'bytes as base64'}
        </summary>
        <pre>{letter.payload}</pre>
      </details>
      <p className={styles.actions}>
        <button type="button" className={controls.button} onClick={onReplay}>
          Replay
        </button>
        <button type="button" className={controls.button} onClick={() => (isSure ? onDrop() : setSure(true))} onBlur={() => setSure(false)}>
          {isSure ? 'Really drop it for good' : 'Drop'}
        </button>
      </p>
    </li>
  );
}
