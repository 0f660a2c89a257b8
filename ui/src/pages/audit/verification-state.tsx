import { useQuery } from '@tanstack/react-query';
import { verifyAudit } from '../../api/audit.ts';
import controls from '../../components/controls.module.css';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import styles from './audit.module.css';

/** Whether the chain holds. Reads the whole log, so it is asked once, and again when someone wants to know. */
export function VerificationState() {
  const now = useNow();
  const [zone] = useZone();
  const { data, error, isFetching, dataUpdatedAt, refetch } = useQuery({
    queryKey: ['audit verification'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => verifyAudit(signal),
  });
  const again = (
    <button type="button" className={controls.button} disabled={isFetching} onClick={() => void refetch()}>
      {isFetching ? 'Checking …' : 'Check again'}
    </button>
  );
  if (error !== null) {
    return (
      <p className={styles.bad}>
        ● Not checked: {error.message} {again}
      </p>
    );
  }
  if (data === undefined) return <p className={styles.verification}>Checking the chain …</p>;
  const head = data.head === null ? 'empty' : `#${data.head.seq}`;
  const checked = (
    <span title={formatExactTime(dataUpdatedAt, zone)}>checked {formatAgo(dataUpdatedAt, zone, Math.max(now, dataUpdatedAt))}</span>
  );
  if (!data.ok) {
    return (
      <div className={styles.bad}>
        <p>
          ● The log is not as it was written: {data.findings.length + data.unlisted} findings; {checked} {again}
        </p>
        <ul>
          {data.findings.map(({ kind, seq, file, line, message }) => (
            <li key={`${file}:${line}:${seq}:${kind}`}>
              {kind} {seq === null ? '' : `#${seq}`} ({file}
              {line === null ? '' : `, line ${line}`}): {message}
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <p className={styles.verification} title={data.notes.join(' ')}>
      <span className={styles.good}>✓ Unchanged up to {head}</span>, {checked}. Signed up to{' '}
      {data.signed === null ? 'nothing' : `#${data.signed.seq}`}
      {data.unsigned > 0 ? `; ${data.unsigned} newer ones wait for the next signature` : ''}. {again}
    </p>
  );
}
